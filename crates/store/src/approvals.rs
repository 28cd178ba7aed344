//! What allows a write: a row a proposal, written together with the proposal's own change and used up once.
//!
//! Must not know: whether the evidence in it is true; the keeper judges that.

use crate::{
    Access, Result, Store, Unit,
    access::{repository, writing},
    column::to_bytes,
    row::approval as row,
};
use gatelodge_model::{Approval, Digest, OrganizationId, ProposalId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

repository! {
    /// What allows a write.
    Approvals
}

impl<A: Access> Approvals<'_, A> {
    /// What allows a proposal.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        proposal: ProposalId,
    ) -> Result<Option<Approval>> {
        row::Entity::find_by_id((organization.as_uuid(), proposal.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(Approval::try_from)
            .transpose()
    }
}

impl Approvals<'_, Store> {
    /// Uses an approval up, durably; whether it was there for exactly this hash and unused. The keeper's act: of
    /// any number of keepers one gets `true`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: then nothing may be sent.
    pub async fn spend(
        &self,
        organization: OrganizationId,
        proposal: ProposalId,
        digest: &Digest,
    ) -> Result<bool> {
        let _writing = writing(self.0).await?;
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                spent_at: Set(Some(self.0.clock().now())),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::ProposalId.eq(proposal.as_uuid()))
            .filter(row::Column::Digest.eq(to_bytes(digest)))
            .filter(row::Column::SpentAt.is_null())
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }
}

impl Approvals<'_, Unit> {
    /// Adds what allows a proposal.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] when the proposal or its hash has one.
    pub async fn insert(&self, approval: &Approval) -> Result<()> {
        self.0.owns(approval.organization, "the approval")?;
        row::Entity::insert(row::Model::from(approval).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }
}
