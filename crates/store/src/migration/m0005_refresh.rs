//! When a credential is due, whether its grant is over, and the timeline of each connection.

use super::{create, index};
use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, boolean, text, text_null, timestamp_with_time_zone,
        timestamp_with_time_zone_null, uuid,
    },
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_refresh"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite adds no more at once.
        for column in [
            text_null("provider"),
            timestamp_with_time_zone_null("next_refresh_at"),
            text_null("ended"),
        ] {
            let altered = Table::alter()
                .table("credentials")
                .add_column(column)
                .to_owned();
            manager.alter_table(altered).await?;
        }
        // Of grants from before this step the connection knows the provider.
        manager
            .get_connection()
            .execute_unprepared(
                "UPDATE credentials SET provider = (SELECT provider FROM connections \
                 WHERE connections.organization_id = credentials.organization_id \
                 AND connections.id = credentials.connection_id)",
            )
            .await?;
        let indexes = [
            index(
                "credentials_by_due",
                "credentials",
                &["provider", "next_refresh_at"],
            ),
            index("credentials_by_intent", "credentials", &["intent_sent_at"]),
            index(
                "connection_events_waiting",
                "connection_events",
                &["waits", "last_at"],
            ),
            index(
                "connection_events_by_age",
                "connection_events",
                &["last_at"],
            ),
        ];
        create(manager, [connection_events()], indexes).await
    }
}

fn connection_events() -> TableCreateStatement {
    Table::create()
        .table("connection_events")
        .col(uuid("organization_id"))
        .col(uuid("connection_id"))
        .col(text("kind"))
        // Events of one kind and bucket are one row with a count.
        .col(text("bucket"))
        .col(timestamp_with_time_zone("first_at"))
        .col(timestamp_with_time_zone("last_at"))
        .col(big_integer("count"))
        .col(text("detail"))
        .col(text_null("attention"))
        .col(boolean("waits"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("connection_id")
                .col("kind")
                .col("bucket"),
        )
        .to_owned()
}
