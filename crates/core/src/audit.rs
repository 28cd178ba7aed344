//! Reading and checking the audit log.
//!
//! Must not know: how events are written; that is part of every change.

use crate::{Hub, Person, people::require_admin};
use gatelodge_model::{AuditEvent, AuditEventId, Result};

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only actions that begin so, such as `proposal.`.
    pub action: Option<String>,
    /// Only older ones.
    pub before: Option<AuditEventId>,
    /// How many at most.
    pub limit: u64,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AuditVerification {
    /// Events read.
    pub events: u64,
    /// Chains read.
    pub chains: u64,
    /// The first event that is not what was written, in words; none when all is well.
    pub first_fault: Option<String>,
}

impl From<gatelodge_store::AuditVerification> for AuditVerification {
    fn from(found: gatelodge_store::AuditVerification) -> Self {
        Self {
            events: found.events,
            chains: found.chains,
            first_fault: found.first_fault.map(|fault| fault.to_string()),
        }
    }
}

impl Hub {
    /// Events, the newest first: all of the organization for those who audit, else the person's own and
    /// those of agents that acted for them.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn audit(&self, person: &Person, filter: AuditFilter) -> Result<Vec<AuditEvent>> {
        let only = (!person.role().reads_audit()).then_some(person.user.id);
        let limit = filter.limit.clamp(1, 500);
        let filter = gatelodge_store::AuditFilter {
            user: only,
            agent: None,
            action_prefix: filter.action,
            before: filter.before,
        };
        Ok(self
            .store
            .audit()
            .list(person.context.organization, &filter, limit)
            .await?)
    }

    /// Recomputes every chain of the organization.
    ///
    /// # Errors
    /// `forbidden` for members.
    pub async fn verify_audit(&self, person: &Person) -> Result<AuditVerification> {
        if !person.role().reads_audit() {
            require_admin(person)?;
        }
        Ok(self
            .store
            .audit()
            .verify(person.context.organization)
            .await?
            .into())
    }
}
