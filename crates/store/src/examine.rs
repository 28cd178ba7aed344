//! What a database says about itself: whether its file is whole, its clock, the settings that durability hangs on.
//!
//! Must not know: what is done about it.

use crate::{Result, Store, StoreError, access::Access, migration};
use gatelodge_model::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// `SQLite` or `PostgreSQL`, with its version.
    pub engine: String,
    /// What is wrong with the file, in the engine's words; empty when it is whole or a server keeps it.
    pub faults: Vec<String>,
    /// The server's clock; a file has none.
    pub clock: Option<Timestamp>,
    /// Settings that take durability away, with what they should be.
    pub risks: Vec<String>,
    /// Steps of the schema that are missing.
    pub missing_steps: usize,
}

impl Store {
    /// Looks at the database; changes nothing. `thorough` also compares indexes with their tables.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::NewerSchema`].
    pub async fn examine(&self, thorough: bool) -> Result<Examination> {
        let connection = self.connection();
        let missing_steps = migration::missing(connection).await?;
        let sqlite = connection.get_database_backend() == DbBackend::Sqlite;
        let version = text(
            connection,
            if sqlite {
                "SELECT sqlite_version()"
            } else {
                "SHOW server_version"
            },
        )
        .await?;
        if sqlite {
            let check = if thorough {
                "PRAGMA integrity_check(10)"
            } else {
                "PRAGMA quick_check(1)"
            };
            let mut faults = all(connection, check).await?;
            faults.retain(|line| line != "ok");
            return Ok(Examination {
                engine: format!("SQLite {version}"),
                faults,
                clock: None,
                risks: Vec::new(),
                missing_steps,
            });
        }
        let mut risks = Vec::new();
        for (setting, wanted) in [
            ("synchronous_commit", "on"),
            ("fsync", "on"),
            ("full_page_writes", "on"),
        ] {
            let found = text(connection, &format!("SHOW {setting}")).await?;
            if found != wanted && !(setting == "synchronous_commit" && found.starts_with("remote"))
            {
                risks.push(format!("{setting} is {found}, and should be {wanted}"));
            }
        }
        Ok(Examination {
            engine: format!("PostgreSQL {version}"),
            faults: Vec::new(),
            clock: Some(moment(connection).await?),
            risks,
            missing_steps,
        })
    }

    /// Refuses a file that is not what SQLite wrote (R17).
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub async fn refuse_damage(&self) -> Result<()> {
        if !self.serves_one_node() {
            return Ok(());
        }
        let mut faults = all(self.connection(), "PRAGMA quick_check(1)").await?;
        faults.retain(|line| line != "ok");
        match faults.into_iter().next() {
            None => Ok(()),
            Some(reason) => Err(StoreError::Damaged { reason }),
        }
    }
}

async fn all(connection: &DatabaseConnection, statement: &str) -> Result<Vec<String>> {
    let backend = connection.get_database_backend();
    connection
        .query_all_raw(Statement::from_string(backend, statement))
        .await?
        .iter()
        .map(|row| Ok(row.try_get_by_index(0)?))
        .collect()
}

async fn text(connection: &DatabaseConnection, statement: &str) -> Result<String> {
    Ok(all(connection, statement)
        .await?
        .into_iter()
        .next()
        .unwrap_or_default())
}

async fn moment(connection: &DatabaseConnection) -> Result<Timestamp> {
    let statement = Statement::from_string(
        connection.get_database_backend(),
        "SELECT clock_timestamp()",
    );
    let row = connection.query_one_raw(statement).await?;
    row.ok_or_else(|| StoreError::internal("the server has no clock"))?
        .try_get_by_index(0)
        .map_err(StoreError::from)
}
