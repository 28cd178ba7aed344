//! Links that set a password, once.
//!
//! Must not know: the link's text; it is found by the hash of its token.

use crate::{Access, Result, Unit, access::repository, row::one_time_link as row};
use gatelodge_model::{Digest, OneTimeLink, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

repository! {
    /// Links that work once.
    OneTimeLinks
}

impl<A: Access> OneTimeLinks<'_, A> {
    /// The link of a token, in whatever organization; used and expired ones too.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_by_token_digest(&self, digest: &Digest) -> Result<Option<OneTimeLink>> {
        row::Entity::find()
            .filter(row::Column::TokenDigest.eq(digest.as_bytes().as_slice()))
            .one(self.0.connection())
            .await?
            .map(OneTimeLink::try_from)
            .transpose()
    }
}

impl OneTimeLinks<'_, Unit> {
    /// Adds a link.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`].
    pub async fn insert(&self, link: &OneTimeLink) -> Result<()> {
        self.0.owns(link.organization, "the one-time link")?;
        row::Entity::insert(row::Model::from(link).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Uses a link up: `None` when it is unknown, of another organization, used or expired. Of any number
    /// of callers at the same time exactly one gets it.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn use_once(&self, digest: &Digest) -> Result<Option<OneTimeLink>> {
        let now = self.0.clock().now();
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                used_at: Set(Some(now)),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::TokenDigest.eq(digest.as_bytes().as_slice()))
            .filter(row::Column::UsedAt.is_null())
            .filter(row::Column::ExpiresAt.gt(now))
            .exec(self.0.connection())
            .await?;
        if changed.rows_affected == 0 {
            return Ok(None);
        }
        self.find_by_token_digest(digest).await
    }

    /// Takes away the unused links of a person, before another one is made; how many there were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete_for_user(&self, user: UserId) -> Result<u64> {
        let deleted = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()))
            .filter(row::Column::UsedAt.is_null())
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected)
    }
}
