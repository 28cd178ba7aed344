//! Invitations, and finding people by their address within their organization.

use super::{create, index, unique};
use sea_orm_migration::{
    prelude::*,
    schema::{
        blob, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
    },
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0013_invitations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes = [
            unique("invitations_by_token", "invitations", &["token_digest"]),
            index(
                "invitations_by_email",
                "invitations",
                &["organization_id", "email"],
            ),
            index("invitations_by_end", "invitations", &["expires_at"]),
            index(
                "users_by_organization_email",
                "users",
                &["organization_id", "email"],
            ),
        ];
        create(manager, [invitations()], indexes).await
    }
}

fn invitations() -> TableCreateStatement {
    Table::create()
        .table("invitations")
        .col(uuid("organization_id"))
        .col(uuid("id"))
        .col(text("email"))
        .col(text("role"))
        .col(text("groups"))
        .col(blob("token_digest"))
        .col(uuid_null("invited_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(uuid_null("user_id"))
        .primary_key(Index::create().col("organization_id").col("id"))
        .foreign_key(
            ForeignKey::create()
                .from("invitations", "organization_id")
                .to("organizations", "id"),
        )
        .to_owned()
}
