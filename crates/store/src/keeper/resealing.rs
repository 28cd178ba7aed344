//! Sealed rows as the replacement of a key sees them: all alike, whatever they hold. A row is replaced only
//! if it is still exactly the one that was read, so that a refresh meanwhile is never overwritten.
//!
//! Every table with sealed bytes has its line in [`SealedTable`]; what has none is never moved to a new
//! key. Must not know: keys in clear, or what is inside.

use crate::{Access, Result, Store, access::writing, keeper::DataKeyPurpose, locks};
use gatelodge_model::OrganizationId;
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Cond, Expr, ExprTrait, Func, Order, Query, SelectStatement},
};
use uuid::Uuid;

/// A table with sealed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SealedTable {
    /// Connections' credentials.
    Credentials,
    /// OAuth apps with their secrets.
    OAuthApps,
    /// Verifiers of open flows.
    Flows,
    /// Customers' data.
    SealedRecords,
    /// Credentials whose grant is still to be ended at its provider.
    PendingRevocations,
    /// Where webhooks go and what signs them.
    Webhooks,
    /// Records about approvals and passkeys.
    ApprovalRecords,
    /// What the keeper made of a passkey's assertion.
    Evidence,
}

impl SealedTable {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Credentials,
        Self::OAuthApps,
        Self::Flows,
        Self::SealedRecords,
        Self::PendingRevocations,
        Self::Webhooks,
        Self::ApprovalRecords,
        Self::Evidence,
    ];

    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::OAuthApps => "oauth_app_secrets",
            Self::Flows => "flow_secrets",
            Self::SealedRecords => "sealed_records",
            Self::PendingRevocations => "pending_revocations",
            Self::Webhooks => "webhook_secrets",
            Self::ApprovalRecords => "approval_records",
            Self::Evidence => "approvals",
        }
    }

    /// Which data key seals it.
    pub const fn purpose(self) -> DataKeyPurpose {
        match self {
            Self::SealedRecords => DataKeyPurpose::CustomerData,
            _ => DataKeyPurpose::Credentials,
        }
    }

    /// The column that names the row within its organization.
    const fn row(self) -> &'static str {
        match self {
            Self::Credentials => "connection_id",
            Self::OAuthApps => "oauth_app_id",
            Self::Flows => "flow_id",
            Self::SealedRecords | Self::PendingRevocations => "id",
            Self::Webhooks => "webhook_id",
            Self::ApprovalRecords => "subject_id",
            Self::Evidence => "proposal_id",
        }
    }

    /// The column with the sealed bytes.
    const fn record(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            _ => "record",
        }
    }

    /// Whether rows are replaced; the others are sealed once.
    const fn has_generations(self) -> bool {
        matches!(
            self,
            Self::Credentials | Self::OAuthApps | Self::Webhooks | Self::ApprovalRecords
        )
    }

    /// Whether a word beside the record is part of its place.
    const fn has_kind(self) -> bool {
        matches!(self, Self::SealedRecords)
    }
}

/// A sealed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// Names it within its organization.
    pub id: Uuid,
    /// Part of the seal; 1 where rows are sealed once.
    pub generation: i64,
    /// Part of the seal, where rows have one.
    pub kind: Option<String>,
    /// The sealed bytes.
    pub record: Vec<u8>,
}

/// A row with the seal that takes the place of its present one.
#[derive(Debug, Clone)]
pub struct Resealed {
    /// As it was read.
    pub row: SealedRow,
    /// The new bytes.
    pub record: Vec<u8>,
    /// The key they are sealed with.
    pub key_id: String,
}

/// How many rows a key seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCount {
    /// Tenant.
    pub organization: OrganizationId,
    /// Where.
    pub table: SealedTable,
    /// The key; `None` for rows of an earlier version, which say it only in their first bytes.
    pub key_id: Option<String>,
    /// How many.
    pub rows: u64,
}

/// Sealed rows of all tables.
#[derive(Clone, Copy)]
pub struct Resealing<'a>(pub(super) &'a Store);

impl Resealing<'_> {
    /// Rows of an organization that are not sealed with `target`, in the order of their ids, behind `after`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn outdated(
        &self,
        organization: OrganizationId,
        table: SealedTable,
        target: &str,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<SealedRow>> {
        let mut select = Self::rows_of(organization, table, after, limit);
        select.cond_where(not_sealed_with(target));
        self.read(table, &select).await
    }

    /// All rows of an organization, in the order of their ids, behind `after`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn all(
        &self,
        organization: OrganizationId,
        table: SealedTable,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<SealedRow>> {
        self.read(table, &Self::rows_of(organization, table, after, limit))
            .await
    }

    /// Replaces the seals of rows that are still as they were read: one transaction; how many were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: then none was.
    pub async fn replace(
        &self,
        organization: OrganizationId,
        table: SealedTable,
        rows: Vec<Resealed>,
    ) -> Result<u64> {
        let _writing = writing(self.0).await?;
        let transaction = locks::begin_writing(self.0.connection()).await?;
        let mut replaced = 0;
        for resealed in rows {
            let mut update = Query::update();
            update
                .table(table.name())
                .value(table.record(), resealed.record)
                .value("key_id", resealed.key_id)
                .and_where(Expr::col("organization_id").eq(organization.as_uuid()))
                .and_where(Expr::col(table.row()).eq(resealed.row.id))
                .and_where(Expr::col(table.record()).eq(resealed.row.record));
            if table.has_generations() {
                update.and_where(Expr::col("generation").eq(resealed.row.generation));
            }
            replaced += transaction.execute(&update).await?.rows_affected();
        }
        transaction.commit().await?;
        Ok(replaced)
    }

    /// How many rows of a table are not sealed with `target`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn count_outdated(
        &self,
        organization: OrganizationId,
        table: SealedTable,
        target: &str,
    ) -> Result<u64> {
        let mut select = Query::select();
        select
            .expr_as(Func::count(Expr::col(table.record())), "rows")
            .from(table.name())
            .and_where(Expr::col("organization_id").eq(organization.as_uuid()))
            .cond_where(not_sealed_with(target));
        let row = self.0.connection().query_one(&select).await?;
        row.as_ref().map_or(Ok(0), number)
    }

    /// How many rows each key seals, of one organization or of all.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn count(&self, organization: Option<OrganizationId>) -> Result<Vec<SealedCount>> {
        let mut counts = Vec::new();
        for table in SealedTable::ALL {
            let mut select = Query::select();
            select
                .column("organization_id")
                .column("key_id")
                .expr_as(Func::count(Expr::col(table.record())), "rows")
                .from(table.name())
                .and_where(Expr::col(table.record()).is_not_null())
                .group_by_col("organization_id")
                .group_by_col("key_id");
            if let Some(organization) = organization {
                select.and_where(Expr::col("organization_id").eq(organization.as_uuid()));
            }
            for row in self.0.connection().query_all(&select).await? {
                counts.push(SealedCount {
                    organization: OrganizationId::from_uuid(row.try_get("", "organization_id")?),
                    table,
                    key_id: row.try_get("", "key_id")?,
                    rows: number(&row)?,
                });
            }
        }
        Ok(counts)
    }

    /// Deletes all rows of an organization; how many there were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete_all(&self, organization: OrganizationId) -> Result<u64> {
        let mut deleted = 0;
        for table in SealedTable::ALL {
            let mut delete = Query::delete();
            delete
                .from_table(table.name())
                .and_where(Expr::col("organization_id").eq(organization.as_uuid()));
            let _writing = writing(self.0).await?;
            deleted += self.0.connection().execute(&delete).await?.rows_affected();
        }
        locks::forget_deleted(self.0.connection()).await?;
        Ok(deleted)
    }

    fn rows_of(
        organization: OrganizationId,
        table: SealedTable,
        after: Option<Uuid>,
        limit: u64,
    ) -> SelectStatement {
        let mut select = Query::select();
        select
            .column(table.row())
            .column(table.record())
            .from(table.name())
            .and_where(Expr::col("organization_id").eq(organization.as_uuid()))
            .and_where(Expr::col(table.record()).is_not_null())
            .order_by(table.row(), Order::Asc)
            .limit(limit);
        if table.has_generations() {
            select.column("generation");
        }
        if table.has_kind() {
            select.column("kind");
        }
        if let Some(after) = after {
            select.and_where(Expr::col(table.row()).gt(after));
        }
        select
    }

    async fn read(&self, table: SealedTable, select: &SelectStatement) -> Result<Vec<SealedRow>> {
        let rows = self.0.connection().query_all(select).await?;
        rows.iter()
            .map(|row| {
                Ok(SealedRow {
                    id: row.try_get("", table.row())?,
                    generation: if table.has_generations() {
                        row.try_get("", "generation")?
                    } else {
                        1
                    },
                    kind: if table.has_kind() {
                        Some(row.try_get("", "kind")?)
                    } else {
                        None
                    },
                    record: row.try_get("", table.record())?,
                })
            })
            .collect()
    }
}

fn not_sealed_with(target: &str) -> Cond {
    Cond::any()
        .add(Expr::col("key_id").is_null())
        .add(Expr::col("key_id").ne(target))
}

fn number(row: &QueryResult) -> Result<u64> {
    let rows: i64 = row.try_get("", "rows")?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// The key that a record names in its first bytes: version, then eight bytes of key id.
pub(crate) fn key_id_in(record: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    let id = record.get(1..9)?;
    let mut text = String::with_capacity(16);
    for byte in id {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}
