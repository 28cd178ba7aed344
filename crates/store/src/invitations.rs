//! Invitations to join an organization.
//!
//! Must not know: the link's text; an invitation is found by the hash of its token.

use crate::{
    Access, Result, Unit, access::repository, organizations::found, row::invitation as row,
    searching::contains,
};
use gatelodge_model::{Digest, Invitation, InvitationId, OrganizationId, UserId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

repository! {
    /// Invitations to join an organization.
    Invitations
}

impl<A: Access> Invitations<'_, A> {
    /// One of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        id: InvitationId,
    ) -> Result<Option<Invitation>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(Invitation::try_from)
            .transpose()
    }

    /// The invitation of a token, in whatever organization; those that ended too.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_by_token_digest(&self, digest: &Digest) -> Result<Option<Invitation>> {
        row::Entity::find()
            .filter(row::Column::TokenDigest.eq(digest.as_bytes().as_slice()))
            .one(self.0.connection())
            .await?
            .map(Invitation::try_from)
            .transpose()
    }

    /// The invitation of an address that was neither accepted nor withdrawn, expired or not.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_unanswered(
        &self,
        organization: OrganizationId,
        email: &str,
    ) -> Result<Option<Invitation>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::Email.eq(email))
            .filter(row::Column::EndedAt.is_null())
            .order_by_desc(row::Column::Id)
            .one(self.0.connection())
            .await?
            .map(Invitation::try_from)
            .transpose()
    }

    /// Invitations that nobody answered, by address, and how many there are in all.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn unanswered(
        &self,
        organization: OrganizationId,
        search: Option<&str>,
        offset: u64,
        limit: u64,
    ) -> Result<(Vec<Invitation>, u64)> {
        let mut select = row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::EndedAt.is_null());
        if let Some(typed) = search {
            select = select.filter(contains(&[row::Column::Email], typed));
        }
        let total = select.clone().count(self.0.connection()).await?;
        let rows = select
            .order_by_asc(row::Column::Email)
            .order_by_asc(row::Column::Id)
            .offset(offset)
            .limit(limit)
            .all(self.0.connection())
            .await?;
        let page: Result<Vec<Invitation>> = rows.into_iter().map(Invitation::try_from).collect();
        Ok((page?, total))
    }
}

impl Invitations<'_, Unit> {
    /// Adds one.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`].
    pub async fn insert(&self, invitation: &Invitation) -> Result<()> {
        self.0.owns(invitation.organization, "the invitation")?;
        row::Entity::insert(row::Model::try_from(invitation)?.into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`].
    pub async fn update(&self, invitation: &Invitation) -> Result<()> {
        self.0.owns(invitation.organization, "the invitation")?;
        let model = row::Model::try_from(invitation)?.into_active_model();
        let changed = row::Entity::update_many()
            .set(model.reset_all())
            .filter(row::Column::OrganizationId.eq(invitation.organization.as_uuid()))
            .filter(row::Column::Id.eq(invitation.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "invitation")
    }

    /// Uses an invitation up for a person; false when it was answered already, or is over. Of any number of callers
    /// at the same time exactly one gets it.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn accept_once(&self, digest: &Digest, user: UserId) -> Result<bool> {
        let now = self.0.clock().now();
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                ended_at: Set(Some(now)),
                user_id: Set(Some(user.as_uuid())),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::TokenDigest.eq(digest.as_bytes().as_slice()))
            .filter(row::Column::EndedAt.is_null())
            .filter(row::Column::ExpiresAt.gt(now))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }

    /// Takes an invitation back; false when it was answered already.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn withdraw(&self, id: InvitationId) -> Result<bool> {
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                ended_at: Set(Some(self.0.clock().now())),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .filter(row::Column::EndedAt.is_null())
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }
}
