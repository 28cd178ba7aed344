//! Signed-in browsers.
//!
//! Must not know: cookies; a session is found by the hash of what the browser holds.

use crate::{
    Access, Result, Unit,
    access::{repository, writing},
    row::session as row,
};
use gatelodge_model::{Digest, OrganizationId, Session, SessionId, Timestamp, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

repository! {
    /// Signed-in browsers.
    Sessions
}

impl<A: Access> Sessions<'_, A> {
    /// The session of a cookie, in whatever organization. Whether it has expired is for the caller to see.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_by_token_digest(&self, digest: &Digest) -> Result<Option<Session>> {
        row::Entity::find()
            .filter(row::Column::TokenDigest.eq(digest.as_bytes().as_slice()))
            .one(self.0.connection())
            .await?
            .map(Session::try_from)
            .transpose()
    }

    /// The sessions of a person, latest use first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list_for_user(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<Session>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()))
            .order_by_desc(row::Column::LastUsedAt)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Session::try_from)
            .collect()
    }

    /// Notes the last use. Not audited; call it once a minute at most.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn touch(
        &self,
        organization: OrganizationId,
        id: SessionId,
        at: Timestamp,
    ) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                last_used_at: Set(at),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}

impl Sessions<'_, Unit> {
    /// Adds a session.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`].
    pub async fn insert(&self, session: &Session) -> Result<()> {
        self.0.owns(session.organization, "the session")?;
        row::Entity::insert(row::Model::from(session).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Notes that the person proved again who they are; whether there is such a session.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn prove(&self, id: SessionId, at: Timestamp) -> Result<bool> {
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                proved_at: Set(Some(at)),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }

    /// Ends a session; whether there was one.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete(&self, id: SessionId) -> Result<bool> {
        let deleted = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected > 0)
    }

    /// Ends all sessions of a person but one; how many there were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete_for_user(&self, user: UserId, except: Option<SessionId>) -> Result<u64> {
        let mut delete = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()));
        if let Some(kept) = except {
            delete = delete.filter(row::Column::Id.ne(kept.as_uuid()));
        }
        Ok(delete.exec(self.0.connection()).await?.rows_affected)
    }
}
