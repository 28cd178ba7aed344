//! When connections are looked at next. Several hosts share the work: of all who see a row due, the one that
//! moves its time has it.
//!
//! Must not know: what a look is. Nobody audits it: nothing changes by it.

use crate::{
    Access, Result, Store,
    access::{repository, writing},
    row::{connection as connections, connection_probe as row},
};
use gatelodge_model::{ConnectionId, ConnectionStatus, OrganizationId, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, OnConflict, Query},
};

repository! {
    /// When connections are looked at next.
    Probes
}

impl<A: Access> Probes<'_, A> {
    /// Sets the next time, whatever was there.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn schedule(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        due_at: Timestamp,
    ) -> Result<()> {
        let row = row::Model {
            organization_id: organization.as_uuid(),
            connection_id: connection.as_uuid(),
            due_at,
        };
        let _writing = writing(self.0).await?;
        row::Entity::insert_many([row.into_active_model()])
            .on_conflict(
                OnConflict::columns([row::Column::OrganizationId, row::Column::ConnectionId])
                    .update_column(row::Column::DueAt)
                    .to_owned(),
            )
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Looks no more.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn cancel(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::ConnectionId.eq(connection.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}

impl Probes<'_, Store> {
    /// Gives every usable connection without a time one, instance-wide: for start-up after an upgrade.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn schedule_missing(&self, due_at: Timestamp) -> Result<u64> {
        let usable = [
            ConnectionStatus::Active.as_str(),
            ConnectionStatus::Limited.as_str(),
        ];
        let known = Query::select()
            .expr(Expr::val(1))
            .from(row::Entity)
            .and_where(
                Expr::col((row::Entity, row::Column::OrganizationId))
                    .equals((connections::Entity, connections::Column::OrganizationId)),
            )
            .and_where(
                Expr::col((row::Entity, row::Column::ConnectionId))
                    .equals((connections::Entity, connections::Column::Id)),
            )
            .to_owned();
        let missing = Query::select()
            .column((connections::Entity, connections::Column::OrganizationId))
            .column((connections::Entity, connections::Column::Id))
            .expr_as(Expr::val(due_at), Alias::new("due_at"))
            .from(connections::Entity)
            .and_where(Expr::col((connections::Entity, connections::Column::Status)).is_in(usable))
            .and_where(Expr::exists(known).not())
            .to_owned();
        let mut insert = Query::insert();
        insert
            .into_table(row::Entity)
            .columns([
                row::Column::OrganizationId,
                row::Column::ConnectionId,
                row::Column::DueAt,
            ])
            .select_from(missing)
            .map_err(crate::StoreError::internal)?
            .on_conflict(
                OnConflict::columns([row::Column::OrganizationId, row::Column::ConnectionId])
                    .do_nothing()
                    .to_owned(),
            );
        let _writing = writing(self.0).await?;
        Ok(self.0.connection().execute(&insert).await?.rows_affected())
    }

    /// Takes connections whose time has come, instance-wide, and moves each to the time that `next` gives it.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn claim_due(
        &self,
        now: Timestamp,
        limit: u64,
        mut next: impl FnMut() -> Timestamp + Send,
    ) -> Result<Vec<(OrganizationId, ConnectionId)>> {
        let due = row::Entity::find()
            .filter(row::Column::DueAt.lte(now))
            .order_by_asc(row::Column::DueAt)
            .limit(limit)
            .all(self.0.connection())
            .await?;
        let mut mine = Vec::with_capacity(due.len());
        for row in due {
            let _writing = writing(self.0).await?;
            let moved = row::Entity::update_many()
                .set(row::ActiveModel {
                    due_at: Set(next()),
                    ..Default::default()
                })
                .filter(row::Column::OrganizationId.eq(row.organization_id))
                .filter(row::Column::ConnectionId.eq(row.connection_id))
                .filter(row::Column::DueAt.eq(row.due_at))
                .exec(self.0.connection())
                .await?;
            if moved.rows_affected == 1 {
                mine.push((
                    OrganizationId::from_uuid(row.organization_id),
                    ConnectionId::from_uuid(row.connection_id),
                ));
            }
        }
        Ok(mine)
    }
}
