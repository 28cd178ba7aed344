//! An agent; its token only as a hash.

use crate::{
    StoreError,
    column::{Reading, to_bytes},
};
use gatelodge_model::{Agent, AgentAccess, AgentId, OrganizationId, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub access: String,
    pub token_digest: Vec<u8>,
    pub token_prefix: String,
    pub created_at: DateTimeUtc,
    pub last_used_at: Option<DateTimeUtc>,
    pub revoked_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Agent {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("agents", AgentId::from_uuid(row.id));
        Ok(Self {
            id: AgentId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            user: UserId::from_uuid(row.user_id),
            name: row.name,
            access: reading.value("access", AgentAccess::parse(&row.access))?,
            token_digest: reading.digest("token_digest", &row.token_digest)?,
            token_prefix: row.token_prefix,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

impl From<&Agent> for Model {
    fn from(value: &Agent) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            user_id: value.user.as_uuid(),
            name: value.name.clone(),
            access: value.access.as_str().to_owned(),
            token_digest: to_bytes(&value.token_digest),
            token_prefix: value.token_prefix.clone(),
            created_at: value.created_at,
            last_used_at: value.last_used_at,
            revoked_at: value.revoked_at,
        }
    }
}
