//! A signed-in browser.

use crate::{
    StoreError,
    column::{Reading, to_bytes},
};
use gatelodge_model::{OrganizationId, Session, SessionId, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub token_digest: Vec<u8>,
    pub user_agent: String,
    pub signed_in_at: DateTimeUtc,
    pub proved_at: Option<DateTimeUtc>,
    pub last_used_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Session {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("sessions", SessionId::from_uuid(row.id));
        Ok(Self {
            id: SessionId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            user: UserId::from_uuid(row.user_id),
            token_digest: reading.digest("token_digest", &row.token_digest)?,
            user_agent: row.user_agent,
            signed_in_at: row.signed_in_at,
            // sessions of an older program say it by their beginning
            proved_at: row.proved_at.unwrap_or(row.signed_in_at),
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
        })
    }
}

impl From<&Session> for Model {
    fn from(value: &Session) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            user_id: value.user.as_uuid(),
            token_digest: to_bytes(&value.token_digest),
            user_agent: value.user_agent.clone(),
            signed_in_at: value.signed_in_at,
            proved_at: Some(value.proved_at),
            last_used_at: value.last_used_at,
            expires_at: value.expires_at,
        }
    }
}
