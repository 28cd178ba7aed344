//! What the hub's database says while the hub is down: read from outside, without the product's own code.
//!
//! Must not know what the rows should say. Reads SQLite files only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

/// The database of a hub in this folder.
#[derive(Clone, Debug)]
pub struct Ledger {
    file: PathBuf,
}

impl Ledger {
    /// The database of a hub whose configuration lies in this folder.
    pub fn of_folder(folder: &Path) -> Self {
        Self {
            file: folder.join("data/gatelodge.db"),
        }
    }

    /// How many proposals have each status.
    pub async fn statuses(&self) -> BTreeMap<String, u64> {
        let rows = self
            .rows("SELECT status AS name, count(*) AS number FROM proposals GROUP BY status")
            .await;
        rows.into_iter()
            .map(|row| (row.get("name"), row.get::<i64, _>("number").unsigned_abs()))
            .collect()
    }

    /// How many refreshes were begun and not ended.
    pub async fn open_refreshes(&self) -> u64 {
        let rows = self
            .rows("SELECT count(*) AS number FROM credentials WHERE intent_owner IS NOT NULL")
            .await;
        rows.first()
            .map_or(0, |row| row.get::<i64, _>("number").unsigned_abs())
    }

    /// The targets of all audit events with this action, each as often as it has one.
    pub async fn audited(&self, action: &str) -> Vec<String> {
        let rows = self
            .rows("SELECT action, canonical FROM audit_events")
            .await;
        rows.iter()
            .filter(|row| row.get::<String, _>("action") == action)
            .map(|row| {
                let event: Value =
                    serde_json::from_str(&row.get::<String, _>("canonical")).expect("JSON");
                event["target"].as_str().expect("a target").to_owned()
            })
            .collect()
    }

    async fn rows(&self, query: &'static str) -> Vec<sqlx::sqlite::SqliteRow> {
        let mut database: SqliteConnection = SqliteConnectOptions::new()
            .filename(&self.file)
            .read_only(true)
            .connect()
            .await
            .expect("the database opens");
        let rows = sqlx::query(query)
            .fetch_all(&mut database)
            .await
            .expect("the database answers");
        database.close().await.expect("the database closes");
        rows
    }
}
