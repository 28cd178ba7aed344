//! A registration at a provider; its secret is the keeper's.

use crate::{StoreError, column::Reading};
use gatelodge_model::{Environment, OAuthApp, OAuthAppId, OrganizationId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_apps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub provider: String,
    pub name: String,
    pub client_id: String,
    pub secret_fingerprint: Option<String>,
    pub auth_base_url: Option<String>,
    pub environment: Option<String>,
    pub enabled: bool,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for OAuthApp {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("oauth_apps", OAuthAppId::from_uuid(row.id));
        Ok(Self {
            id: OAuthAppId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            provider: row.provider,
            name: row.name,
            client_id: row.client_id,
            secret_fingerprint: row.secret_fingerprint,
            auth_base_url: row.auth_base_url,
            environment: row
                .environment
                .map(|word| reading.value("environment", Environment::parse(&word)))
                .transpose()?,
            enabled: row.enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl From<&OAuthApp> for Model {
    fn from(value: &OAuthApp) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            provider: value.provider.clone(),
            name: value.name.clone(),
            client_id: value.client_id.clone(),
            secret_fingerprint: value.secret_fingerprint.clone(),
            auth_base_url: value.auth_base_url.clone(),
            environment: value.environment.map(|word| word.as_str().to_owned()),
            enabled: value.enabled,
            created_at: value.created_at,
            updated_at: value.updated_at,
        }
    }
}
