//! Executing an approved proposal, once (design invariants 6 and 8).
//!
//! `approved → executing` is committed before anything is sent and only one runner can make it; what follows
//! is told honestly: done, failed, stale or unknown. Must not know: requests; the keeper sends the frozen one.

use crate::{Hub, hub::event};
use gatelodge_keeper_client::{ConnectionCaller, SendWrite, Viewer};
use gatelodge_model::{
    Allowed, AuditOutcome, Connection, Decision, Error, ErrorKind, FrozenProposal,
    OperationContext, Outcome, Proposal, ProposalStatus, Result, Retry, Touches,
};
use gatelodge_provider::{ProviderResponse, ToolKind, ToolRef};
use gatelodge_store::{ProposalChanges, StoreError};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// Between two tries of an approved proposal whose provider cannot be asked.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How an execution ended.
pub(crate) struct Ending {
    pub(crate) status: ProposalStatus,
    pub(crate) outcome: Outcome,
}

impl Ending {
    pub(crate) fn failed(status: ProposalStatus, error: Error) -> Self {
        let provider_request_id = error
            .provider()
            .and_then(|provider| provider.request_id.clone());
        let outcome = Outcome {
            result: None,
            error: Some(error),
            provider_request_id,
            evidence: None,
        };
        Self { status, outcome }
    }
}

impl Hub {
    /// Runs in the background; the caller's request may end before it does. While the provider cannot be
    /// asked, the approval stands and is tried again with growing pauses (P14).
    pub(crate) fn start_execution(self: &Arc<Self>, mut proposal: Proposal) {
        let hub = Arc::clone(self);
        self.executions.spawn(async move {
            let (organization, id) = (proposal.organization, proposal.id);
            let mut pause = FIRST_PAUSE;
            while let Err(error) = hub.execute_proposal(proposal.clone()).await {
                tracing::warn!(proposal = %id, error = ?error, "the execution cannot go on now");
                tokio::select! {
                    () = hub.ending.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
                match hub.store.proposals().find(organization, id).await {
                    Ok(Some(found)) if found.status == ProposalStatus::Approved => proposal = found,
                    Ok(_) => return,
                    // The database is away as well: the same row is tried again.
                    Err(_) => {}
                }
            }
        });
    }

    async fn execute_proposal(&self, proposal: Proposal) -> Result<()> {
        let context = self.system_context(proposal.organization);
        let frozen = match self.open_frozen(&proposal, Viewer::Execution).await {
            Ok(frozen) => frozen,
            Err(error) if error.retry() == Retry::Later => return Err(error),
            Err(error) => {
                return self
                    .settle(
                        &context,
                        &proposal,
                        Ending::failed(ProposalStatus::Stale, error),
                    )
                    .await;
            }
        };
        let connection = self
            .store
            .connections()
            .find(proposal.organization, proposal.connection)
            .await?;
        let (tool, connection) = match self.still_allowed(&proposal, &frozen, connection).await {
            Ok(checked) => checked,
            Err(error) => {
                return self
                    .settle(
                        &context,
                        &proposal,
                        Ending::failed(ProposalStatus::Stale, error),
                    )
                    .await;
            }
        };
        let client = ConnectionCaller::new(
            Arc::clone(&self.keeper),
            connection.clone(),
            context.request,
            frozen.requester.name.clone(),
        );
        if let Err(error) = self.unchanged(&client, &frozen).await {
            self.learn_from(&context, &connection, &client, Some(&error))
                .await?;
            // The provider cannot be asked now: the approval stands and is taken up again (P14).
            if error.retry() == Retry::Later {
                return Err(error);
            }
            return self
                .settle(
                    &context,
                    &proposal,
                    Ending::failed(ProposalStatus::Stale, error),
                )
                .await;
        }
        let Some(executing) = self.claim_execution(&context, &proposal, &frozen).await? else {
            return Ok(());
        };
        let ending = self
            .send(&context, &client, &tool, &frozen, &executing)
            .await;
        self.settle(&context, &executing, ending).await
    }

    /// Policy, tool, account and host must be those that were approved (P9).
    async fn still_allowed(
        &self,
        proposal: &Proposal,
        frozen: &FrozenProposal,
        connection: Option<Connection>,
    ) -> Result<(ToolRef, Connection)> {
        let stale = |what: &str| Error::new(ErrorKind::Stale, format!("{what} Nothing was sent."));
        if frozen.expires_at <= self.now() {
            return Err(stale("The proposal's time was over before it could run."));
        }
        let connection = connection
            .filter(|connection| connection.status.is_usable())
            .ok_or_else(|| stale("The connection cannot be used now."))?;
        if connection.account.as_ref() != Some(&frozen.account)
            || connection.host.as_ref() != Some(&frozen.host)
        {
            return Err(stale(
                "The connection leads to another account than the approved one.",
            ));
        }
        let (_, tool) = self
            .catalogue
            .tool(frozen.tool.as_str())
            .filter(|(_, tool)| tool.descriptor().schema_digest == frozen.tool_schema)
            .ok_or_else(|| stale("The tool changed since this was proposed."))?;
        let organization = self
            .store
            .organizations()
            .find(proposal.organization)
            .await?
            .ok_or_else(|| Error::not_found("organization"))?;
        let judge = self.judge_of(frozen, organization.policy).await?;
        let touches = Touches::of_preview(&frozen.preview);
        let ruling = judge.ruling(&touches);
        match ruling.decision {
            Decision::Deny if ruling.rule().is_none() => {
                return Err(stale("Writes were switched off meanwhile."));
            }
            Decision::Deny => return Err(stale(&ruling.in_words())),
            Decision::Ask if self.is_by_policy(proposal).await? => {
                return Err(stale(
                    "The rule that let this run without asking is gone or changed.",
                ));
            }
            Decision::Ask if ruling.demands.four_eyes && !self.is_confirmed(proposal).await? => {
                return Err(stale(
                    "A rule came that wants a second person to confirm this.",
                ));
            }
            Decision::Ask | Decision::Allow => {}
        }
        let closed = self
            .closed_providers(proposal.organization, proposal.user)
            .await?;
        if closed.contains(&connection.provider) {
            return Err(stale(
                "The provider was limited to a test group meanwhile, and this person is not in it.",
            ));
        }
        self.require_on(&organization, &connection.provider)?;
        Ok((Arc::clone(tool), connection))
    }

    /// Whether no person approved it, but a rule.
    async fn is_by_policy(&self, proposal: &Proposal) -> Result<bool> {
        let approval = self
            .store
            .approvals()
            .find(proposal.organization, proposal.id)
            .await?;
        Ok(matches!(
            approval.map(|approval| approval.allowed),
            Some(Allowed::ByPolicy { .. })
        ))
    }

    async fn unchanged(&self, client: &ConnectionCaller, frozen: &FrozenProposal) -> Result<()> {
        if self.versions_now(client, frozen).await? == frozen.record_versions {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Stale,
            "The record was changed since this was proposed. Nothing was sent.",
        )
        .with_hint(
            gatelodge_model::WhoMustAct::Caller,
            "Read the record again and propose the change anew.",
        ))
    }

    /// Makes the one durable step from approved to executing; none when another runner made it.
    async fn claim_execution(
        &self,
        context: &OperationContext,
        proposal: &Proposal,
        frozen: &FrozenProposal,
    ) -> Result<Option<Proposal>> {
        let unit = self.store.begin(proposal.organization).await?;
        let executing = match unit
            .proposals()
            .transition(
                proposal,
                ProposalStatus::Executing,
                ProposalChanges::default(),
            )
            .await
        {
            Ok(executing) => executing,
            Err(StoreError::Conflict { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let detail = json!({
            "digest": proposal.digest,
            "connection": proposal.connection,
            "agent": proposal.agent,
            "on_behalf_of": proposal.user,
            "objects": [frozen.preview.object()],
            "records": frozen.preview.records(),
        });
        unit.commit(vec![event(
            context,
            "proposal.executing",
            proposal.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        self.announce(proposal.id);
        Ok(Some(executing))
    }

    async fn send(
        &self,
        context: &OperationContext,
        client: &ConnectionCaller,
        tool: &ToolRef,
        frozen: &FrozenProposal,
        executing: &Proposal,
    ) -> Ending {
        let sent = self
            .keeper
            .write(SendWrite {
                organization: executing.organization,
                proposal: executing.id,
                sealed: executing.sealed,
                digest: executing.digest,
                request_id: context.request,
            })
            .await;
        match sent {
            Ok(response) => read_answer(tool, frozen, &response),
            Err(failure) if failure.error.kind() == ErrorKind::UnknownOutcome => {
                self.find_out(client, tool, frozen, failure.error).await
            }
            Err(failure) => {
                if let (Some(reason), Ok(Some(connection))) = (
                    failure.attention,
                    self.store
                        .connections()
                        .find(executing.organization, executing.connection)
                        .await,
                ) && let Err(error) = self
                    .mark_attention(context, &connection, reason, Some(&failure.error))
                    .await
                {
                    tracing::warn!(error = ?error, "the connection's state could not be noted");
                }
                Ending::failed(ProposalStatus::Failed, failure.error)
            }
        }
    }

    /// Writes the end: sealed outcome, row and audit event.
    pub(crate) async fn settle(
        &self,
        context: &OperationContext,
        proposal: &Proposal,
        ending: Ending,
    ) -> Result<()> {
        let sealed = self.seal_outcome(proposal, &ending.outcome).await?;
        let changes = ProposalChanges {
            sealed_outcome: Some(sealed),
            ..ProposalChanges::default()
        };
        let unit = self.store.begin(proposal.organization).await?;
        match unit
            .proposals()
            .transition(proposal, ending.status, changes)
            .await
        {
            Ok(_) => {}
            Err(StoreError::Conflict { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let outcome = match ending.status {
            ProposalStatus::Done => AuditOutcome::Success,
            _ => AuditOutcome::Failure,
        };
        let detail = json!({
            "status": ending.status,
            "code": ending.outcome.error.as_ref().map(Error::code),
            "provider_code": ending.outcome.error.as_ref().and_then(Error::provider).map(|provider| &provider.code),
            "provider_request_id": ending.outcome.provider_request_id,
        });
        unit.commit(vec![event(
            context,
            "proposal.settled",
            proposal.id,
            outcome,
            detail,
        )])
        .await?;
        self.announce(proposal.id);
        Ok(())
    }
}

fn read_answer(tool: &ToolRef, frozen: &FrozenProposal, response: &ProviderResponse) -> Ending {
    let ToolKind::Write(write) = tool.kind() else {
        return Ending::failed(
            ProposalStatus::Failed,
            Error::internal("a proposal of a reading tool"),
        );
    };
    match write.interpret(frozen, response) {
        Ok(result) => Ending {
            status: ProposalStatus::Done,
            outcome: Outcome {
                result: Some(result),
                error: None,
                provider_request_id: response.header("x-request-id").map(str::to_owned),
                evidence: None,
            },
        },
        Err(error) if error.kind() == ErrorKind::Stale => {
            Ending::failed(ProposalStatus::Stale, error)
        }
        Err(error) if error.kind() == ErrorKind::UnknownOutcome => {
            Ending::failed(ProposalStatus::Unknown, error)
        }
        Err(error) => Ending::failed(ProposalStatus::Failed, error),
    }
}
