//! Finding out whether a write happened whose answer was lost: after a cut connection, or after a restart.
//!
//! Nothing is sent again. The provider is looked at a few times, because a request may still be on its way;
//! what cannot be told stays unknown, with what was seen and how to find out.

use super::execute::Ending;
use crate::Hub;
use gatelodge_keeper_client::{ConnectionCaller, Viewer};
use gatelodge_model::{
    Error, ErrorKind, FrozenProposal, Outcome, Proposal, ProposalStatus, Result, WhoMustAct,
};
use gatelodge_provider::{Reconciled, ToolKind, ToolRef};
use std::{sync::Arc, time::Duration};

/// How often the provider is looked at, and the time between two looks.
const LOOKS: u32 = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// An execution of another process is taken up when it is older than any call can last.
const ABANDONED_AFTER: chrono::Duration = chrono::Duration::seconds(120);

impl Hub {
    /// Takes up what another process left behind: approved proposals are executed, executing ones are
    /// settled by a look at the provider, never by sending again.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn resume_executions(self: &Arc<Self>) -> Result<()> {
        if self.restored_copy().await?.is_some() {
            return Ok(());
        }
        let now = self.now();
        for proposal in self.store.proposals().list_open_executions().await? {
            let began = proposal
                .executing_since
                .or(proposal.decided_at)
                .unwrap_or(now);
            // An execution of this very process is still under way: leave it to its runner.
            if now - began < ABANDONED_AFTER {
                continue;
            }
            match proposal.status {
                ProposalStatus::Approved => self.start_execution(proposal),
                ProposalStatus::Executing => self.start_settling(proposal),
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes up everything at once: right at start, where no runner of this node can exist yet.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn resume_after_start(self: &Arc<Self>) -> Result<usize> {
        if self.restored_copy().await?.is_some() {
            return Ok(0);
        }
        if !self.store.serves_one_node() {
            self.resume_executions().await?;
            return Ok(0);
        }
        let open = self.store.proposals().list_open_executions().await?;
        let count = open.len();
        for proposal in open {
            match proposal.status {
                ProposalStatus::Approved => self.start_execution(proposal),
                _ => self.start_settling(proposal),
            }
        }
        Ok(count)
    }

    fn start_settling(self: &Arc<Self>, proposal: Proposal) {
        let hub = Arc::clone(self);
        self.executions.spawn(async move {
            let id = proposal.id;
            if let Err(error) = hub.settle_abandoned(proposal).await {
                tracing::warn!(proposal = %id, error = ?error, "an open execution could not be settled; it is taken up again");
            }
        });
    }

    async fn settle_abandoned(&self, proposal: Proposal) -> Result<()> {
        let context = self.system_context(proposal.organization);
        let lost = Error::new(
            ErrorKind::UnknownOutcome,
            "Gatelodge stopped while this was being sent, and the answer is lost.",
        );
        let frozen = self.open_frozen(&proposal, Viewer::Execution).await?;
        let connection = self
            .store
            .connections()
            .find(proposal.organization, proposal.connection)
            .await?;
        let tool = self
            .catalogue
            .tool(frozen.tool.as_str())
            .map(|(_, tool)| Arc::clone(tool));
        let (Some(connection), Some(tool)) = (connection, tool) else {
            return self
                .settle(
                    &context,
                    &proposal,
                    Ending::failed(ProposalStatus::Unknown, lost),
                )
                .await;
        };
        let client = ConnectionCaller::new(
            Arc::clone(&self.keeper),
            connection,
            context.request,
            frozen.requester.name.clone(),
        );
        let ending = self.find_out(&client, &tool, &frozen, lost).await;
        self.settle(&context, &proposal, ending).await
    }

    /// Looks at the provider until it tells, or the looks are used up.
    pub(super) async fn find_out(
        &self,
        client: &ConnectionCaller,
        tool: &ToolRef,
        frozen: &FrozenProposal,
        lost: Error,
    ) -> Ending {
        let ToolKind::Write(write) = tool.kind() else {
            return Ending::failed(ProposalStatus::Unknown, lost);
        };
        let mut seen = String::new();
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
            match write.reconcile(client, frozen).await {
                Ok(Reconciled::Happened { result, evidence }) => {
                    let outcome = Outcome {
                        result: Some(result),
                        error: None,
                        provider_request_id: None,
                        evidence: Some(evidence),
                    };
                    return Ending {
                        status: ProposalStatus::Done,
                        outcome,
                    };
                }
                Ok(Reconciled::NotSeen { evidence } | Reconciled::Unclear { evidence }) => {
                    seen = evidence;
                }
                Err(error) => seen = format!("The provider could not be asked: {error}"),
            }
        }
        let mut ending = Ending::failed(
            ProposalStatus::Unknown,
            lost.with_hint(
                WhoMustAct::Person,
                "Look at the record at the provider before proposing the change again.",
            ),
        );
        ending.outcome.evidence = Some(seen);
        ending
    }
}
