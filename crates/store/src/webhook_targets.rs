//! The addresses that administrators want messages sent to.
//!
//! Must not know: their secrets; the keeper has those, and its own sealed copy of each address.

use crate::{Access, Result, Unit, access::repository, row::webhook_target as row};
use gatelodge_model::{OrganizationId, WebhookId, WebhookTarget};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

repository! {
    /// Addresses that messages are sent to.
    WebhookTargets
}

impl<A: Access> WebhookTargets<'_, A> {
    /// One of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn find(
        &self,
        organization: OrganizationId,
        id: WebhookId,
    ) -> Result<Option<WebhookTarget>> {
        Ok(
            row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
                .one(self.0.connection())
                .await?
                .map(WebhookTarget::from),
        )
    }

    /// Those of an organization, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<WebhookTarget>> {
        Ok(row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(WebhookTarget::from)
            .collect())
    }
}

impl WebhookTargets<'_, Unit> {
    /// Adds one.
    ///
    /// # Errors
    /// [`crate::StoreError::Conflict`].
    pub async fn insert(&self, target: &WebhookTarget) -> Result<()> {
        self.0.owns(target.organization, "the webhook")?;
        row::Entity::insert(row::Model::from(target).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Replaces everything but the identity; whether it is there.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn update(&self, target: &WebhookTarget) -> Result<bool> {
        self.0.owns(target.organization, "the webhook")?;
        let changed = row::Entity::update_many()
            .set(row::Model::from(target).into_active_model().reset_all())
            .filter(row::Column::OrganizationId.eq(target.organization.as_uuid()))
            .filter(row::Column::Id.eq(target.id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }

    /// Removes one; whether there was one.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete(&self, id: WebhookId) -> Result<bool> {
        let deleted = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Id.eq(id.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected == 1)
    }
}
