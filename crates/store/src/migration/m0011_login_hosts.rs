//! Where people sign in during an attempt to connect: a refusal names the host that was tried.

use sea_orm_migration::{prelude::*, schema::text_null};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0011_login_hosts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let altered = Table::alter()
            .table("authorization_flows")
            .add_column(text_null("login_host"))
            .to_owned();
        manager.alter_table(altered).await
    }
}
