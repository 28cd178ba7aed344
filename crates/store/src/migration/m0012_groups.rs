//! Groups of people with their order, and when a session's person last proved who they are.

use super::{create, index, of_user, unique};
use sea_orm_migration::{
    prelude::*,
    schema::{integer, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0012_groups"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = [
            unique("groups_by_name", "groups", &["organization_id", "name"]),
            index(
                "group_members_by_user",
                "group_members",
                &["organization_id", "user_id"],
            ),
        ];
        create(manager, [groups(), members()], indexes).await?;
        let altered = Table::alter()
            .table("sessions")
            .add_column(timestamp_with_time_zone_null("proved_at"))
            .to_owned();
        manager.alter_table(altered).await
    }
}

fn groups() -> TableCreateStatement {
    Table::create()
        .table("groups")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("name"))
        .col(integer("position"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(
            ForeignKey::create()
                .from("groups", "organization_id")
                .to("organizations", "id"),
        )
        .to_owned()
}

fn members() -> TableCreateStatement {
    Table::create()
        .table("group_members")
        .col(uuid("organization_id"))
        .col(uuid("group_id"))
        .col(uuid("user_id"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("group_id")
                .col("user_id"),
        )
        .foreign_key(&mut of_user("group_members"))
        .foreign_key(
            ForeignKey::create()
                .from("group_members", ("organization_id", "group_id"))
                .to("groups", ("organization_id", "id")),
        )
        .to_owned()
}
