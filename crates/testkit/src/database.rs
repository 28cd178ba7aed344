//! A database of its own for each hub: a file, or one on the PostgreSQL server of the tests.
//!
//! Must not know tables; it gives addresses, and takes databases away.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait as _, Database as Connecting, DatabaseConnection};
use tokio::process::Command;
use url::Url;

use crate::{evidence, surroundings};

/// Which engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// A file in the hub's data folder.
    #[default]
    Sqlite,
    /// On the server that `cargo xtask test` started.
    Postgres,
}

/// A database on the PostgreSQL server.
#[derive(Debug)]
pub struct PostgresDatabase {
    server: String,
    name: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl PostgresDatabase {
    /// Makes an empty one.
    pub async fn create() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("gatelodge_testkit_{}_{number}", std::process::id());
        let database = Self {
            server: surroundings::postgres(),
            name,
        };
        database
            .order(&format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                database.name
            ))
            .await;
        database
            .order(&format!("CREATE DATABASE {}", database.name))
            .await;
        database
    }

    /// Its address.
    pub fn url(&self) -> String {
        let mut url: Url = self.server.parse().expect("the address of the server");
        url.set_path(&self.name);
        url.into()
    }

    /// Takes it away with everything in it.
    pub async fn remove(self) {
        if let Some(file) = evidence::dump(&self.name) {
            let dumped = Command::new(surroundings::postgres_programs().join("pg_dump"))
                .args(["--inserts", "--file"])
                .arg(file)
                .arg(self.url())
                .status()
                .await;
            assert!(dumped.expect("pg_dump runs").success());
        }
        self.order(&format!("DROP DATABASE {} WITH (FORCE)", self.name))
            .await;
    }

    async fn order(&self, statement: &str) {
        let server = connect(&self.server).await;
        server
            .execute_unprepared(statement)
            .await
            .expect("the order is carried out");
        server.close().await.expect("the connection ends");
    }
}

/// A connection beside the hub's, for tests that look or play the attacker.
pub async fn connect(url: &str) -> DatabaseConnection {
    Connecting::connect(url)
        .await
        .expect("the database answers")
}
