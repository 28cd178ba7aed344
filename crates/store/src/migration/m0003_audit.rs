//! The audit log and the ends of its chains.

use super::{create, index, unique};
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, blob, text, timestamp_with_time_zone, uuid, uuid_null},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [audit_events(), audit_heads()];
        let indexes = [
            unique(
                "audit_events_by_id",
                "audit_events",
                &["organization_id", "id"],
            ),
            index(
                "audit_events_by_user",
                "audit_events",
                &["organization_id", "user_id", "id"],
            ),
            index(
                "audit_events_by_agent",
                "audit_events",
                &["organization_id", "agent_id", "id"],
            ),
        ];
        create(manager, tables, indexes).await
    }
}

fn audit_events() -> TableCreateStatement {
    Table::create()
        .table("audit_events")
        .col(uuid("organization_id"))
        .col(uuid("chain"))
        .col(big_integer("sequence"))
        .col(uuid("id"))
        .col(timestamp_with_time_zone("at"))
        .col(uuid_null("user_id"))
        .col(uuid_null("agent_id"))
        .col(text("action"))
        .col(text("canonical"))
        .col(blob("digest"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("chain")
                .col("sequence"),
        )
        .to_owned()
}

fn audit_heads() -> TableCreateStatement {
    Table::create()
        .table("audit_heads")
        .col(uuid("organization_id"))
        .col(uuid("chain"))
        .col(big_integer("sequence"))
        .col(blob("digest"))
        .primary_key(Index::create().col("organization_id").col("chain"))
        .to_owned()
}
