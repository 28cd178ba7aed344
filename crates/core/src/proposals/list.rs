//! Lists of proposals, for their person and for their agent.
//!
//! Must not know: pages.

use super::ProposalView;
use crate::{AgentCaller, Hub, Person};
use gatelodge_keeper_client::Viewer;
use gatelodge_model::{FrozenProposal, Proposal, ProposalId, ProposalStatus, Result};

/// Which proposals.
#[derive(Debug, Clone, Default)]
pub struct ProposalFilter {
    /// Only these states; all when empty.
    pub statuses: Vec<ProposalStatus>,
    /// Only older ones.
    pub before: Option<ProposalId>,
    /// How many at most.
    pub limit: u64,
}

/// A proposal with what it is about.
#[derive(Debug, Clone)]
pub struct ProposalEntry {
    /// The row.
    pub proposal: Proposal,
    /// What it is about; none where the sealed record was purged or does not open.
    pub summary: Option<FrozenProposal>,
}

impl Hub {
    /// How many wait for this person.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn waiting_count(&self, person: &Person) -> Result<u64> {
        Ok(self
            .store
            .proposals()
            .count_waiting(person.context.organization, person.user.id)
            .await?)
    }

    /// The person's proposals, the newest first.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn proposals(
        &self,
        person: &Person,
        filter: ProposalFilter,
    ) -> Result<Vec<ProposalEntry>> {
        let wanted = gatelodge_store::ProposalFilter {
            user: Some(person.user.id),
            agent: None,
            statuses: filter.statuses,
        };
        let limit = filter.limit.clamp(1, 200);
        let rows = self
            .store
            .proposals()
            .list(person.context.organization, &wanted, limit, filter.before)
            .await?;
        self.audit_opening(&person.context, &ids(&rows)).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for proposal in rows {
            let summary = self
                .open_frozen(&proposal, Viewer::User(person.user.id))
                .await
                .ok();
            entries.push(ProposalEntry { proposal, summary });
        }
        Ok(entries)
    }

    /// The agent's own proposals, the newest first.
    pub(crate) async fn proposals_of_agent(
        &self,
        caller: &AgentCaller,
        filter: ProposalFilter,
    ) -> Result<Vec<ProposalView>> {
        let wanted = gatelodge_store::ProposalFilter {
            user: Some(caller.user.id),
            agent: Some(caller.agent.id),
            statuses: filter.statuses,
        };
        let rows = self
            .store
            .proposals()
            .list(
                caller.context.organization,
                &wanted,
                filter.limit,
                filter.before,
            )
            .await?;
        let with_outcome: Vec<Proposal> = rows
            .iter()
            .filter(|row| row.sealed_outcome.is_some())
            .cloned()
            .collect();
        self.audit_opening(&caller.context, &ids(&with_outcome))
            .await?;
        let mut views = Vec::with_capacity(rows.len());
        for proposal in rows {
            let outcome = self
                .open_outcome(&proposal, Viewer::Agent(caller.agent.id))
                .await?;
            views.push(self.proposal_view(&proposal, outcome));
        }
        Ok(views)
    }
}

fn ids(rows: &[Proposal]) -> Vec<ProposalId> {
    rows.iter().map(|row| row.id).collect()
}
