//! What allows a write, and the keeper's sealed records about approvals and passkeys.

use super::{create, unique};
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, blob, blob_null, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_approvals"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [approvals(), approval_records()];
        let indexes = [unique(
            "approvals_once",
            "approvals",
            &["organization_id", "digest"],
        )];
        create(manager, tables, indexes).await
    }
}

/// One row a proposal and one a hash: a yes exists once.
fn approvals() -> TableCreateStatement {
    Table::create()
        .table("approvals")
        .col(uuid("organization_id"))
        .col(uuid("proposal_id"))
        .col(blob("digest"))
        .col(text("kind"))
        .col(uuid_null("user_id"))
        .col(uuid_null("session_id"))
        .col(text_null("nonce"))
        .col(text_null("rule"))
        .col(blob_null("evidence"))
        .col(timestamp_with_time_zone("approved_at"))
        .col(timestamp_with_time_zone_null("spent_at"))
        .primary_key(Index::create().col("organization_id").col("proposal_id"))
        .to_owned()
}

/// The subject is the organization itself or one of its people.
fn approval_records() -> TableCreateStatement {
    Table::create()
        .table("approval_records")
        .col(uuid("organization_id"))
        .col(uuid("subject_id"))
        .col(big_integer("generation"))
        .col(blob("record"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("organization_id").col("subject_id"))
        .to_owned()
}
