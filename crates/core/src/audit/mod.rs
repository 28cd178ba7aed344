//! Reading, exporting and checking the audit log.
//!
//! Must not know: how events are written; that is part of every change.

mod access;
mod export;

pub use access::{ObjectAccess, RecordAccess};
pub use export::AuditExport;

use crate::{Hub, Person, people::require_overseer};
use gatelodge_model::{
    Agent, AgentId, AuditEvent, AuditEventId, AuditOutcome, Face, Result, Timestamp, User, UserId,
};
use std::collections::BTreeSet;

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only what this person did, or an agent for them; members see only their own in any case.
    pub person: Option<UserId>,
    /// Only what this agent did.
    pub agent: Option<AgentId>,
    /// Only actions that begin so, such as `proposal.`.
    pub action: Option<String>,
    /// Only what ended so.
    pub outcome: Option<AuditOutcome>,
    /// Only what came through this door.
    pub face: Option<Face>,
    /// Only what was done to exactly this.
    pub target: Option<String>,
    /// Only what is not older than this moment.
    pub since: Option<Timestamp>,
    /// Only what is older than this moment.
    pub until: Option<Timestamp>,
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

impl AuditFilter {
    fn stored(self, person: &Person) -> gatelodge_store::AuditFilter {
        let own = (!person.role().reads_audit()).then_some(person.user.id);
        gatelodge_store::AuditFilter {
            user: own.or(self.person),
            agent: self.agent,
            action_prefix: self.action,
            outcome: self.outcome,
            via: self.face,
            target: self.target,
            since: self.since,
            until: self.until,
            before: self.before,
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
        let limit = filter.limit.clamp(1, 500);
        Ok(self
            .store
            .audit()
            .list(person.context.organization, &filter.stored(person), limit)
            .await?)
    }

    /// The person with this e-mail address or id, to filter by; none where the organization has nobody like that.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn person_to_filter_by(&self, person: &Person, text: &str) -> Result<Option<UserId>> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let users = self.store.users();
        let found = match text.parse::<UserId>() {
            Ok(id) => users.find(organization, id).await?,
            Err(_) => users.find_by_email(&text.trim().to_lowercase()).await?,
        };
        Ok(found
            .filter(|user| user.organization == organization)
            .map(|user| user.id))
    }

    /// The people and agents whose names the reader may know, of those that these identifiers mean.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn actors_to_name(
        &self,
        person: &Person,
        people: BTreeSet<UserId>,
        agents: BTreeSet<AgentId>,
    ) -> Result<(Vec<User>, Vec<Agent>)> {
        let organization = person.context.organization;
        let people: Vec<UserId> = people.into_iter().collect();
        let agents: Vec<AgentId> = agents.into_iter().collect();
        let mut users = self.store.users().find_all(organization, &people).await?;
        let mut agents = self.store.agents().find_all(organization, &agents).await?;
        if !person.role().reads_audit() {
            users.retain(|user| user.id == person.user.id);
            agents.retain(|agent| agent.user == person.user.id);
        }
        Ok((users, agents))
    }

    /// Recomputes every chain of the organization.
    ///
    /// # Errors
    /// `forbidden` for members.
    pub async fn verify_audit(&self, person: &Person) -> Result<AuditVerification> {
        require_overseer(person)?;
        Ok(self
            .store
            .audit()
            .verify(person.context.organization)
            .await?
            .into())
    }
}
