//! The failure that a connection has at present.

use crate::{
    StoreError,
    column::{Reading, to_json},
};
use gatelodge_model::{ConnectionId, OrganizationId, ReasonCode, Trouble};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connection_troubles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub connection_id: Uuid,
    pub reason: String,
    pub since: DateTimeUtc,
    pub seen_at: DateTimeUtc,
    pub host: Option<String>,
    pub evidence: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Trouble {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new(
            "connection_troubles",
            ConnectionId::from_uuid(row.connection_id),
        );
        Ok(Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            connection: ConnectionId::from_uuid(row.connection_id),
            // A newer program may know more codes; the row still says that something is wrong.
            reason: ReasonCode::parse(&row.reason).unwrap_or(ReasonCode::Unclear),
            since: row.since,
            seen_at: row.seen_at,
            host: row.host,
            evidence: row
                .evidence
                .map(|text| reading.json("evidence", &text))
                .transpose()?,
        })
    }
}

impl TryFrom<&Trouble> for Model {
    type Error = StoreError;
    fn try_from(value: &Trouble) -> Result<Self, StoreError> {
        Ok(Self {
            organization_id: value.organization.as_uuid(),
            connection_id: value.connection.as_uuid(),
            reason: value.reason.as_str().to_owned(),
            since: value.since,
            seen_at: value.seen_at,
            host: value.host.clone(),
            evidence: value.evidence.as_ref().map(to_json).transpose()?,
        })
    }
}
