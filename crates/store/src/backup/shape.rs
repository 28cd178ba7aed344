//! Which tables and columns a database has, as it says itself, in an order in which foreign keys hold.
//!
//! Must not know: values.

use super::cell::Kind;
use crate::{Result, StoreError};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use std::collections::HashSet;

/// The migrations' own table: a copy gets its schema from the program, not from the backup.
pub(super) const STEPS: &str = "seaql_migrations";

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

#[derive(FromQueryResult)]
struct Described {
    table_name: String,
    column_name: String,
    kind: String,
}

#[derive(FromQueryResult)]
struct Points {
    table_name: String,
    target: String,
}

/// All tables but the migrations' own.
pub(crate) async fn tables(connection: &impl ConnectionTrait) -> Result<Vec<Table>> {
    let backend = connection.get_database_backend();
    let (columns, keys) = match backend {
        DbBackend::Sqlite => (SQLITE_COLUMNS, SQLITE_KEYS),
        _ => (POSTGRES_COLUMNS, POSTGRES_KEYS),
    };
    let described = Described::find_by_statement(Statement::from_string(backend, columns))
        .all(connection)
        .await?;
    let points = Points::find_by_statement(Statement::from_string(backend, keys))
        .all(connection)
        .await?;
    let mut tables: Vec<Table> = Vec::new();
    for found in described {
        if found.table_name == STEPS {
            continue;
        }
        let kind = Kind::declared(&found.kind).ok_or_else(|| {
            StoreError::internal(format!(
                "{}.{} is of the kind '{}', which cannot be copied",
                found.table_name, found.column_name, found.kind
            ))
        })?;
        let column = Column {
            name: found.column_name,
            kind,
        };
        match tables.last_mut() {
            Some(table) if table.name == found.table_name => table.columns.push(column),
            _ => tables.push(Table {
                name: found.table_name,
                columns: vec![column],
            }),
        }
    }
    in_order(tables, &points)
}

/// Each table after those that it points to.
fn in_order(mut rest: Vec<Table>, points: &[Points]) -> Result<Vec<Table>> {
    let mut done = Vec::with_capacity(rest.len());
    let mut names = HashSet::new();
    while !rest.is_empty() {
        let free = |table: &Table| {
            points
                .iter()
                .filter(|key| key.table_name == table.name && key.target != table.name)
                .all(|key| names.contains(&key.target))
        };
        let (now, later): (Vec<_>, Vec<_>) = rest.into_iter().partition(free);
        if now.is_empty() {
            return Err(StoreError::internal(
                "tables point to each other in a circle",
            ));
        }
        names.extend(now.iter().map(|table| table.name.clone()));
        done.extend(now);
        rest = later;
    }
    Ok(done)
}

const SQLITE_COLUMNS: &str = "SELECT t.name AS table_name, c.name AS column_name, c.type AS kind \
    FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid";

const SQLITE_KEYS: &str = "SELECT DISTINCT t.name AS table_name, k.\"table\" AS target \
    FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) k WHERE t.type = 'table'";

const POSTGRES_COLUMNS: &str = "SELECT c.table_name::text AS table_name, c.column_name::text AS column_name, \
    c.data_type::text AS kind FROM information_schema.columns c \
    JOIN information_schema.tables t USING (table_schema, table_name) \
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY 1, c.ordinal_position";

const POSTGRES_KEYS: &str = "SELECT DISTINCT s.relname::text AS table_name, d.relname::text AS target \
    FROM pg_constraint k JOIN pg_class s ON s.oid = k.conrelid JOIN pg_class d ON d.oid = k.confrelid \
    WHERE k.contype = 'f' AND s.relnamespace = current_schema()::regnamespace";
