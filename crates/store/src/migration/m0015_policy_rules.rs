//! Rules for tool calls, second looks at proposals, and the calls that providers counted.

use super::{create, index};
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, binary, boolean, text, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0015_policy_rules"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [rules(), second_looks(), api_usage()];
        let indexes = [index(
            "second_looks_by_time",
            "second_looks",
            &["organization_id", "confirmed_at", "wanted_at"],
        )];
        create(manager, tables, indexes).await
    }
}

fn rules() -> TableCreateStatement {
    Table::create()
        .table("policy_rules")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("name"))
        .col(text("decision"))
        .col(text("scope"))
        .col(text("demands"))
        .col(text("reason"))
        .col(boolean("enabled"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(&mut of_organization("policy_rules"))
        .to_owned()
}

fn second_looks() -> TableCreateStatement {
    Table::create()
        .table("second_looks")
        .col(uuid("organization_id"))
        .col(uuid("proposal_id"))
        .col(binary("digest"))
        .col(timestamp_with_time_zone("wanted_at"))
        .col(uuid_null("confirmed_by"))
        .col(timestamp_with_time_zone_null("confirmed_at"))
        .primary_key(Index::create().col("organization_id").col("proposal_id"))
        .foreign_key(
            ForeignKey::create()
                .from("second_looks", ("organization_id", "proposal_id"))
                .to("proposals", ("organization_id", "id")),
        )
        .to_owned()
}

fn api_usage() -> TableCreateStatement {
    Table::create()
        .table("api_usage")
        .col(uuid("organization_id"))
        .col(text("provider"))
        .col(text("account"))
        .col(big_integer("used"))
        .col(big_integer("allowed"))
        .col(timestamp_with_time_zone("seen_at"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("provider")
                .col("account"),
        )
        .foreign_key(&mut of_organization("api_usage"))
        .to_owned()
}

fn of_organization(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "organization_id")
        .to("organizations", "id")
        .to_owned()
}
