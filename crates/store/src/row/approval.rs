//! What allows a write.

use crate::{
    StoreError,
    column::{Reading, to_bytes},
};
use gatelodge_model::{Allowed, Approval, OrganizationId, ProposalId, SessionId, UserId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approvals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub proposal_id: Uuid,
    pub digest: Vec<u8>,
    pub kind: String,
    pub user_id: Option<Uuid>,
    pub session_id: Option<Uuid>,
    pub nonce: Option<String>,
    pub rule: Option<String>,
    pub evidence: Option<Vec<u8>>,
    pub key_id: Option<String>,
    pub approved_at: DateTimeUtc,
    pub spent_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Approval {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let reading = Reading::new("approvals", ProposalId::from_uuid(row.proposal_id));
        let allowed = match (row.user_id, row.session_id, row.nonce, row.rule) {
            (Some(user), Some(session), Some(nonce), None) => Allowed::ByPerson {
                user: UserId::from_uuid(user),
                session: SessionId::from_uuid(session),
                nonce,
            },
            (None, None, None, Some(rule)) => Allowed::ByPolicy { rule },
            _ => return Err(reading.corrupt("kind")),
        };
        reading.value("kind", (allowed.as_str() == row.kind).then_some(()))?;
        Ok(Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            proposal: ProposalId::from_uuid(row.proposal_id),
            digest: reading.digest("digest", &row.digest)?,
            allowed,
            evidence: row.evidence,
            approved_at: row.approved_at,
            spent_at: row.spent_at,
        })
    }
}

impl From<&Approval> for Model {
    fn from(value: &Approval) -> Self {
        let (user, session, nonce, rule) = match &value.allowed {
            Allowed::ByPerson {
                user,
                session,
                nonce,
            } => (
                Some(user.as_uuid()),
                Some(session.as_uuid()),
                Some(nonce.clone()),
                None,
            ),
            Allowed::ByPolicy { rule } => (None, None, None, Some(rule.clone())),
        };
        Self {
            organization_id: value.organization.as_uuid(),
            proposal_id: value.proposal.as_uuid(),
            digest: to_bytes(&value.digest),
            kind: value.allowed.as_str().to_owned(),
            user_id: user,
            session_id: session,
            nonce,
            rule,
            evidence: value.evidence.clone(),
            key_id: value
                .evidence
                .as_deref()
                .and_then(crate::keeper::resealing::key_id_in),
            approved_at: value.approved_at,
            spent_at: value.spent_at,
        }
    }
}
