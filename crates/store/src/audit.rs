//! The audit log, read: lists for pages, and the check of its chains.
//!
//! Written only by [`crate::Unit::commit`] and [`crate::Journal::append`]; there is no way to change or
//! delete an event. Must not know: who may read it.

use crate::{
    Access, Result, Store, access::repository, column::Reading, row::audit_event as row, verify,
    verify::AuditVerification,
};
use gatelodge_model::{AgentId, AuditEvent, AuditEventId, OrganizationId, UserId};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LikeExpr,
};

repository! {
    /// The audit log.
    Audit
}

/// Which events are listed; empty means all of the organization.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only what this person did, or an agent on behalf of this person.
    pub user: Option<UserId>,
    /// Only what this agent did.
    pub agent: Option<AgentId>,
    /// Only actions that begin so, such as `proposal.`.
    pub action_prefix: Option<String>,
    /// Only what is older than this event.
    pub before: Option<AuditEventId>,
}

impl<A: Access> Audit<'_, A> {
    /// Events of an organization, newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: &AuditFilter,
        limit: u64,
    ) -> Result<Vec<AuditEvent>> {
        let mut select =
            row::Entity::find().filter(row::Column::OrganizationId.eq(organization.as_uuid()));
        if let Some(user) = filter.user {
            select = select.filter(row::Column::UserId.eq(user.as_uuid()));
        }
        if let Some(agent) = filter.agent {
            select = select.filter(row::Column::AgentId.eq(agent.as_uuid()));
        }
        if let Some(prefix) = &filter.action_prefix {
            select = select.filter(row::Column::Action.like(beginning_with(prefix)));
        }
        if let Some(before) = filter.before {
            select = select.filter(row::Column::Id.lt(before.as_uuid()));
        }
        select
            .order_by_desc(row::Column::Id)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(|row| {
                Reading::new("audit_events", AuditEventId::from_uuid(row.id))
                    .json("canonical", &row.canonical)
            })
            .collect()
    }
}

impl Audit<'_, Store> {
    /// Checks every chain of an organization, as of one moment: hashes, order, gaps and ends.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]. What is wrong with the log is no error but the answer.
    pub async fn verify(&self, organization: OrganizationId) -> Result<AuditVerification> {
        verify::verify(self.0.connection(), organization).await
    }
}

fn beginning_with(prefix: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for character in prefix.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}
