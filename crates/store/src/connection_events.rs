//! The timelines of connections, read; and what in them somebody must be told.
//!
//! The keeper writes them. Must not know: who may read them.

use crate::{
    Access, Result, Store, StoreError,
    access::{repository, writing},
    column::Reading,
    row::connection_event as row,
};
use gatelodge_model::{
    AttentionReason, ConnectionEvent, ConnectionEventKind, ConnectionId, OrganizationId,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

repository! {
    /// The timelines of connections.
    ConnectionEvents
}

impl TryFrom<row::Model> for ConnectionEvent {
    type Error = StoreError;
    fn try_from(row: row::Model) -> Result<Self> {
        let reading = Reading::new(
            "connection_events",
            ConnectionId::from_uuid(row.connection_id),
        );
        Ok(Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            connection: ConnectionId::from_uuid(row.connection_id),
            kind: reading.value("kind", ConnectionEventKind::parse(&row.kind))?,
            bucket: row.bucket,
            first_at: row.first_at,
            last_at: row.last_at,
            count: u64::try_from(row.count).unwrap_or_default(),
            detail: reading.json("detail", &row.detail)?,
            attention: row
                .attention
                .map(|text| reading.value("attention", AttentionReason::parse(&text)))
                .transpose()?,
        })
    }
}

impl<A: Access> ConnectionEvents<'_, A> {
    /// What happened to a connection, newest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        limit: u64,
    ) -> Result<Vec<ConnectionEvent>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::ConnectionId.eq(connection.as_uuid()))
            .order_by_desc(row::Column::LastAt)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(ConnectionEvent::try_from)
            .collect()
    }

    /// Events of all organizations that somebody must be told, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Corrupt`].
    pub async fn list_waiting(&self, limit: u64) -> Result<Vec<ConnectionEvent>> {
        row::Entity::find()
            .filter(row::Column::Waits.eq(true))
            .order_by_asc(row::Column::LastAt)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(ConnectionEvent::try_from)
            .collect()
    }
}

impl ConnectionEvents<'_, Store> {
    /// Notes that what an event asks for was done. Told by the audit event of the change that it led to.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn settle(&self, event: &ConnectionEvent) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .col_expr(row::Column::Waits, Expr::value(false))
            .filter(row::Column::OrganizationId.eq(event.organization.as_uuid()))
            .filter(row::Column::ConnectionId.eq(event.connection.as_uuid()))
            .filter(row::Column::Kind.eq(event.kind.as_str()))
            .filter(row::Column::Bucket.eq(event.bucket.as_str()))
            // Whatever was added meanwhile waits on.
            .filter(
                Expr::col(row::Column::Count).lte(i64::try_from(event.count).unwrap_or(i64::MAX)),
            )
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}
