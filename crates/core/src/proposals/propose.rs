//! Making a proposal: prepared as the person, frozen once, sealed, stored with its audit row.
//!
//! Must not know: how the person is reached.

use super::{
    WriteAnswer,
    direct::{WAIT_FOR_OUTCOME, allowed_by_rule},
};
use crate::{
    AgentCaller, Hub,
    hub::{event, later},
    policy::{Judge, Ruled},
    telling::words,
};
use gatelodge_keeper_client::{ConnectionCaller, SealRequest, SealedKind};
use gatelodge_model::{
    AuditOutcome, Connection, Digest, Error, ErrorKind, FrozenProposal, OperationContext, Proposal,
    ProposalId, ProposalStatus, Requester, Result, Touches,
};
use gatelodge_provider::{Descriptor, PreparedWrite, tool::ErasedWrite};
use gatelodge_store::{Claimed, IdempotencyKey, Unit};
use serde_json::{Value, json};
use std::sync::Arc;

/// A writing tool call that passed its checks.
pub(crate) struct Proposing<'call> {
    pub(crate) write: &'call dyn ErasedWrite,
    pub(crate) descriptor: &'call Descriptor,
    pub(crate) connection: &'call Connection,
    pub(crate) arguments: Value,
    pub(crate) reason: Option<String>,
    pub(crate) idempotency: Option<(String, Digest)>,
    pub(crate) judge: &'call Judge,
    pub(crate) ruled: Ruled,
}

/// Everything of a frozen proposal but its time and identity.
pub(super) struct Freezing<'call> {
    pub(super) descriptor: &'call Descriptor,
    pub(super) connection: &'call Connection,
    pub(super) arguments: Value,
    pub(super) prepared: PreparedWrite,
    pub(super) requester: Requester,
    pub(super) reason: Option<String>,
    pub(super) supersedes: Option<ProposalId>,
}

impl Hub {
    pub(crate) async fn propose(
        self: &Arc<Self>,
        caller: &AgentCaller,
        client: &ConnectionCaller,
        proposing: Proposing<'_>,
    ) -> Result<WriteAnswer> {
        let prepared = proposing
            .write
            .prepare(client, proposing.arguments.clone())
            .await?;
        // The preview names what the frozen request touches, whatever the arguments seemed to say.
        let ruled = proposing
            .judge
            .admit(&Touches::of_preview(&prepared.preview))?
            .stricter(proposing.ruled);
        let requester = Requester {
            agent: Some(caller.agent.id),
            name: caller.agent.name.clone(),
            on_behalf_of: caller.user.id,
        };
        let proposal = self
            .freeze(Freezing {
                descriptor: proposing.descriptor,
                connection: proposing.connection,
                arguments: proposing.arguments,
                prepared,
                requester,
                reason: proposing.reason,
                supersedes: None,
            })
            .await?;
        let directly = self.direct_rule(&proposal, &ruled).await?;
        let unit = self.store.begin(proposal.organization).await?;
        if let Some((key, arguments)) = &proposing.idempotency {
            let row_key = idempotency_key(caller, key);
            if let Claimed::Existing(_) = unit.idempotency().claim(&row_key, arguments).await? {
                // Somebody was faster under the same key: theirs is the first outcome.
                drop(unit);
                return self
                    .repeat_of(caller, key, *arguments)
                    .await?
                    .ok_or_else(|| Error::internal("an idempotency key vanished"));
            }
            unit.idempotency()
                .settle(&row_key, Some(proposal.id), None)
                .await?;
        }
        self.store_proposal(&unit, &proposal).await?;
        let created = created(&caller.context, &proposal, proposing.descriptor);
        if let Some(rule) = directly {
            let allowed = self.allow_directly(&unit, &proposal, &rule).await?;
            let told = allowed_by_rule(&caller.context, &proposal, &rule);
            unit.commit(vec![created, told]).await?;
            self.start_execution(allowed);
            let settled = self
                .wait_until_settled(proposal.organization, proposal.id, WAIT_FOR_OUTCOME)
                .await?;
            return self.write_answer(caller, &settled).await;
        }
        if ruled.demands.four_eyes {
            unit.second_looks()
                .want(&self.wanted_look(&proposal))
                .await?;
        }
        let waits = words::proposal_waits(&proposal, &caller.agent.name);
        self.tell(&unit, &waits).await?;
        unit.commit(vec![created]).await?;
        self.outbox_filled.notify_one();
        self.write_answer(caller, &proposal).await
    }

    /// Serialises, hashes and seals; the row is not stored yet.
    pub(super) async fn freeze(&self, freezing: Freezing<'_>) -> Result<Proposal> {
        let Freezing {
            descriptor,
            connection,
            arguments,
            prepared,
            requester,
            reason,
            supersedes,
        } = freezing;
        let (Some(account), Some(host)) = (connection.account.clone(), connection.host.clone())
        else {
            return Err(Error::new(
                ErrorKind::NotConnected,
                "The connection has no account yet.",
            ));
        };
        let now = self.now();
        let agent = requester.agent;
        let user = requester.on_behalf_of;
        let frozen = FrozenProposal {
            format: 1,
            proposal: ProposalId::generate(&*self.clock, &*self.random),
            organization: connection.organization,
            connection: connection.id,
            provider: connection.provider.clone(),
            account,
            environment: connection.environment,
            host,
            tool: descriptor.name.clone(),
            effect: descriptor.effect,
            tool_schema: descriptor.schema_digest,
            arguments,
            request: prepared.request,
            record_versions: prepared.record_versions,
            preview: prepared.preview,
            requester,
            reason,
            supersedes,
            created_at: now,
            expires_at: later(now, self.settings.proposal_lifetime),
        };
        let (bytes, digest) = frozen.freeze()?;
        let sealed = self
            .keeper
            .seal(SealRequest {
                organization: frozen.organization,
                kind: SealedKind::Proposal,
                user,
                agent,
                bytes,
            })
            .await?;
        Ok(Proposal {
            id: frozen.proposal,
            organization: frozen.organization,
            connection: frozen.connection,
            user,
            agent,
            tool: frozen.tool,
            status: ProposalStatus::Pending,
            digest,
            sealed,
            sealed_outcome: None,
            created_at: frozen.created_at,
            expires_at: frozen.expires_at,
            decided_at: None,
            decided_by: None,
            note: None,
            superseded_by: None,
            executing_since: None,
            settled_at: None,
            version: 1,
        })
    }

    pub(super) async fn store_proposal(&self, unit: &Unit, proposal: &Proposal) -> Result<()> {
        Ok(unit.proposals().insert(proposal).await?)
    }

    /// The first outcome under an idempotency key, if the key was used.
    pub(crate) async fn repeat_of(
        &self,
        caller: &AgentCaller,
        key: &str,
        arguments: Digest,
    ) -> Result<Option<WriteAnswer>> {
        let Some(row) = self
            .store
            .idempotency()
            .find(&idempotency_key(caller, key))
            .await?
        else {
            return Ok(None);
        };
        if row.arguments != arguments {
            return Err(Error::new(
                ErrorKind::IdempotencyConflict,
                "This idempotency key was used with other arguments. Nothing was done.",
            )
            .with_hint(
                gatelodge_model::WhoMustAct::Caller,
                "Use a new key for another call.",
            ));
        }
        let proposal = self
            .store
            .proposals()
            .find(
                caller.context.organization,
                row.proposal
                    .ok_or_else(|| Error::internal("an idempotency key without its proposal"))?,
            )
            .await?
            .ok_or_else(|| Error::internal("an idempotency key names a proposal that is gone"))?;
        self.write_answer(caller, &proposal).await.map(Some)
    }
}

/// A key is unique among the calls of one agent.
fn idempotency_key(caller: &AgentCaller, key: &str) -> IdempotencyKey {
    IdempotencyKey {
        organization: caller.context.organization,
        actor: caller.agent.id.to_string(),
        key: key.to_owned(),
    }
}

pub(super) fn created(
    context: &OperationContext,
    proposal: &Proposal,
    descriptor: &Descriptor,
) -> gatelodge_model::NewAuditEvent {
    let detail = json!({
        "tool": descriptor.name,
        "connection": proposal.connection,
        "digest": proposal.digest,
        "expires_at": proposal.expires_at,
    });
    event(
        context,
        "proposal.created",
        proposal.id,
        AuditOutcome::Success,
        detail,
    )
}
