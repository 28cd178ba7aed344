//! What the keeper keeps: everything sealed or wrapped before it arrives.

use super::{create, index};
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, blob, integer, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_keeper"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            credentials(),
            sealed_records(),
            oauth_app_secrets(),
            flow_secrets(),
            data_keys(),
            provider_calls(),
        ];
        let indexes = [
            index(
                "sealed_records_by_purge",
                "sealed_records",
                &["purge_after"],
            ),
            index("flow_secrets_by_expiry", "flow_secrets", &["expires_at"]),
            index(
                "provider_calls_by_connection",
                "provider_calls",
                &["organization_id", "connection_id", "at"],
            ),
        ];
        create(manager, tables, indexes).await
    }
}

fn credentials() -> TableCreateStatement {
    Table::create()
        .table("credentials")
        .col(uuid("organization_id"))
        .col(uuid("connection_id"))
        .col(big_integer("generation"))
        .col(big_integer("fence"))
        .col(uuid_null("intent_owner"))
        .col(timestamp_with_time_zone_null("intent_lease_until"))
        .col(timestamp_with_time_zone_null("intent_sent_at"))
        .col(blob("record"))
        .col(text("key_id"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("organization_id").col("connection_id"))
        .to_owned()
}

fn sealed_records() -> TableCreateStatement {
    Table::create()
        .table("sealed_records")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("kind"))
        .col(uuid("user_id"))
        .col(uuid_null("agent_id"))
        .col(blob("record"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("purge_after"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .to_owned()
}

fn oauth_app_secrets() -> TableCreateStatement {
    Table::create()
        .table("oauth_app_secrets")
        .col(uuid("organization_id"))
        .col(uuid("oauth_app_id"))
        .col(big_integer("generation"))
        .col(blob("record"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("organization_id").col("oauth_app_id"))
        .to_owned()
}

fn flow_secrets() -> TableCreateStatement {
    Table::create()
        .table("flow_secrets")
        .col(uuid("organization_id"))
        .col(uuid("flow_id"))
        .col(blob("record"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().col("organization_id").col("flow_id"))
        .to_owned()
}

fn data_keys() -> TableCreateStatement {
    Table::create()
        .table("data_keys")
        .col(uuid("organization_id"))
        .col(text("purpose"))
        .col(big_integer("epoch"))
        .col(text("kek_id"))
        .col(blob("wrapped"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("purpose")
                .col("epoch"),
        )
        .to_owned()
}

fn provider_calls() -> TableCreateStatement {
    Table::create()
        .table("provider_calls")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("connection_id"))
        .col(uuid("request_id"))
        .col(timestamp_with_time_zone("at"))
        .col(text("method"))
        .col(text("path"))
        .col(integer("status"))
        .col(big_integer("bytes"))
        .col(big_integer("duration_us"))
        .col(text_null("provider_request_id"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .to_owned()
}
