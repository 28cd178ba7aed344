//! Telling people: notices, messages on their way out, the addresses they go to; and what is known of the
//! connections that people are told about.

use super::{create, index, of_user, unique};
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, boolean, integer_null, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid,
    },
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_outbox"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            notices(),
            outbox(),
            webhook_targets(),
            notification_preferences(),
            connection_troubles(),
            connection_probes(),
        ];
        let indexes = [
            unique(
                "notices_by_key",
                "notices",
                &["organization_id", "user_id", "key"],
            ),
            index(
                "notices_by_reading",
                "notices",
                &["organization_id", "user_id", "read_at"],
            ),
            index("outbox_by_time", "outbox", &["state", "next_try_at"]),
            index(
                "outbox_by_recipient",
                "outbox",
                &["organization_id", "recipient_id", "created_at"],
            ),
            index(
                "connection_probes_by_time",
                "connection_probes",
                &["due_at"],
            ),
        ];
        create(manager, tables, indexes).await
    }
}

fn notices() -> TableCreateStatement {
    Table::create()
        .table("notices")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("user_id"))
        .col(text("kind"))
        .col(text("key"))
        .col(text("title"))
        .col(text("body"))
        .col(text("path"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("read_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut of_user("notices"))
        .to_owned()
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .table("outbox")
        .col(uuid("organization_id"))
        .col(uuid("notice_id"))
        .col(text("way"))
        .col(uuid("recipient_id"))
        .col(text("state"))
        .col(big_integer("tries"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("next_try_at"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .col(integer_null("last_status"))
        .col(text_null("last_error"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("notice_id")
                .col("way")
                .col("recipient_id"),
        )
        .to_owned()
}

fn webhook_targets() -> TableCreateStatement {
    Table::create()
        .table("webhook_targets")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("name"))
        .col(text("url"))
        .col(text("fingerprint"))
        .col(boolean("enabled"))
        .col(uuid("created_by"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .to_owned()
}

fn notification_preferences() -> TableCreateStatement {
    Table::create()
        .table("notification_preferences")
        .col(uuid("organization_id"))
        .col(uuid("user_id"))
        .col(boolean("mail"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("organization_id").col("user_id"))
        .foreign_key(&mut of_user("notification_preferences"))
        .to_owned()
}

fn connection_troubles() -> TableCreateStatement {
    Table::create()
        .table("connection_troubles")
        .col(uuid("organization_id"))
        .col(uuid("connection_id"))
        .col(text("reason"))
        .col(timestamp_with_time_zone("since"))
        .col(timestamp_with_time_zone("seen_at"))
        .col(text_null("host"))
        .col(text_null("evidence"))
        .primary_key(Index::create().col("organization_id").col("connection_id"))
        .to_owned()
}

fn connection_probes() -> TableCreateStatement {
    Table::create()
        .table("connection_probes")
        .col(uuid("organization_id"))
        .col(uuid("connection_id"))
        .col(timestamp_with_time_zone("due_at"))
        .primary_key(Index::create().col("organization_id").col("connection_id"))
        .to_owned()
}
