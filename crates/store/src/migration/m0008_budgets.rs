//! What left through each connection in each hour, and where webhooks go: both the keeper's.

use super::{create, index};
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, integer, text_null, timestamp_with_time_zone, uuid},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_budgets"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = [index("budget_hours_by_hour", "budget_hours", &["hour"])];
        create(manager, [budget_hours(), webhook_secrets()], indexes).await
    }
}

fn budget_hours() -> TableCreateStatement {
    Table::create()
        .table("budget_hours")
        .col(uuid("organization_id"))
        .col(uuid("connection_id"))
        .col(timestamp_with_time_zone("hour"))
        .col(big_integer("rows"))
        .col(big_integer("calls"))
        .col(big_integer("bytes"))
        .col(integer("mark"))
        .col(integer("told"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("connection_id")
                .col("hour"),
        )
        .to_owned()
}

fn webhook_secrets() -> TableCreateStatement {
    Table::create()
        .table("webhook_secrets")
        .col(uuid("organization_id"))
        .col(uuid("webhook_id"))
        .col(big_integer("generation"))
        .col(blob("record"))
        .col(text_null("key_id"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("organization_id").col("webhook_id"))
        .to_owned()
}
