//! Whom an OAuth app is there for, what it asks people for and which scopes beyond the least; which providers an
//! organization switched off.

use super::index;
use sea_orm_migration::{
    prelude::*,
    schema::{text_null, uuid_null},
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0014_app_sources"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            ("oauth_apps", text_null("serves")),
            ("oauth_apps", uuid_null("group_id")),
            ("oauth_apps", uuid_null("user_id")),
            ("oauth_apps", uuid_null("fills_id")),
            ("oauth_apps", text_null("asks")),
            ("oauth_apps", text_null("scopes")),
            ("organizations", text_null("switched_off")),
        ];
        // SQLite adds one column with each statement.
        for (table, column) in columns {
            let altered = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(altered).await?;
        }
        let bound = index(
            "connections_by_oauth_app",
            "connections",
            &["organization_id", "oauth_app_id"],
        );
        manager.create_index(bound).await?;
        let personal = index(
            "oauth_apps_by_user",
            "oauth_apps",
            &["organization_id", "user_id"],
        );
        manager.create_index(personal).await
    }
}
