//! What was set aside to leave through each connection in each hour: never less than what left, whoever
//! counts and however often a keeper ends in between.
//!
//! Must not know: limits' reasons, or what a row is.

use crate::{Access, Result, Store, access::writing, row::budget_hour as row};
use gatelodge_model::{ConnectionId, OrganizationId, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, OnConflict},
};

/// Counts of connections.
#[derive(Clone, Copy)]
pub struct Budgets<'a>(pub(super) &'a Store);

/// An hour of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BudgetHour {
    /// Tenant.
    pub organization: OrganizationId,
    /// Through which connection.
    pub connection: ConnectionId,
    /// When the hour began.
    pub hour: Timestamp,
}

/// Rows, calls and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BudgetAmounts {
    /// Records in answers.
    pub rows: u64,
    /// Requests.
    pub calls: u64,
    /// Bytes of answers.
    pub bytes: u64,
}

/// What is stored of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetCount {
    /// Which.
    pub hour: BudgetHour,
    /// Set aside until now.
    pub amounts: BudgetAmounts,
    /// The highest mark that was reached.
    pub mark: u8,
}

impl Budgets<'_> {
    /// Sets amounts aside where nothing goes over its limit then: all or nothing. Gives what is set aside
    /// now, or `None` where a limit stands against it.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: then nothing may leave.
    pub async fn set_aside(
        &self,
        hour: BudgetHour,
        amounts: BudgetAmounts,
        limits: BudgetAmounts,
    ) -> Result<Option<BudgetAmounts>> {
        let _writing = writing(self.0).await?;
        if let Some(now) = self.add(hour, amounts, limits).await? {
            return Ok(Some(now));
        }
        // Either a limit, or the first of the hour. Of keepers that race, one makes the row, and all try again.
        let row = row::Model {
            organization_id: hour.organization.as_uuid(),
            connection_id: hour.connection.as_uuid(),
            hour: hour.hour,
            rows: 0,
            calls: 0,
            bytes: 0,
            mark: 0,
            told: 0,
        };
        row::Entity::insert_many([row.into_active_model()])
            .on_conflict(
                OnConflict::columns([
                    row::Column::OrganizationId,
                    row::Column::ConnectionId,
                    row::Column::Hour,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(self.0.connection())
            .await?;
        self.add(hour, amounts, limits).await
    }

    async fn add(
        &self,
        hour: BudgetHour,
        amounts: BudgetAmounts,
        limits: BudgetAmounts,
    ) -> Result<Option<BudgetAmounts>> {
        let columns = [
            (row::Column::Rows, amounts.rows, limits.rows),
            (row::Column::Calls, amounts.calls, limits.calls),
            (row::Column::Bytes, amounts.bytes, limits.bytes),
        ];
        let mut update = row::Entity::update_many().filter(of(hour));
        for (column, amount, limit) in columns {
            if amount > 0 {
                let sum = Expr::col(column).add(stored(amount));
                update = update
                    .col_expr(column, sum.clone())
                    .filter(sum.lte(stored(limit)));
            }
        }
        let changed = update.exec_with_returning(self.0.connection()).await?;
        Ok(changed.first().map(|row| BudgetCount::from(row).amounts))
    }

    /// Gives back what was set aside and did not leave.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn give_back(&self, hour: BudgetHour, amounts: BudgetAmounts) -> Result<()> {
        let _writing = writing(self.0).await?;
        let mut update = row::Entity::update_many().filter(of(hour));
        for (column, amount) in [
            (row::Column::Rows, amounts.rows),
            (row::Column::Calls, amounts.calls),
            (row::Column::Bytes, amounts.bytes),
        ] {
            update = update.col_expr(column, Expr::col(column).sub(stored(amount)));
        }
        update.exec(self.0.connection()).await?;
        Ok(())
    }

    /// Raises the amounts to at least these: nothing more fits, or another place counted more.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn raise(&self, hour: BudgetHour, least: BudgetAmounts) -> Result<()> {
        let _writing = writing(self.0).await?;
        for (column, amount) in [
            (row::Column::Rows, least.rows),
            (row::Column::Calls, least.calls),
            (row::Column::Bytes, least.bytes),
        ] {
            if amount > 0 {
                row::Entity::update_many()
                    .col_expr(column, Expr::value(stored(amount)))
                    .filter(of(hour))
                    .filter(column.lt(stored(amount)))
                    .exec(self.0.connection())
                    .await?;
            }
        }
        Ok(())
    }

    /// Remembers that a mark was reached; a lower one than before changes nothing.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn reach(&self, hour: BudgetHour, mark: u8) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .col_expr(row::Column::Mark, Expr::value(i32::from(mark)))
            .filter(of(hour))
            .filter(row::Column::Mark.lt(i32::from(mark)))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Lowers the mark, so that reaching it again is told again.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn forget_marks(&self, hour: BudgetHour) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .col_expr(row::Column::Mark, Expr::value(0))
            .col_expr(row::Column::Told, Expr::value(0))
            .filter(of(hour))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Marks of this hour that nobody was told of yet, instance-wide. Each is given once, to one caller.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn take_untold(&self, hour: Timestamp) -> Result<Vec<BudgetCount>> {
        let _writing = writing(self.0).await?;
        let rows = row::Entity::update_many()
            .col_expr(row::Column::Told, Expr::col(row::Column::Mark))
            .filter(row::Column::Hour.eq(hour))
            .filter(Expr::col(row::Column::Told).lt(Expr::col(row::Column::Mark)))
            .exec_with_returning(self.0.connection())
            .await?;
        Ok(rows.iter().map(BudgetCount::from).collect())
    }

    /// An hour of a connection.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn load(&self, hour: BudgetHour) -> Result<Option<BudgetCount>> {
        let row = row::Entity::find()
            .filter(of(hour))
            .one(self.0.connection())
            .await?;
        Ok(row.as_ref().map(BudgetCount::from))
    }

    /// Deletes hours before this one, instance-wide; how many.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn purge(&self, before: Timestamp) -> Result<u64> {
        let _writing = writing(self.0).await?;
        let deleted = row::Entity::delete_many()
            .filter(row::Column::Hour.lt(before))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected)
    }
}

fn of(hour: BudgetHour) -> Condition {
    Condition::all()
        .add(row::Column::OrganizationId.eq(hour.organization.as_uuid()))
        .add(row::Column::ConnectionId.eq(hour.connection.as_uuid()))
        .add(row::Column::Hour.eq(hour.hour))
}

fn stored(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

impl From<&row::Model> for BudgetCount {
    fn from(row: &row::Model) -> Self {
        let amount = |stored: i64| u64::try_from(stored).unwrap_or_default();
        Self {
            hour: BudgetHour {
                organization: OrganizationId::from_uuid(row.organization_id),
                connection: ConnectionId::from_uuid(row.connection_id),
                hour: row.hour,
            },
            amounts: BudgetAmounts {
                rows: amount(row.rows),
                calls: amount(row.calls),
                bytes: amount(row.bytes),
            },
            mark: u8::try_from(row.mark).unwrap_or(u8::MAX),
        }
    }
}
