//! Second looks at proposals, where a rule wants four eyes.
//!
//! Must not know: who may give one.

use crate::{Access, Result, Unit, access::repository, column::to_bytes, row::second_look as row};
use gatelodge_model::{Digest, OrganizationId, ProposalId, SecondLook, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::OnConflict,
};

repository! {
    /// Second looks at proposals.
    SecondLooks
}

impl<A: Access> SecondLooks<'_, A> {
    /// The second look at a proposal, if one is wanted.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        proposal: ProposalId,
    ) -> Result<Option<SecondLook>> {
        row::Entity::find_by_id((organization.as_uuid(), proposal.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(SecondLook::try_from)
            .transpose()
    }

    /// Looks that nobody gave yet, the newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn wanted(
        &self,
        organization: OrganizationId,
        limit: u64,
    ) -> Result<Vec<SecondLook>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::ConfirmedAt.is_null())
            .order_by_desc(row::Column::WantedAt)
            .order_by_desc(row::Column::ProposalId)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(SecondLook::try_from)
            .collect()
    }
}

impl SecondLooks<'_, Unit> {
    /// Wants a look; where one is wanted or given already, nothing changes.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] for a proposal that the organization has not.
    pub async fn want(&self, look: &SecondLook) -> Result<()> {
        self.0.owns(look.organization, "the second look")?;
        row::Entity::insert(row::Model::from(look).into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Confirms; whether a look was wanted for exactly this hash, and not given yet.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn confirm(&self, proposal: ProposalId, digest: &Digest, by: UserId) -> Result<bool> {
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                confirmed_by: Set(Some(by.as_uuid())),
                confirmed_at: Set(Some(self.0.clock().now())),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::ProposalId.eq(proposal.as_uuid()))
            .filter(row::Column::Digest.eq(to_bytes(digest)))
            .filter(row::Column::ConfirmedAt.is_null())
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }
}
