//! Keys that are replaced: which key sealed a row, from when on a data key seals, how far a replacement is,
//! and whose keys were destroyed.

use super::{create, index};
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null,
        uuid, uuid_null,
    },
};

/// Tables with sealed rows that did not say yet which key sealed them. Without a value the first bytes of
/// the record say it.
const SEALED: [&str; 5] = [
    "oauth_app_secrets",
    "flow_secrets",
    "sealed_records",
    "approval_records",
    "approvals",
];

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in SEALED {
            add(manager, table, text_null("key_id")).await?;
        }
        add(manager, "data_keys", text_null("key_id")).await?;
        add(
            manager,
            "data_keys",
            timestamp_with_time_zone_null("active_from"),
        )
        .await?;
        let indexes = [
            index(
                "credentials_by_key",
                "credentials",
                &["organization_id", "key_id"],
            ),
            index(
                "sealed_records_by_key",
                "sealed_records",
                &["organization_id", "key_id"],
            ),
        ];
        create(manager, [key_rotations(), erased_organizations()], indexes).await
    }
}

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    let alter = Table::alter().table(table).add_column(column).to_owned();
    manager.alter_table(alter).await
}

/// The organization is nil for a key of the whole installation.
fn key_rotations() -> TableCreateStatement {
    Table::create()
        .table("key_rotations")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("kind"))
        .col(text("target"))
        .col(text_null("key_file"))
        .col(text("started_by"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .col(big_integer("total"))
        .col(big_integer("done"))
        .col(big_integer("unreadable"))
        .col(text_null("cursor"))
        .col(uuid_null("lease_owner"))
        .col(timestamp_with_time_zone_null("lease_until"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .to_owned()
}

fn erased_organizations() -> TableCreateStatement {
    Table::create()
        .table("erased_organizations")
        .col(uuid("organization_id"))
        .col(timestamp_with_time_zone("erased_at"))
        .primary_key(Index::create().col("organization_id"))
        .to_owned()
}
