//! What the keeper sent to providers: never a body, never a query string.
//!
//! Must not know: what a call was for; the request id joins it with the audit log.

use super::purging::delete_due;
use crate::{Access, Result, Store, access::writing, row::provider_call as row};
use gatelodge_model::{ConnectionId, OrganizationId, RequestId, Timestamp};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// The record of calls.
#[derive(Clone, Copy)]
pub struct ProviderCalls<'a>(pub(super) &'a Store);

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCall {
    /// Identity.
    pub id: Uuid,
    /// Tenant.
    pub organization: OrganizationId,
    /// Through which connection.
    pub connection: ConnectionId,
    /// For which request.
    pub request: RequestId,
    /// When it was sent.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path, without its query: that may hold customers' data.
    pub path: String,
    /// HTTP status of the answer; 0 when none came.
    pub status: u16,
    /// Bytes of the answer.
    pub bytes: u64,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// The provider's id of the request.
    pub provider_request_id: Option<String>,
}

impl ProviderCalls<'_> {
    /// Writes calls: one statement per 1000.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn append(&self, calls: &[ProviderCall]) -> Result<()> {
        for group in calls.chunks(1000) {
            let rows = group.iter().map(|call| {
                row::Model {
                    organization_id: call.organization.as_uuid(),
                    id: call.id,
                    connection_id: call.connection.as_uuid(),
                    request_id: call.request.as_uuid(),
                    at: call.at,
                    method: call.method.clone(),
                    path: call.path.split('?').next().unwrap_or_default().to_owned(),
                    status: i32::from(call.status),
                    bytes: i64::try_from(call.bytes).unwrap_or(i64::MAX),
                    duration_us: i64::try_from(call.duration_us).unwrap_or(i64::MAX),
                    provider_request_id: call.provider_request_id.clone(),
                }
                .into_active_model()
            });
            let _writing = writing(self.0).await?;
            row::Entity::insert_many(rows)
                .exec_without_returning(self.0.connection())
                .await?;
        }
        Ok(())
    }

    /// How many calls of an organization are noted.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn count(&self, organization: OrganizationId) -> Result<u64> {
        Ok(row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .count(self.0.connection())
            .await?)
    }

    /// Deletes calls that were sent before a moment, instance-wide, at most `limit`; whose they were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn purge_before(&self, before: Timestamp, limit: u64) -> Result<Vec<OrganizationId>> {
        let due: Vec<(Uuid, Uuid)> = row::Entity::find()
            .select_only()
            .column(row::Column::OrganizationId)
            .column(row::Column::Id)
            .filter(row::Column::At.lt(before))
            .limit(limit)
            .into_tuple()
            .all(self.0.connection())
            .await?;
        delete_due::<row::Entity>(self.0, row::Column::OrganizationId, row::Column::Id, due).await
    }

    /// The latest calls of a connection, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn list(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        limit: u64,
    ) -> Result<Vec<ProviderCall>> {
        let rows = row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::ConnectionId.eq(connection.as_uuid()))
            .order_by_desc(row::Column::At)
            .limit(limit)
            .all(self.0.connection())
            .await?;
        Ok(rows.into_iter().map(ProviderCall::from).collect())
    }
}

impl From<row::Model> for ProviderCall {
    fn from(row: row::Model) -> Self {
        Self {
            id: row.id,
            organization: OrganizationId::from_uuid(row.organization_id),
            connection: ConnectionId::from_uuid(row.connection_id),
            request: RequestId::from_uuid(row.request_id),
            at: row.at,
            method: row.method,
            path: row.path,
            status: u16::try_from(row.status).unwrap_or_default(),
            bytes: u64::try_from(row.bytes).unwrap_or_default(),
            duration_us: u64::try_from(row.duration_us).unwrap_or_default(),
            provider_request_id: row.provider_request_id,
        }
    }
}
