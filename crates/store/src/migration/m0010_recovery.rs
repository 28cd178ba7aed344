//! Grants that ended here and not yet at their provider.

use super::{create, index};
use sea_orm_migration::{
    prelude::*,
    schema::{blob, integer, text, timestamp_with_time_zone, uuid},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_recovery"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = [index(
            "pending_revocations_by_time",
            "pending_revocations",
            &["next_attempt_at"],
        )];
        create(manager, [pending_revocations()], indexes).await
    }
}

fn pending_revocations() -> TableCreateStatement {
    Table::create()
        .table("pending_revocations")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(uuid("connection_id"))
        .col(text("provider"))
        .col(blob("record"))
        .col(text("key_id"))
        .col(integer("attempts"))
        .col(text("reason"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("next_attempt_at"))
        .col(timestamp_with_time_zone("ends_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .to_owned()
}
