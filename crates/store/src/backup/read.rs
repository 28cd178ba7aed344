//! All rows of one moment, while others go on writing.
//!
//! Must not know: where they go.

use super::{
    cell::Cell,
    shape::{self, Table},
};
use crate::{Result, Store, access::Access, locks, migration};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, StreamTrait,
    sea_query::{Alias, Query},
};
use std::pin::pin;

/// One moment of a database. It ends when this is dropped.
pub struct Snapshot {
    transaction: DatabaseTransaction,
    tables: Vec<Table>,
    steps: Vec<String>,
}

impl Store {
    /// Holds one moment of the database for reading; nobody waits for it.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]; [`crate::StoreError::Internal`] when a column cannot be copied.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let transaction = locks::begin_snapshot(self.connection()).await?;
        if ConnectionTrait::get_database_backend(&transaction) == DbBackend::Postgres {
            // A large table takes longer than a request may.
            transaction
                .execute_unprepared("SET LOCAL statement_timeout = 0")
                .await?;
        }
        let steps = migration::applied(&transaction).await?;
        let tables = shape::tables(&transaction).await?;
        Ok(Snapshot {
            transaction,
            tables,
            steps,
        })
    }
}

impl Snapshot {
    /// The tables, each after those that it points to.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The steps of the schema that were applied.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// Hands over every row of a table, one after the other; how many there were.
    ///
    /// # Errors
    /// What `visit` says, and the store's own.
    pub async fn rows<E: From<crate::StoreError>>(
        &self,
        table: &Table,
        mut visit: impl FnMut(Vec<Cell>) -> Result<(), E>,
    ) -> Result<u64, E> {
        use futures::TryStreamExt as _;
        let mut select = Query::select();
        select.from(Alias::new(&table.name));
        for column in &table.columns {
            select.column(Alias::new(&column.name));
        }
        let statement = ConnectionTrait::get_database_backend(&self.transaction).build(&select);
        let mut stream = pin!(
            self.transaction
                .stream_raw(statement)
                .await
                .map_err(crate::StoreError::from)?
        );
        let mut count = 0;
        while let Some(row) = stream.try_next().await.map_err(crate::StoreError::from)? {
            let cells = table
                .columns
                .iter()
                .enumerate()
                .map(|(index, column)| Cell::read(&row, index, column.kind))
                .collect::<Result<Vec<_>>>()?;
            visit(cells)?;
            count += 1;
        }
        Ok(count)
    }
}
