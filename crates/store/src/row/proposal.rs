//! A proposal; its content is sealed elsewhere.

use crate::{
    StoreError,
    column::{Reading, to_bytes},
};
use gatelodge_model::{
    AgentId, ConnectionId, OrganizationId, Proposal, ProposalId, ProposalStatus, SealedId, UserId,
};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "proposals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub agent_id: Option<Uuid>,
    pub tool: String,
    pub status: String,
    pub digest: Vec<u8>,
    pub sealed_id: Uuid,
    pub sealed_outcome_id: Option<Uuid>,
    pub created_at: DateTimeUtc,
    pub expires_at: DateTimeUtc,
    pub decided_at: Option<DateTimeUtc>,
    pub decided_by: Option<Uuid>,
    pub note: Option<String>,
    pub superseded_by: Option<Uuid>,
    pub executing_since: Option<DateTimeUtc>,
    pub settled_at: Option<DateTimeUtc>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Proposal {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("proposals", ProposalId::from_uuid(row.id));
        Ok(Self {
            id: ProposalId::from_uuid(row.id),
            organization: OrganizationId::from_uuid(row.organization_id),
            connection: ConnectionId::from_uuid(row.connection_id),
            user: UserId::from_uuid(row.user_id),
            agent: row.agent_id.map(AgentId::from_uuid),
            tool: reading.value("tool", row.tool.parse().ok())?,
            status: reading.value("status", ProposalStatus::parse(&row.status))?,
            digest: reading.digest("digest", &row.digest)?,
            sealed: SealedId::from_uuid(row.sealed_id),
            sealed_outcome: row.sealed_outcome_id.map(SealedId::from_uuid),
            created_at: row.created_at,
            expires_at: row.expires_at,
            decided_at: row.decided_at,
            decided_by: row.decided_by.map(UserId::from_uuid),
            note: row.note,
            superseded_by: row.superseded_by.map(ProposalId::from_uuid),
            executing_since: row.executing_since,
            settled_at: row.settled_at,
            version: row.version,
        })
    }
}

impl From<&Proposal> for Model {
    fn from(value: &Proposal) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            id: value.id.as_uuid(),
            connection_id: value.connection.as_uuid(),
            user_id: value.user.as_uuid(),
            agent_id: value.agent.map(AgentId::as_uuid),
            tool: value.tool.as_str().to_owned(),
            status: value.status.as_str().to_owned(),
            digest: to_bytes(&value.digest),
            sealed_id: value.sealed.as_uuid(),
            sealed_outcome_id: value.sealed_outcome.map(SealedId::as_uuid),
            created_at: value.created_at,
            expires_at: value.expires_at,
            decided_at: value.decided_at,
            decided_by: value.decided_by.map(UserId::as_uuid),
            note: value.note.clone(),
            superseded_by: value.superseded_by.map(ProposalId::as_uuid),
            executing_since: value.executing_since,
            settled_at: value.settled_at,
            version: value.version,
        }
    }
}
