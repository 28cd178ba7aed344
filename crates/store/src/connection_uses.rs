//! When connections were last used, to the minute. Nobody audits it: the call is in the audit log.
//!
//! Must not know: what a use is.

use crate::{
    Access, Result, Store,
    access::{repository, writing},
    row::connection_use as row,
};
use gatelodge_model::{ConnectionId, OrganizationId, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict};
use std::collections::HashMap;

repository! {
    /// Last uses of connections.
    ConnectionUses
}

impl<A: Access> ConnectionUses<'_, A> {
    /// When these connections were last used; one that never was is left out.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn of(
        &self,
        organization: OrganizationId,
        connections: &[ConnectionId],
    ) -> Result<HashMap<ConnectionId, Timestamp>> {
        if connections.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = connections.iter().map(|id| id.as_uuid());
        let rows = row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::ConnectionId.is_in(ids))
            .all(self.0.connection())
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (ConnectionId::from_uuid(row.connection_id), row.last_used_at))
            .collect())
    }
}

impl ConnectionUses<'_, Store> {
    /// Notes a use.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn note(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        at: Timestamp,
    ) -> Result<()> {
        let row = row::Model {
            organization_id: organization.as_uuid(),
            connection_id: connection.as_uuid(),
            last_used_at: at,
        };
        let _writing = writing(self.0).await?;
        row::Entity::insert_many([row.into_active_model()])
            .on_conflict(
                OnConflict::columns([row::Column::OrganizationId, row::Column::ConnectionId])
                    .update_column(row::Column::LastUsedAt)
                    .to_owned(),
            )
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }
}
