//! The keeper's sealed records about approvals: one for an organization (are its approvals sealed?), one for each
//! person with passkeys.
//!
//! The generation is part of the seal and only grows. Must not know: what is inside.

use super::resealing::key_id_in;
use crate::{Access, Result, Store, StoreError, access::writing, row::approval_record as row};
use gatelodge_model::OrganizationId;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};
use uuid::Uuid;

/// Sealed records about approvals.
#[derive(Clone, Copy)]
pub struct ApprovalRecords<'a>(pub(super) &'a Store);

/// A sealed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRecord {
    /// Tenant.
    pub organization: OrganizationId,
    /// The organization's or the person's own id.
    pub subject: Uuid,
    /// Grows with every change; part of the seal.
    pub generation: i64,
    /// The sealed bytes.
    pub record: Vec<u8>,
}

impl From<row::Model> for ApprovalRecord {
    fn from(row: row::Model) -> Self {
        Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            subject: row.subject_id,
            generation: row.generation,
            record: row.record,
        }
    }
}

impl ApprovalRecords<'_> {
    /// One record.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn load(
        &self,
        organization: OrganizationId,
        subject: Uuid,
    ) -> Result<Option<ApprovalRecord>> {
        Ok(row::Entity::find_by_id((organization.as_uuid(), subject))
            .one(self.0.connection())
            .await?
            .map(ApprovalRecord::from))
    }

    /// Every record of the instance: for the keeper's start and for the rotation of keys.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn list(&self) -> Result<Vec<ApprovalRecord>> {
        Ok(row::Entity::find()
            .order_by_asc(row::Column::OrganizationId)
            .order_by_asc(row::Column::SubjectId)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(ApprovalRecord::from)
            .collect())
    }

    /// Keeps a record, sealed for its generation: 1 where there is none, one more than the stored one where it
    /// is replaced.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another generation is stored meanwhile; read again and repeat.
    pub async fn save(&self, record: ApprovalRecord) -> Result<()> {
        use row::{Column, Entity, Model};
        let (organization, subject) = (record.organization.as_uuid(), record.subject);
        let generation = record.generation;
        let row = Model {
            organization_id: organization,
            subject_id: subject,
            generation,
            key_id: key_id_in(&record.record),
            record: record.record,
            updated_at: self.0.clock().now(),
        }
        .into_active_model();
        let _writing = writing(self.0).await?;
        let written = if generation == 1 {
            Entity::insert_many([row])
                .on_conflict(
                    OnConflict::columns([Column::OrganizationId, Column::SubjectId])
                        .do_nothing()
                        .to_owned(),
                )
                .exec_without_returning(self.0.connection())
                .await?
        } else {
            Entity::update_many()
                .set(row.reset_all())
                .filter(Column::OrganizationId.eq(organization))
                .filter(Column::SubjectId.eq(subject))
                .filter(Column::Generation.eq(generation - 1))
                .exec(self.0.connection())
                .await?
                .rows_affected
        };
        if written == 0 {
            return Err(StoreError::conflict("The record about approvals"));
        }
        Ok(())
    }
}
