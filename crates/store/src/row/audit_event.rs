//! An audit event: its canonical text, and copies of what lists filter by.

use crate::column::to_bytes;
use gatelodge_model::{AgentId, AuditEvent, Digest, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub id: Uuid,
    pub at: DateTimeUtc,
    pub user_id: Option<Uuid>,
    pub agent_id: Option<Uuid>,
    pub action: String,
    pub canonical: String,
    pub digest: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The row of an event, with its canonical text and its hash.
    pub fn new(event: &AuditEvent, canonical: String, digest: &Digest) -> Self {
        Self {
            organization_id: event.organization.as_uuid(),
            chain: event.chain,
            sequence: event.sequence,
            id: event.id.as_uuid(),
            at: event.at,
            user_id: event.actor.person().map(UserId::as_uuid),
            agent_id: event.actor.agent().map(AgentId::as_uuid),
            action: event.action.clone(),
            canonical,
            digest: to_bytes(digest),
        }
    }
}
