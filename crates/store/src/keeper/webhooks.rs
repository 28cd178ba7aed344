//! Sealed webhooks: where each goes and what signs it.
//!
//! Must not know: what is inside.

use super::resealing::key_id_in;
use crate::{Access, Result, Store, StoreError, access::writing, row::webhook_secret as row};
use gatelodge_model::{OrganizationId, WebhookId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

/// Sealed webhooks.
#[derive(Clone, Copy)]
pub struct Webhooks<'a>(pub(super) &'a Store);

/// A sealed webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSecret {
    /// Grows with every change; part of the seal.
    pub generation: i64,
    /// The sealed bytes.
    pub record: Vec<u8>,
}

impl Webhooks<'_> {
    /// The sealed webhook.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn load(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<WebhookSecret>> {
        let row = row::Entity::find_by_id((organization.as_uuid(), webhook.as_uuid()))
            .one(self.0.connection())
            .await?;
        Ok(row.map(|row| WebhookSecret {
            generation: row.generation,
            record: row.record,
        }))
    }

    /// Keeps a webhook, sealed for its generation: 1 where there is none, one more than the stored one
    /// where it is replaced.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another generation is stored meanwhile; seal again and repeat.
    pub async fn save(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        secret: WebhookSecret,
    ) -> Result<()> {
        let generation = secret.generation;
        let row = row::Model {
            organization_id: organization.as_uuid(),
            webhook_id: webhook.as_uuid(),
            generation,
            key_id: key_id_in(&secret.record),
            record: secret.record,
            updated_at: self.0.clock().now(),
        }
        .into_active_model();
        let _writing = writing(self.0).await?;
        let written = if generation == 1 {
            row::Entity::insert_many([row])
                .on_conflict(
                    OnConflict::columns([row::Column::OrganizationId, row::Column::WebhookId])
                        .do_nothing()
                        .to_owned(),
                )
                .exec_without_returning(self.0.connection())
                .await?
        } else {
            row::Entity::update_many()
                .set(row.reset_all())
                .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
                .filter(row::Column::WebhookId.eq(webhook.as_uuid()))
                .filter(row::Column::Generation.eq(generation - 1))
                .exec(self.0.connection())
                .await?
                .rows_affected
        };
        if written == 0 {
            return Err(StoreError::conflict("The webhook"));
        }
        Ok(())
    }

    /// Deletes a webhook; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn delete(&self, organization: OrganizationId, webhook: WebhookId) -> Result<bool> {
        let _writing = writing(self.0).await?;
        let deleted = row::Entity::delete_by_id((organization.as_uuid(), webhook.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected > 0)
    }
}
