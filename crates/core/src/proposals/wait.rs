//! Waiting for a proposal to change, without holding anything.
//!
//! A message wakes waiters of this process at once; other processes are noticed at the next look.

use super::ProposalView;
use crate::{AgentCaller, Hub};
use gatelodge_keeper_client::Viewer;
use gatelodge_model::{Error, OrganizationId, Proposal, ProposalId, Result};
use std::time::Duration;
use tokio::{sync::broadcast::error::RecvError, time::Instant};

/// How often the row is looked at without a message.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Hub {
    /// One of the agent's proposals; waits for its end at most this long.
    ///
    /// # Errors
    /// `not_found` for a proposal that this agent did not make.
    pub async fn proposal_for_agent(
        &self,
        caller: &AgentCaller,
        id: ProposalId,
        wait: Duration,
    ) -> Result<ProposalView> {
        let organization = caller.context.organization;
        self.store
            .proposals()
            .find(organization, id)
            .await?
            .filter(|proposal| proposal.agent == Some(caller.agent.id))
            .ok_or_else(|| Error::not_found("proposal"))?;
        let proposal = self.wait_until_settled(organization, id, wait).await?;
        if proposal.sealed_outcome.is_some() {
            self.audit_opening(&caller.context, &[id]).await?;
        }
        let outcome = self
            .open_outcome(&proposal, Viewer::Agent(caller.agent.id))
            .await?;
        Ok(self.proposal_view(&proposal, outcome))
    }

    pub(super) async fn wait_until_settled(
        &self,
        organization: OrganizationId,
        id: ProposalId,
        wait: Duration,
    ) -> Result<Proposal> {
        let deadline = Instant::now() + wait;
        let mut changes = self.changed.subscribe();
        loop {
            let proposal = self
                .store
                .proposals()
                .find(organization, id)
                .await?
                .ok_or_else(|| Error::not_found("proposal"))?;
            if proposal.status.is_settled()
                || Instant::now() >= deadline
                || self.ending.is_cancelled()
            {
                return Ok(proposal);
            }
            let until = deadline.min(Instant::now() + LOOK_EVERY);
            let told = async {
                loop {
                    match changes.recv().await {
                        Ok(changed) if changed != id => {}
                        Ok(_) | Err(RecvError::Lagged(_)) => return,
                        Err(RecvError::Closed) => std::future::pending().await,
                    }
                }
            };
            // Whatever ends the wait, the row is looked at again.
            tokio::select! {
                () = told => {}
                () = self.ending.cancelled() => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    pub(crate) fn announce(&self, id: ProposalId) {
        // Nobody waits: nothing to tell.
        let _ = self.changed.send(id);
    }
}
