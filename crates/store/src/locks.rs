//! The one file with words of a single engine: pragmas, versions, advisory locks, and the in-process gate
//! that SQLite's single writer needs.
//!
//! Must not know: tables.

use crate::{Result, StoreError, chain::Chains, figures};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sqlx::{
    Executor,
    postgres::PgPool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How long a statement waits for another writer before it gives up.
pub(crate) const WAIT_FOR_WRITER: Duration = Duration::from_secs(5);

/// The first version without the write-ahead-log reset fault (<https://sqlite.org/wal.html#walresetbug>).
pub(crate) const OLDEST_SQLITE: &str = "3.51.3";

/// Any number that no other program takes for an advisory lock: the bytes of "gatelodg".
const MIGRATION_LOCK: i64 = 0x6761_7465_6c6f_6467;

/// The right to write. SQLite has one writer: waiting here is fair and wakes at once, waiting in the
/// engine is neither. PostgreSQL needs no gate but for the audit chains, which a process writes in order.
pub(crate) struct Gate {
    chains: Arc<Mutex<Chains>>,
    single_writer: bool,
}

impl Gate {
    pub(crate) fn new(chains: Chains, backend: DbBackend) -> Self {
        Self {
            chains: Arc::new(Mutex::new(chains)),
            single_writer: backend == DbBackend::Sqlite,
        }
    }

    /// For units and the journal: nobody else extends a chain meanwhile.
    pub(crate) async fn chains(&self) -> Result<OwnedMutexGuard<Chains>> {
        // A unit that is held too long must show as an error, not as a process that stands still.
        tokio::time::timeout(2 * WAIT_FOR_WRITER, Arc::clone(&self.chains).lock_owned())
            .await
            .map_err(|_| StoreError::unavailable("another writer holds the database for too long"))
    }

    /// For changes that no chain tells about.
    pub(crate) async fn bookkeeping(&self) -> Result<Option<OwnedMutexGuard<Chains>>> {
        if self.single_writer {
            self.chains().await.map(Some)
        } else {
            Ok(None)
        }
    }
}

/// SQLite's settings: durable at every commit, so that an acknowledged audit row survives a power cut.
pub(crate) fn sqlite_settings(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(WAIT_FOR_WRITER)
        .foreign_keys(true)
        .pragma("mmap_size", "0")
        // the web role may write nowhere but in its data folder, so sorting must not need another place
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        // What is deleted is overwritten with zeros: a destroyed key must not stay in a free page.
        .pragma("secure_delete", "ON")
}

/// Refuses an engine that may lose committed pages.
pub(crate) async fn assert_sqlite_version(pool: &sqlx::SqlitePool) -> Result<()> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(pool)
        .await?;
    if version(&found) < version(OLDEST_SQLITE) {
        return Err(StoreError::OldEngine {
            found,
            needed: OLDEST_SQLITE,
        });
    }
    Ok(())
}

fn version(text: &str) -> Vec<u32> {
    text.split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

/// Whether a server of PostgreSQL takes writes: a standby does not.
pub(crate) async fn postgres_is_writable<'c, E>(connection: E) -> Result<bool, sqlx::Error>
where
    E: Executor<'c, Database = sqlx::Postgres>,
{
    let read_only: String = sqlx::query_scalar("SHOW transaction_read_only")
        .fetch_one(connection)
        .await?;
    Ok(read_only == "off")
}

/// Keeps other hosts from migrating at the same time, until the transaction ends; they wait.
pub(crate) async fn migration_turn(pool: &PgPool) -> Result<sqlx::PgTransaction<'static>> {
    let mut turn = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut *turn)
        .await?;
    Ok(turn)
}

/// A transaction that writes. SQLite must know that from the first statement: a later upgrade fails at
/// once when somebody else writes, whatever the timeout (<https://sqlite.org/lang_transaction.html>).
pub(crate) async fn begin_writing(connection: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = match connection.get_database_backend() {
        DbBackend::Sqlite => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        },
        _ => TransactionOptions::default(),
    };
    let begun = connection.begin_with_options(options);
    Ok(figures::timed("gatelodge_database_begin_seconds", begun).await?)
}

/// Empties SQLite's write-ahead log, where what was deleted may still stand; PostgreSQL's has its own life
/// (archives and standbys keep it as long as their operator says).
pub(crate) async fn forget_deleted(connection: &DatabaseConnection) -> Result<()> {
    if connection.get_database_backend() == DbBackend::Sqlite {
        // A reader at work keeps the log; the next checkpoint empties it then.
        connection
            .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await?;
    }
    Ok(())
}

/// A transaction that sees one moment. SQLite's readers always do.
pub(crate) async fn begin_snapshot(connection: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = match connection.get_database_backend() {
        DbBackend::Sqlite => TransactionOptions::default(),
        _ => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
    };
    Ok(connection.begin_with_options(options).await?)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("3.51.3") < version("3.100.0"));
        assert!(version("3.51.3") <= version("3.51.3"));
        assert!(version("3.46.1") < version("3.51.3"));
    }
}
