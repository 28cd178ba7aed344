//! An attempt to connect; its state only as a hash.

use crate::{
    StoreError,
    column::{Reading, to_bytes},
};
use gatelodge_model::{
    AuthorizationFlow, AuthorizationFlowId, ConnectionId, FlowStatus, OAuthAppId, OrganizationId,
    SessionId, UserId,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_flows")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub session_id: Uuid,
    pub provider: String,
    pub oauth_app_id: Uuid,
    pub connection_id: Uuid,
    pub state_digest: Vec<u8>,
    pub redirect_uri: String,
    pub login_host: Option<String>,
    pub status: String,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for AuthorizationFlow {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new(
            "authorization_flows",
            AuthorizationFlowId::from_uuid(row.id),
        );
        Ok(Self {
            id: AuthorizationFlowId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            user: UserId::from_uuid(row.user_id),
            session: SessionId::from_uuid(row.session_id),
            provider: row.provider,
            oauth_app: OAuthAppId::from_uuid(row.oauth_app_id),
            connection: ConnectionId::from_uuid(row.connection_id),
            state_digest: reading.digest("state_digest", &row.state_digest)?,
            redirect_uri: row.redirect_uri,
            login_host: row.login_host,
            status: reading.value("status", FlowStatus::parse(&row.status))?,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

impl From<&AuthorizationFlow> for Model {
    fn from(value: &AuthorizationFlow) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            user_id: value.user.as_uuid(),
            session_id: value.session.as_uuid(),
            provider: value.provider.clone(),
            oauth_app_id: value.oauth_app.as_uuid(),
            connection_id: value.connection.as_uuid(),
            state_digest: to_bytes(&value.state_digest),
            redirect_uri: value.redirect_uri.clone(),
            login_host: value.login_host.clone(),
            status: value.status.as_str().to_owned(),
            created_at: value.created_at,
            expires_at: value.expires_at,
        }
    }
}
