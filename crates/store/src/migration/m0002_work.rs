//! What people and agents do: agents, OAuth apps, connections, flows, proposals, idempotency keys.

use super::{create, index, of_user, unique};
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, blob, boolean, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_work"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            agents(),
            oauth_apps(),
            connections(),
            authorization_flows(),
            proposals(),
            idempotency_keys(),
        ];
        let indexes = [
            unique("agents_by_token_digest", "agents", &["token_digest"]),
            index("agents_by_user", "agents", &["organization_id", "user_id"]),
            index(
                "connections_by_user",
                "connections",
                &["organization_id", "user_id"],
            ),
            unique(
                "authorization_flows_by_state_digest",
                "authorization_flows",
                &["state_digest"],
            ),
            index(
                "authorization_flows_by_status",
                "authorization_flows",
                &["status", "expires_at"],
            ),
            index(
                "proposals_by_user",
                "proposals",
                &["organization_id", "user_id", "status"],
            ),
            index(
                "proposals_by_agent",
                "proposals",
                &["organization_id", "agent_id"],
            ),
            index(
                "proposals_by_status",
                "proposals",
                &["status", "expires_at"],
            ),
            index(
                "idempotency_keys_by_time",
                "idempotency_keys",
                &["created_at"],
            ),
        ];
        create(manager, tables, indexes).await
    }
}

fn agents() -> TableCreateStatement {
    Table::create()
        .table("agents")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("user_id"))
        .col(text("name"))
        .col(text("access"))
        .col(blob("token_digest"))
        .col(text("token_prefix"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut of_user("agents"))
        .to_owned()
}

fn oauth_apps() -> TableCreateStatement {
    Table::create()
        .table("oauth_apps")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("provider"))
        .col(text("name"))
        .col(text("client_id"))
        .col(text_null("secret_fingerprint"))
        .col(text_null("auth_base_url"))
        .col(text_null("environment"))
        .col(boolean("enabled"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .to_owned()
}

fn connections() -> TableCreateStatement {
    Table::create()
        .table("connections")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("user_id"))
        .col(text("provider"))
        .col(uuid("oauth_app_id"))
        .col(text("environment"))
        .col(text("status"))
        .col(text_null("reason"))
        .col(text_null("account"))
        .col(text_null("host"))
        .col(text("granted_scopes"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("status_changed_at"))
        .col(big_integer("version"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut of_user("connections"))
        .to_owned()
}

fn authorization_flows() -> TableCreateStatement {
    Table::create()
        .table("authorization_flows")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("user_id"))
        .col(uuid("session_id"))
        .col(text("provider"))
        .col(uuid("oauth_app_id"))
        .col(uuid("connection_id"))
        .col(blob("state_digest"))
        .col(text("redirect_uri"))
        .col(text("status"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut of_user("authorization_flows"))
        .to_owned()
}

fn proposals() -> TableCreateStatement {
    Table::create()
        .table("proposals")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("connection_id"))
        .col(uuid("user_id"))
        .col(uuid_null("agent_id"))
        .col(text("tool"))
        .col(text("status"))
        .col(blob("digest"))
        .col(uuid("sealed_id"))
        .col(uuid_null("sealed_outcome_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("decided_at"))
        .col(uuid_null("decided_by"))
        .col(text_null("note"))
        .col(uuid_null("superseded_by"))
        .col(timestamp_with_time_zone_null("executing_since"))
        .col(timestamp_with_time_zone_null("settled_at"))
        .col(big_integer("version"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut of_user("proposals"))
        .to_owned()
}

fn idempotency_keys() -> TableCreateStatement {
    Table::create()
        .table("idempotency_keys")
        .col(uuid("organization_id"))
        .col(text("actor"))
        .col(text("key"))
        .col(blob("arguments_digest"))
        .col(uuid_null("proposal_id"))
        .col(uuid_null("outcome_id"))
        .col(text("state"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("actor")
                .col("key"),
        )
        .to_owned()
}
