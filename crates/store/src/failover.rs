//! Keeps connections of PostgreSQL on the server that takes writes: after a failover, a restart or an order that
//! made a server read-only, the next statement goes to the first address that takes writes then (R12).
//!
//! Must not know: tables; it only asks whether writes are taken.

use crate::{Result, StoreError, locks};
use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgPool},
};
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time};

/// Between two looks. With the time for one server it keeps the recovery below ten seconds.
const EVERY: Duration = Duration::from_secs(1);

/// How long one server may take to say whether it takes writes.
const ANSWER: Duration = Duration::from_secs(2);

/// Looks after the connections until it is dropped.
pub(crate) struct Watch(JoinHandle<()>);

impl Watch {
    pub(crate) fn start(pool: PgPool, servers: Arc<[PgConnectOptions]>) -> Self {
        Self(tokio::spawn(look_after(pool, servers)))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn look_after(pool: PgPool, servers: Arc<[PgConnectOptions]>) {
    let mut away = false;
    loop {
        time::sleep(EVERY).await;
        if pool.is_closed() {
            return;
        }
        // Taking a connection asks its server whether it takes writes; one that does not is dropped.
        let usable = matches!(time::timeout(ANSWER, pool.acquire()).await, Ok(Ok(_)));
        if usable {
            if away {
                tracing::info!("the database takes writes again");
            }
            away = false;
            continue;
        }
        if let Err(error) = follow(&pool, &servers).await
            && !away
        {
            tracing::error!(%error, "no database server takes writes");
        }
        away = true;
    }
}

/// New connections go to the first server that takes writes now.
pub(crate) async fn follow(pool: &PgPool, servers: &[PgConnectOptions]) -> Result<()> {
    pool.set_connect_options(first_writable(servers).await?);
    Ok(())
}

/// The first of the servers that takes writes; the others are named in the log, or in the error.
pub(crate) async fn first_writable(servers: &[PgConnectOptions]) -> Result<PgConnectOptions> {
    let mut reason = "no server is named".to_owned();
    for server in servers {
        let place = format!("{}:{}", server.get_host(), server.get_port());
        let attempt = async {
            let mut connection = server.connect().await?;
            locks::postgres_is_writable(&mut connection).await
        };
        match time::timeout(ANSWER, attempt).await {
            Ok(Ok(true)) => return Ok(server.clone()),
            Ok(Ok(false)) => reason = format!("{place} takes no writes"),
            Ok(Err(cause)) => reason = format!("{place}: {cause}"),
            Err(_) => reason = format!("{place} does not answer"),
        }
        tracing::debug!(%reason, "database server passed over");
    }
    Err(StoreError::Unavailable { reason })
}
