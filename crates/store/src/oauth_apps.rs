//! Registrations at providers, without their secrets.
//!
//! Must not know: client secrets.

use crate::{
    Access, Result, Unit, access::repository, organizations::found, row::oauth_app as row,
};
use gatelodge_model::{OAuthApp, OAuthAppId, OrganizationId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

repository! {
    /// Registrations at providers.
    OAuthApps
}

impl<A: Access> OAuthApps<'_, A> {
    /// One OAuth app of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        id: OAuthAppId,
    ) -> Result<Option<OAuthApp>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(OAuthApp::try_from)
            .transpose()
    }

    /// The OAuth apps of an organization that several people share, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<OAuthApp>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.is_null())
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(OAuthApp::try_from)
            .collect()
    }
}

impl<A: Access> OAuthApps<'_, A> {
    /// The apps of single people that fill in the blanks of another app.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn filling(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
    ) -> Result<Vec<OAuthAppId>> {
        let ids: Vec<Uuid> = row::Entity::find()
            .select_only()
            .column(row::Column::Id)
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::FillsId.eq(app.as_uuid()))
            .order_by_asc(row::Column::Id)
            .into_tuple()
            .all(self.0.connection())
            .await?;
        Ok(ids.into_iter().map(OAuthAppId::from_uuid).collect())
    }
}

impl OAuthApps<'_, Unit> {
    /// Adds an OAuth app.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`].
    pub async fn insert(&self, app: &OAuthApp) -> Result<()> {
        self.0.owns(app.organization, "the OAuth app")?;
        row::Entity::insert(row::Model::try_from(app)?.into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity.
    ///
    /// # Errors
    /// [`crate::StoreError::NotFound`].
    pub async fn update(&self, app: &OAuthApp) -> Result<()> {
        self.0.owns(app.organization, "the OAuth app")?;
        let changed = row::Entity::update_many()
            .set(row::Model::try_from(app)?.into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(app.organization.as_uuid()))
            .filter(row::Column::Id.eq(app.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        found(changed.rows_affected, "OAuth app")
    }

    /// Removes an OAuth app; whether there was one.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete(&self, id: OAuthAppId) -> Result<bool> {
        let deleted = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected > 0)
    }
}
