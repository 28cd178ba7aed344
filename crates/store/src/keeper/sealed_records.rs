//! Sealed customers' data: proposals and outcomes.
//!
//! Must not know: what is inside, or who may have it opened.

use super::{purging::delete_due, resealing::key_id_in};
use crate::{Access, Result, Store, access::writing, row::sealed_record as row};
use gatelodge_model::{AgentId, OrganizationId, SealedId, Timestamp, UserId};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

/// Kinds that end with their time; others are records about the installation itself.
const PURGED_KINDS: [&str; 2] = ["proposal", "outcome"];

/// Sealed customers' data.
#[derive(Clone, Copy)]
pub struct SealedRecords<'a>(pub(super) &'a Store);

/// A sealed record and who is entitled to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRecord {
    /// Identity.
    pub id: SealedId,
    /// Tenant.
    pub organization: OrganizationId,
    /// What it is, as the keeper's word.
    pub kind: String,
    /// The person whose connection is used.
    pub user: UserId,
    /// The agent that asked.
    pub agent: Option<AgentId>,
    /// The sealed bytes.
    pub record: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is to be deleted.
    pub purge_after: Option<Timestamp>,
}

impl SealedRecords<'_> {
    /// Keeps a record.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`], [`crate::StoreError::Unavailable`].
    pub async fn insert(&self, record: SealedRecord) -> Result<()> {
        let row = row::Model {
            organization_id: record.organization.as_uuid(),
            id: record.id.as_uuid(),
            kind: record.kind,
            user_id: record.user.as_uuid(),
            agent_id: record.agent.map(AgentId::as_uuid),
            key_id: key_id_in(&record.record),
            record: record.record,
            created_at: record.created_at,
            purge_after: record.purge_after,
        };
        let _writing = writing(self.0).await?;
        row::Entity::insert(row.into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// One record of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn load(
        &self,
        organization: OrganizationId,
        id: SealedId,
    ) -> Result<Option<SealedRecord>> {
        let row = row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?;
        Ok(row.map(|row| SealedRecord {
            id: SealedId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            kind: row.kind,
            user: UserId::from_uuid(row.user_id),
            agent: row.agent_id.map(AgentId::from_uuid),
            record: row.record,
            created_at: row.created_at,
            purge_after: row.purge_after,
        }))
    }

    /// Deletes the oldest records made before a moment, instance-wide, at most `limit`; whose they were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn purge_before(&self, before: Timestamp, limit: u64) -> Result<Vec<OrganizationId>> {
        let due: Vec<(Uuid, Uuid)> = row::Entity::find()
            .select_only()
            .column(row::Column::OrganizationId)
            .column(row::Column::Id)
            .filter(row::Column::CreatedAt.lt(before))
            .filter(row::Column::Kind.is_in(PURGED_KINDS))
            .order_by_asc(row::Column::CreatedAt)
            .limit(limit)
            .into_tuple()
            .all(self.0.connection())
            .await?;
        delete_due::<row::Entity>(self.0, row::Column::OrganizationId, row::Column::Id, due).await
    }
}
