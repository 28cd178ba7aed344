//! Filling an empty database, all rows or none.
//!
//! Must not know: where they come from.

use super::{
    cell::Cell,
    shape::{self, Table},
};
use crate::{
    Result, Store, StoreError,
    access::{Access, writing},
    chain::Chains,
    instance::{self, Instance},
    locks, migration,
};
use gatelodge_model::Timestamp;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend,
    sea_query::{Alias, Expr, Query, SimpleExpr},
};
use tokio::sync::OwnedMutexGuard;

/// Values in one statement, at most: SQLite takes 32,766 (<https://sqlite.org/limits.html>).
const VALUES: usize = 8000;

/// An empty database that is being filled. Dropped without [`Filling::commit`], it stays empty.
pub struct Filling {
    // Dropped in this order: the transaction ends before the next writer may begin.
    transaction: DatabaseTransaction,
    _writing: Option<OwnedMutexGuard<Chains>>,
    tables: Vec<Table>,
}

impl Store {
    /// Begins to fill this database, whose schema is brought to exactly these steps where it has none yet.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a row is there already, [`StoreError::NewerSchema`] for steps that this
    /// program does not know.
    pub async fn fill(&self, steps: &[String]) -> Result<Filling> {
        migration::apply(self.connection(), steps).await?;
        let guard = writing(self).await?;
        let transaction = locks::begin_writing(self.connection()).await?;
        let tables = shape::tables(&transaction).await?;
        for table in &tables {
            let mut any = Query::select();
            any.expr(Expr::val(1))
                .from(Alias::new(&table.name))
                .limit(1);
            let statement = transaction.get_database_backend().build(&any);
            if transaction.query_one_raw(statement).await?.is_some() {
                return Err(StoreError::conflict(format!("A row of {}", table.name)));
            }
        }
        if transaction.get_database_backend() == DbBackend::Postgres {
            transaction
                .execute_unprepared("SET LOCAL statement_timeout = 0")
                .await?;
        }
        Ok(Filling {
            transaction,
            _writing: guard,
            tables,
        })
    }
}

impl Filling {
    /// The tables that can be filled.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Adds rows whose cells stand in the order of the named columns.
    ///
    /// # Errors
    /// [`StoreError::Internal`] for a column that there is not, or a value that does not fit.
    pub async fn add(&self, name: &str, columns: &[String], rows: &[Vec<Cell>]) -> Result<()> {
        let table = self
            .tables
            .iter()
            .find(|table| table.name == name)
            .ok_or_else(|| misfit(name, "there is no such table"))?;
        let kinds = columns
            .iter()
            .map(|wanted| {
                table
                    .columns
                    .iter()
                    .find(|column| column.name == *wanted)
                    .map(|column| column.kind)
                    .ok_or_else(|| misfit(name, &format!("there is no column {wanted}")))
            })
            .collect::<Result<Vec<_>>>()?;
        for batch in rows.chunks((VALUES / kinds.len().max(1)).max(1)) {
            let mut insert = Query::insert();
            insert
                .into_table(Alias::new(name))
                .columns(columns.iter().map(Alias::new));
            for row in batch {
                let values = row
                    .iter()
                    .zip(&kinds)
                    .map(|(cell, kind)| cell.to_value(*kind).map(SimpleExpr::from))
                    .collect::<Option<Vec<_>>>()
                    .filter(|values| values.len() == kinds.len())
                    .ok_or_else(|| misfit(name, "a value does not fit its column"))?;
                insert
                    .values(values)
                    .map_err(|cause| misfit(name, &cause.to_string()))?;
            }
            let statement = self.transaction.get_database_backend().build(&insert);
            self.transaction.execute_raw(statement).await?;
        }
        Ok(())
    }

    /// Gives the copy its own identity, in the same step as its rows.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn name_instance(&self, instance: &Instance, at: Timestamp) -> Result<()> {
        let columns = ["name", "value", "updated_at"].map(str::to_owned);
        let row = vec![
            Cell::Text(instance::NAME.to_owned()),
            Cell::Text(instance::write(instance)?),
            Cell::Time(at),
        ];
        self.add("settings", &columns, &[row]).await
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: then the database is empty.
    pub async fn commit(self) -> Result<()> {
        Ok(self.transaction.commit().await?)
    }
}

fn misfit(table: &str, reason: &str) -> StoreError {
    StoreError::internal(format!("{table}: {reason}"))
}
