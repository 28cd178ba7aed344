//! Opens the database that the configuration names: a file, or the first server that takes writes.
//!
//! Must not know: tables.

use crate::{
    Result, StoreError,
    failover::{self, Watch},
    locks,
    store::DatabaseOptions,
};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions},
};
use std::{path::Path, str::FromStr, sync::Arc, time::Duration};

/// How long a request waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The reached engine.
pub(crate) enum Engine {
    Sqlite(SqlitePool),
    Postgres(Servers),
}

/// PostgreSQL: connections to one of the servers, and what moves them to another.
pub(crate) struct Servers {
    pub(crate) pool: PgPool,
    all: Arc<[PgConnectOptions]>,
    _watch: Watch,
}

impl Servers {
    /// Turns new connections to the server that takes writes now, without waiting for the next look.
    pub(crate) async fn follow_failover(&self) -> Result<()> {
        failover::follow(&self.pool, &self.all).await
    }
}

impl Engine {
    pub(crate) async fn open(options: &DatabaseOptions) -> Result<Self> {
        let Some(first) = options.urls.first() else {
            return Err(invalid_url(
                "no address is given; name a file such as sqlite:data/hub.db",
            ));
        };
        if first.starts_with("sqlite:") {
            if options.urls.len() > 1 {
                return Err(invalid_url(
                    "SQLite is one file on one host; give exactly one sqlite: address",
                ));
            }
            open_sqlite(first, options.max_connections).await
        } else {
            open_postgres(&options.urls, options.max_connections).await
        }
    }

    pub(crate) fn connection(&self) -> DatabaseConnection {
        match self {
            Self::Sqlite(pool) => SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone()),
            Self::Postgres(servers) => {
                SqlxPostgresConnector::from_sqlx_postgres_pool(servers.pool.clone())
            }
        }
    }
}

fn invalid_url(reason: &str) -> StoreError {
    StoreError::InvalidUrl {
        reason: reason.to_owned(),
    }
}

async fn open_sqlite(url: &str, max_connections: u32) -> Result<Engine> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|_| invalid_url("a sqlite: address looks like sqlite:data/hub.db"))?;
    let file = options.get_filename().to_path_buf();
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => Path::new(".").to_path_buf(),
    };
    // SQLite opens what it cannot write for reading and fails much later; ask the folder first. It also
    // needs to make the write-ahead log beside the file.
    let probe = folder.join(".gatelodge-write-check");
    let written = tokio::fs::write(&probe, b"").await;
    let removed = tokio::fs::remove_file(&probe).await;
    written
        .and(removed)
        .map_err(|cause| StoreError::NotWritable {
            place: folder.display().to_string(),
            reason: cause.to_string(),
        })?;
    let options = locks::sqlite_settings(options).disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(max_connections.max(2))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A file does not hang up.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
        .map_err(|cause| match StoreError::from(&cause) {
            StoreError::NotWritable { reason, .. } => StoreError::NotWritable {
                place: file.display().to_string(),
                reason,
            },
            StoreError::Damaged { reason } => StoreError::Damaged {
                reason: format!("{}: {reason}", file.display()),
            },
            StoreError::Internal { reason } => StoreError::Unavailable {
                reason: format!("{} cannot be opened: {reason}", file.display()),
            },
            other => other,
        })?;
    locks::assert_sqlite_version(&pool).await?;
    Ok(Engine::Sqlite(pool))
}

async fn open_postgres(urls: &[String], max_connections: u32) -> Result<Engine> {
    let servers = urls
        .iter()
        .map(|url| {
            if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
                return Err(invalid_url("an address starts with sqlite: or postgres://"));
            }
            PgConnectOptions::from_str(url)
                .map(|options| {
                    options
                        .application_name("gatelodge")
                        .options([("statement_timeout", "30s"), ("synchronous_commit", "on")])
                        .disable_statement_logging()
                })
                .map_err(|_| {
                    invalid_url(
                        "a postgres: address looks like postgres://user:password@host/database",
                    )
                })
        })
        .collect::<Result<Arc<[_]>>>()?;
    let server = failover::first_writable(&servers).await?;
    let pool = PgPoolOptions::new()
        .max_connections(max_connections.max(2))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Instead of a ping: a server that became a standby answers pings, but takes no writes.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(locks::postgres_is_writable(connection)))
        .after_connect(|connection, _| {
            Box::pin(async move {
                if locks::postgres_is_writable(connection).await? {
                    Ok(())
                } else {
                    Err(sqlx::Error::Protocol(
                        "the server takes no writes".to_owned(),
                    ))
                }
            })
        })
        .connect_with(server)
        .await?;
    Ok(Engine::Postgres(Servers {
        _watch: Watch::start(pool.clone(), Arc::clone(&servers)),
        pool,
        all: servers,
    }))
}
