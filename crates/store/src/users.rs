//! People.
//!
//! Must not know: how a password is checked.

use crate::{Access, Result, Unit, access::repository, organizations::found, row::user as row};
use gatelodge_model::{OrganizationId, User, UserId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

repository! {
    /// People.
    Users
}

impl<A: Access> Users<'_, A> {
    /// One person of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(&self, organization: OrganizationId, id: UserId) -> Result<Option<User>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(User::try_from)
            .transpose()
    }

    /// These people of an organization, removed ones too, in no order.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_all(
        &self,
        organization: OrganizationId,
        ids: &[UserId],
    ) -> Result<Vec<User>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(User::try_from)
            .collect()
    }

    /// The person who signs in with this address, in whatever organization. The address is compared as
    /// stored: lower case.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find_by_email(&self, email: &str) -> Result<Option<User>> {
        row::Entity::find()
            .filter(row::Column::Email.eq(email))
            .one(self.0.connection())
            .await?
            .map(User::try_from)
            .transpose()
    }

    /// All people of an organization, removed ones too, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<User>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(User::try_from)
            .collect()
    }
}

impl Users<'_, Unit> {
    /// Adds a person.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`] when the address is taken.
    pub async fn insert(&self, user: &User) -> Result<()> {
        self.0.owns(user.organization, "the user")?;
        row::Entity::insert(row::Model::from(user).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`]; [`crate::StoreError::Conflict`] when the address is taken.
    pub async fn update(&self, user: &User) -> Result<()> {
        self.0.owns(user.organization, "the user")?;
        let changed = row::Entity::update_many()
            .set(row::Model::from(user).into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(user.organization.as_uuid()))
            .filter(row::Column::Id.eq(user.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "user")
    }
}
