//! Sealed OAuth apps (client id and secret) and the sealed verifiers of open flows.
//!
//! Must not know: what is inside.

use super::resealing::key_id_in;
use crate::{
    Access, Result, Store, StoreError,
    access::writing,
    row::{flow_secret, oauth_app_secret},
};
use gatelodge_model::{AuthorizationFlowId, OAuthAppId, OrganizationId, Timestamp};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

/// Sealed OAuth apps.
#[derive(Clone, Copy)]
pub struct OAuthAppSecrets<'a>(pub(super) &'a Store);

/// A sealed OAuth app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthAppSecret {
    /// Grows with every change; part of the seal.
    pub generation: i64,
    /// The sealed bytes.
    pub record: Vec<u8>,
}

impl OAuthAppSecrets<'_> {
    /// The sealed OAuth app.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn load(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
    ) -> Result<Option<OAuthAppSecret>> {
        let row = oauth_app_secret::Entity::find_by_id((organization.as_uuid(), app.as_uuid()))
            .one(self.0.connection())
            .await?;
        Ok(row.map(|row| OAuthAppSecret {
            generation: row.generation,
            record: row.record,
        }))
    }

    /// Keeps an OAuth app, sealed for its generation: 1 where there is none, one more than the stored one
    /// where it is replaced.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another generation is stored meanwhile; seal again and repeat.
    pub async fn save(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
        secret: OAuthAppSecret,
    ) -> Result<()> {
        use oauth_app_secret::{Column, Entity, Model};
        let generation = secret.generation;
        let row = Model {
            organization_id: organization.as_uuid(),
            oauth_app_id: app.as_uuid(),
            generation,
            key_id: key_id_in(&secret.record),
            record: secret.record,
            updated_at: self.0.clock().now(),
        }
        .into_active_model();
        let _writing = writing(self.0).await?;
        let written = if generation == 1 {
            Entity::insert_many([row])
                .on_conflict(
                    OnConflict::columns([Column::OrganizationId, Column::OauthAppId])
                        .do_nothing()
                        .to_owned(),
                )
                .exec_without_returning(self.0.connection())
                .await?
        } else {
            Entity::update_many()
                .set(row.reset_all())
                .filter(Column::OrganizationId.eq(organization.as_uuid()))
                .filter(Column::OauthAppId.eq(app.as_uuid()))
                .filter(Column::Generation.eq(generation - 1))
                .exec(self.0.connection())
                .await?
                .rows_affected
        };
        if written == 0 {
            return Err(StoreError::conflict("The OAuth app"));
        }
        Ok(())
    }

    /// Deletes an OAuth app; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn delete(&self, organization: OrganizationId, app: OAuthAppId) -> Result<bool> {
        let _writing = writing(self.0).await?;
        let deleted =
            oauth_app_secret::Entity::delete_by_id((organization.as_uuid(), app.as_uuid()))
                .exec(self.0.connection())
                .await?;
        Ok(deleted.rows_affected > 0)
    }
}

/// Sealed verifiers.
#[derive(Clone, Copy)]
pub struct FlowSecrets<'a>(pub(super) &'a Store);

/// What the keeper remembers of an open flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowSecret {
    /// The sealed bytes.
    pub record: Vec<u8>,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

impl FlowSecrets<'_> {
    /// Keeps a verifier.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the flow was begun before.
    pub async fn insert(
        &self,
        organization: OrganizationId,
        flow: AuthorizationFlowId,
        secret: FlowSecret,
    ) -> Result<()> {
        let row = flow_secret::Model {
            organization_id: organization.as_uuid(),
            flow_id: flow.as_uuid(),
            key_id: key_id_in(&secret.record),
            record: secret.record,
            created_at: self.0.clock().now(),
            expires_at: secret.expires_at,
        };
        let _writing = writing(self.0).await?;
        flow_secret::Entity::insert(row.into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Takes a verifier away and gives it: of any number of callers exactly one gets it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn take(
        &self,
        organization: OrganizationId,
        flow: AuthorizationFlowId,
    ) -> Result<Option<FlowSecret>> {
        use flow_secret::{Column, Entity};
        let _writing = writing(self.0).await?;
        let deleted = Entity::delete_many()
            .filter(Column::OrganizationId.eq(organization.as_uuid()))
            .filter(Column::FlowId.eq(flow.as_uuid()))
            .exec_with_returning(self.0.connection())
            .await?;
        Ok(deleted.into_iter().next().map(|row| FlowSecret {
            record: row.record,
            expires_at: row.expires_at,
        }))
    }

    /// Deletes what is of no use any more, instance-wide; how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn purge_expired(&self, now: Timestamp) -> Result<u64> {
        let _writing = writing(self.0).await?;
        let deleted = flow_secret::Entity::delete_many()
            .filter(flow_secret::Column::ExpiresAt.lte(now))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected)
    }
}
