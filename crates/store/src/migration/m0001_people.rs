//! People: organizations, users, sessions, links, sign-in throttle, and values of the instance.

use super::{create, index, of_user, unique};
use sea_orm_migration::{
    prelude::*,
    schema::{
        blob, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    },
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            organizations(),
            users(),
            sessions(),
            one_time_links(),
            sign_in_failures(),
            settings(),
        ];
        let indexes = [
            unique("users_by_email", "users", &["email"]),
            unique("sessions_by_token_digest", "sessions", &["token_digest"]),
            index(
                "sessions_by_user",
                "sessions",
                &["organization_id", "user_id"],
            ),
            unique(
                "one_time_links_by_token_digest",
                "one_time_links",
                &["token_digest"],
            ),
            index(
                "sign_in_failures_by_time",
                "sign_in_failures",
                &["subject", "at"],
            ),
        ];
        create(manager, tables, indexes).await
    }
}

fn organizations() -> TableCreateStatement {
    Table::create()
        .table("organizations")
        .col(uuid("id"))
        .col(text("name"))
        .col(text("policy"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("id"))
        .to_owned()
}

fn users() -> TableCreateStatement {
    Table::create()
        .table("users")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("email"))
        .col(text("name"))
        .col(text("role"))
        .col(text_null("password_hash"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("removed_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(
            ForeignKey::create()
                .from("users", "organization_id")
                .to("organizations", "id"),
        )
        .to_owned()
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("user_id"))
        .col(blob("token_digest"))
        .col(text("user_agent"))
        .col(timestamp_with_time_zone("signed_in_at"))
        .col(timestamp_with_time_zone("last_used_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut of_user("sessions"))
        .to_owned()
}

fn one_time_links() -> TableCreateStatement {
    Table::create()
        .table("one_time_links")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("user_id"))
        .col(blob("token_digest"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut of_user("one_time_links"))
        .to_owned()
}

fn sign_in_failures() -> TableCreateStatement {
    Table::create()
        .table("sign_in_failures")
        .col(text("subject"))
        .col(uuid("id"))
        .col(timestamp_with_time_zone("at"))
        .primary_key(Index::create().col("subject").col("id"))
        .to_owned()
}

fn settings() -> TableCreateStatement {
    Table::create()
        .table("settings")
        .col(text("name"))
        .col(text("value"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("name"))
        .to_owned()
}
