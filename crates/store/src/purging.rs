//! Rows that pass: each has a moment from which its time is counted, and goes some time after it, in batches, so that
//! nobody waits long.
//!
//! Nobody audits a single row that goes; who has them deleted tells how many. Must not know: how long anything is kept.

use crate::{Access, Result, Store, access::writing};
use gatelodge_model::{OrganizationId, Timestamp};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Cond, Expr, ExprTrait, Func, Order, Query},
};
use std::collections::BTreeMap;

/// Rows of a batch, or a few more where several have the same moment.
const BATCH: u64 = 1_000;

/// Rows that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// What people were told.
    Notices,
    /// Messages that were delivered or given up.
    Messages,
    /// Browser sessions that ended.
    Sessions,
    /// One-time links that work no more.
    OneTimeLinks,
    /// Invitations that were answered or are over.
    Invitations,
    /// Attempts to connect that are over.
    Flows,
    /// Failed sign-ins.
    SignInFailures,
    /// Idempotency keys.
    IdempotencyKeys,
    /// What happened to connections, but for what somebody must still be told.
    ConnectionEvents,
}

impl Passing {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Notices,
        Self::Messages,
        Self::Sessions,
        Self::OneTimeLinks,
        Self::Invitations,
        Self::Flows,
        Self::SignInFailures,
        Self::IdempotencyKeys,
        Self::ConnectionEvents,
    ];

    /// Its name in the database.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Notices => "notices",
            Self::Messages => "outbox",
            Self::Sessions => "sessions",
            Self::OneTimeLinks => "one_time_links",
            Self::Invitations => "invitations",
            Self::Flows => "authorization_flows",
            Self::SignInFailures => "sign_in_failures",
            Self::IdempotencyKeys => "idempotency_keys",
            Self::ConnectionEvents => "connection_events",
        }
    }

    /// From when its time is counted; none in a row that still waits for something.
    const fn since(self) -> &'static str {
        match self {
            Self::Notices | Self::IdempotencyKeys => "created_at",
            Self::Messages => "ended_at",
            Self::Sessions | Self::OneTimeLinks | Self::Invitations | Self::Flows => "expires_at",
            Self::SignInFailures => "at",
            Self::ConnectionEvents => "last_at",
        }
    }

    /// Whether its rows belong to an organization.
    const fn has_owner(self) -> bool {
        !matches!(self, Self::SignInFailures)
    }

    fn due(self, before: Timestamp) -> Cond {
        let due = Cond::all().add(Expr::col(self.since()).lt(before));
        match self {
            Self::ConnectionEvents => due.add(Expr::col("waits").eq(false)),
            _ => due,
        }
    }
}

impl Store {
    /// Deletes rows whose time began before a moment, of all organizations; how many of each, and of nobody.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: what was deleted stays deleted.
    pub async fn purge(
        &self,
        passing: Passing,
        before: Timestamp,
    ) -> Result<BTreeMap<Option<OrganizationId>, u64>> {
        let mut purged = BTreeMap::new();
        loop {
            let end = self.end_of_batch(passing, before).await?;
            let mut delete = Query::delete();
            delete
                .from_table(passing.table())
                .cond_where(passing.due(before));
            if let Some(end) = end {
                delete.and_where(Expr::col(passing.since()).lte(end));
            }
            let _writing = writing(self).await?;
            if passing.has_owner() {
                delete.returning_col("organization_id");
                for row in self.connection().query_all(&delete).await? {
                    let owner = OrganizationId::from_uuid(row.try_get("", "organization_id")?);
                    *purged.entry(Some(owner)).or_default() += 1;
                }
            } else {
                let deleted = self.connection().execute(&delete).await?.rows_affected();
                if deleted > 0 {
                    *purged.entry(None).or_default() += deleted;
                }
            }
            if end.is_none() {
                return Ok(purged);
            }
        }
    }

    /// The moment of the last row of the next batch; none where less than a batch is due.
    async fn end_of_batch(&self, passing: Passing, before: Timestamp) -> Result<Option<Timestamp>> {
        let mut select = Query::select();
        select
            .column(passing.since())
            .from(passing.table())
            .cond_where(passing.due(before))
            .order_by(passing.since(), Order::Asc)
            .limit(1)
            .offset(BATCH - 1);
        let row = self.connection().query_one(&select).await?;
        Ok(row
            .map(|row| row.try_get("", passing.since()))
            .transpose()?)
    }

    /// How many rows of an organization a table has.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]; of a table without organizations too.
    pub async fn count_rows(
        &self,
        organization: OrganizationId,
        table: &'static str,
    ) -> Result<u64> {
        let mut select = Query::select();
        select
            .expr_as(Func::count(Expr::col("organization_id")), "rows")
            .from(table)
            .and_where(Expr::col("organization_id").eq(organization.as_uuid()));
        let row = self.connection().query_one(&select).await?;
        let rows: i64 = row.map_or(Ok(0), |row| row.try_get("", "rows"))?;
        Ok(rows.unsigned_abs())
    }

    /// The names of all tables, without the migrations' own.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn tables(&self) -> Result<Vec<String>> {
        let tables = crate::backup::tables(self.connection()).await?;
        Ok(tables.into_iter().map(|table| table.name).collect())
    }
}
