//! A second person's look at a proposal.

use crate::{
    StoreError,
    column::{Reading, to_bytes},
};
use gatelodge_model::{OrganizationId, ProposalId, SecondLook, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "second_looks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub proposal_id: Uuid,
    pub digest: Vec<u8>,
    pub wanted_at: DateTimeUtc,
    pub confirmed_by: Option<Uuid>,
    pub confirmed_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for SecondLook {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let proposal = ProposalId::from_uuid(row.proposal_id);
        let reading = Reading::new("second_looks", proposal);
        let confirmed = match (row.confirmed_by, row.confirmed_at) {
            (None, None) => None,
            (Some(by), Some(at)) => Some((UserId::from_uuid(by), at)),
            _ => return Err(reading.corrupt("confirmed_by")),
        };
        Ok(Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            proposal,
            digest: reading.digest("digest", &row.digest)?,
            wanted_at: row.wanted_at,
            confirmed,
        })
    }
}

impl From<&SecondLook> for Model {
    fn from(value: &SecondLook) -> Self {
        Self {
            organization_id: value.organization.as_uuid(),
            proposal_id: value.proposal.as_uuid(),
            digest: to_bytes(&value.digest),
            wanted_at: value.wanted_at,
            confirmed_by: value.confirmed.map(|(by, _)| by.as_uuid()),
            confirmed_at: value.confirmed.map(|(_, at)| at),
        }
    }
}
