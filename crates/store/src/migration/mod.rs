//! The schema, step by step: each step is one file that never changes once released. Steps only add, so that
//! the program before and the program after an upgrade both run on the result (expand, later contract).
//!
//! Must not know: entities; they move on, a step does not.

mod m0001_people;
mod m0002_work;
mod m0003_audit;
mod m0004_keeper;
mod m0005_refresh;
mod m0006_approvals;
mod m0007_keys;
mod m0008_budgets;
mod m0009_outbox;
mod m0010_recovery;
mod m0011_login_hosts;
mod m0012_groups;
mod m0013_invitations;
mod m0014_app_sources;
mod m0015_policy_rules;
mod m0016_rollout;

use crate::{Result, StoreError};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use sea_orm_migration::prelude::*;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_work::Migration),
            Box::new(m0003_audit::Migration),
            Box::new(m0004_keeper::Migration),
            Box::new(m0005_refresh::Migration),
            Box::new(m0006_approvals::Migration),
            Box::new(m0007_keys::Migration),
            Box::new(m0008_budgets::Migration),
            Box::new(m0009_outbox::Migration),
            Box::new(m0010_recovery::Migration),
            Box::new(m0011_login_hosts::Migration),
            Box::new(m0012_groups::Migration),
            Box::new(m0013_invitations::Migration),
            Box::new(m0014_app_sources::Migration),
            Box::new(m0015_policy_rules::Migration),
            Box::new(m0016_rollout::Migration),
        ]
    }
}

/// Applies what is missing, after a look at what is there already.
pub(crate) async fn migrate(connection: &DatabaseConnection) -> Result<()> {
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    Migrator::install(connection).await?;
    let applied = Migrator::get_migration_models(connection).await?;
    if let Some(newer) = applied.iter().find(|row| !known.contains(&row.version)) {
        return Err(StoreError::NewerSchema {
            found: newer.version.clone(),
            newest: known.last().cloned().unwrap_or_default(),
        });
    }
    Migrator::up(connection, None).await?;
    Ok(())
}

/// The steps that were applied, in their order.
pub(crate) async fn applied(connection: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut select = Query::select();
    select
        .column("version")
        .from("seaql_migrations")
        .order_by("version", Order::Asc);
    let rows = connection
        .query_all_raw(connection.get_database_backend().build(&select))
        .await?;
    rows.iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}

/// How many steps a database lacks.
pub(crate) async fn missing(connection: &DatabaseConnection) -> Result<usize> {
    let known = Migrator::migrations().len();
    Ok(known.saturating_sub(applied(connection).await?.len()))
}

/// Applies exactly these steps to a database that has none; one that has some stays as it is.
pub(crate) async fn apply(connection: &DatabaseConnection, steps: &[String]) -> Result<()> {
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    if !known.starts_with(steps) {
        let found = steps.iter().find(|step| !known.contains(step));
        return Err(StoreError::NewerSchema {
            found: found.or(steps.last()).cloned().unwrap_or_default(),
            newest: known.last().cloned().unwrap_or_default(),
        });
    }
    Migrator::install(connection).await?;
    if Migrator::get_migration_models(connection).await?.is_empty() {
        Migrator::up(
            connection,
            <u32 as TryFrom<usize>>::try_from(steps.len()).ok(),
        )
        .await?;
    }
    Ok(())
}

async fn create(
    manager: &SchemaManager<'_>,
    tables: impl IntoIterator<Item = TableCreateStatement>,
    indexes: impl IntoIterator<Item = IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

fn unique(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    index(name, table, columns).unique().to_owned()
}

/// Both columns: a row can only point to a person of its own organization.
fn of_user(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, ("organization_id", "user_id"))
        .to("users", ("organization_id", "id"))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_in_the_order_of_their_names() {
        let names: Vec<_> = Migrator::migrations()
            .iter()
            .map(|migration| migration.name().to_owned())
            .collect();
        // A backup names its steps in this order, and a restore applies as many.
        assert!(names.is_sorted(), "{names:?}");
    }
}
