//! A connection; its credential is the keeper's.

use crate::{
    StoreError,
    column::{Reading, to_json},
};
use gatelodge_model::{
    Connection, ConnectionId, ConnectionStatus, Environment, OAuthAppId, OrganizationId, UserId,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connections")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: String,
    pub oauth_app_id: Uuid,
    pub environment: String,
    pub status: String,
    pub reason: Option<String>,
    pub account: Option<String>,
    pub host: Option<String>,
    pub granted_scopes: String,
    pub created_at: DateTimeUtc,
    pub status_changed_at: DateTimeUtc,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Connection {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("connections", ConnectionId::from_uuid(row.id));
        Ok(Self {
            id: ConnectionId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            user: UserId::from_uuid(row.user_id),
            provider: row.provider,
            oauth_app: OAuthAppId::from_uuid(row.oauth_app_id),
            environment: reading.value("environment", Environment::parse(&row.environment))?,
            status: reading.value(
                "status",
                ConnectionStatus::parse(&row.status, row.reason.as_deref()),
            )?,
            account: row
                .account
                .map(|text| reading.json("account", &text))
                .transpose()?,
            host: row.host,
            granted_scopes: reading.json("granted_scopes", &row.granted_scopes)?,
            created_at: row.created_at,
            status_changed_at: row.status_changed_at,
            version: row.version,
        })
    }
}

impl TryFrom<&Connection> for Model {
    type Error = StoreError;
    fn try_from(value: &Connection) -> Result<Self, StoreError> {
        Ok(Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            user_id: value.user.as_uuid(),
            provider: value.provider.clone(),
            oauth_app_id: value.oauth_app.as_uuid(),
            environment: value.environment.as_str().to_owned(),
            status: value.status.as_str().to_owned(),
            reason: value
                .status
                .reason()
                .map(|reason| reason.as_str().to_owned()),
            account: value.account.as_ref().map(to_json).transpose()?,
            host: value.host.clone(),
            granted_scopes: to_json(&value.granted_scopes)?,
            created_at: value.created_at,
            status_changed_at: value.status_changed_at,
            version: value.version,
        })
    }
}
