//! An audit event: its canonical text, and copies of what lists filter by.

use crate::column::to_bytes;
use gatelodge_model::{AgentId, AuditEvent, Digest, UserId};
use sea_orm::entity::prelude::*;
use serde_json::Value;

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
    pub outcome: Option<String>,
    pub via: Option<String>,
    pub target: Option<String>,
    pub objects: Option<String>,
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
            outcome: Some(event.outcome.as_str().to_owned()),
            via: Some(event.via.as_str().to_owned()),
            target: Some(event.target.clone()),
            objects: objects(&event.detail),
        }
    }

    /// Without what this row does not hold: a program from before these columns wrote it.
    pub fn with_columns_of(mut self, row: &Self) -> Self {
        self.outcome = self.outcome.filter(|_| row.outcome.is_some());
        self.via = self.via.filter(|_| row.via.is_some());
        self.target = self.target.filter(|_| row.target.is_some());
        self.objects = self.objects.filter(|_| row.objects.is_some());
        self
    }
}

/// The names of objects that an event tells about, joined by spaces, which no name has.
fn objects(detail: &Value) -> Option<String> {
    let names: Vec<&str> = detail
        .get("objects")?
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| !name.contains(' '))
        .collect();
    (!names.is_empty()).then(|| names.join(" "))
}
