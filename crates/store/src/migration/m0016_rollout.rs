//! Rolling out: to which groups a provider is limited, when connections were last used, and what audit lists filter
//! by, beside each event's canonical text.

use super::{create, index};
use sea_orm_migration::{
    prelude::*,
    schema::{text, text_null, timestamp_with_time_zone, uuid},
    sea_orm::DbBackend,
};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0016_rollout"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["outcome", "via", "target", "objects"] {
            let added = Table::alter()
                .table("audit_events")
                .add_column(text_null(column))
                .to_owned();
            manager.alter_table(added).await?;
        }
        let indexes = [
            index("users_by_name", "users", &["organization_id", "name", "id"]),
            index(
                "connections_by_status",
                "connections",
                &[
                    "organization_id",
                    "provider",
                    "status",
                    "environment",
                    "user_id",
                ],
            ),
            index(
                "audit_events_by_target",
                "audit_events",
                &["organization_id", "target", "id"],
            ),
            index(
                "notices_by_kind",
                "notices",
                &["organization_id", "kind", "created_at"],
            ),
        ];
        create(manager, [provider_limits(), connection_uses()], indexes).await?;
        fill_audit_columns(manager).await
    }
}

/// No key points to the group: a limit to a group that was deleted must not become a limit to nobody's choice, which
/// would open the provider to all.
fn provider_limits() -> TableCreateStatement {
    Table::create()
        .table("provider_limits")
        .col(uuid("organization_id"))
        .col(text("provider"))
        .col(uuid("group_id"))
        .primary_key(
            Index::create()
                .col("organization_id")
                .col("provider")
                .col("group_id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("provider_limits", "organization_id")
                .to("organizations", "id"),
        )
        .to_owned()
}

fn connection_uses() -> TableCreateStatement {
    Table::create()
        .table("connection_uses")
        .col(uuid("organization_id"))
        .col(uuid("connection_id"))
        .col(timestamp_with_time_zone("last_used_at"))
        .primary_key(Index::create().col("organization_id").col("connection_id"))
        .to_owned()
}

/// Events from before say the same in their canonical text.
async fn fill_audit_columns(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let part = |name: &str| match manager.get_database_backend() {
        DbBackend::Sqlite => format!("json_extract(canonical, '$.{name}')"),
        _ => format!("canonical::json->>'{name}'"),
    };
    let statement = format!(
        "UPDATE audit_events SET outcome = {}, via = {}, target = {}",
        part("outcome"),
        part("via"),
        part("target")
    );
    manager
        .get_connection()
        .execute_unprepared(&statement)
        .await?;
    Ok(())
}
