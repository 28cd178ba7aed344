//! Opening what the keeper sealed: frozen proposals and outcomes, with an audit row for whoever looks
//! (design invariant 10).
//!
//! Must not know: keys.

use crate::{Hub, hub::event};
use gatelodge_keeper_client::{SealRequest, SealedKind, Viewer};
use gatelodge_model::{
    AuditOutcome, Error, FrozenProposal, OperationContext, Outcome, Proposal, ProposalId, Result,
    SealedId,
};
use serde_json::json;

impl Hub {
    /// The frozen proposal, if its bytes still have the hash of the row.
    pub(super) async fn open_frozen(
        &self,
        proposal: &Proposal,
        viewer: Viewer,
    ) -> Result<FrozenProposal> {
        let bytes = self
            .keeper
            .open(proposal.organization, proposal.sealed, viewer)
            .await?;
        FrozenProposal::thaw(&bytes, proposal.digest)
    }

    /// The outcome, once there is one.
    pub(super) async fn open_outcome(
        &self,
        proposal: &Proposal,
        viewer: Viewer,
    ) -> Result<Option<Outcome>> {
        let Some(sealed) = proposal.sealed_outcome else {
            return Ok(None);
        };
        let bytes = self
            .keeper
            .open(proposal.organization, sealed, viewer)
            .await?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(Error::internal)
    }

    /// Notes who had proposals opened, before they are shown.
    pub(super) async fn audit_opening(
        &self,
        context: &OperationContext,
        opened: &[ProposalId],
    ) -> Result<()> {
        let (target, detail) = match opened {
            [] => return Ok(()),
            [one] => (one.to_string(), json!({})),
            several => (
                format!("{} proposals", several.len()),
                json!({ "proposals": several }),
            ),
        };
        let opened = event(
            context,
            "proposal.opened",
            target,
            AuditOutcome::Success,
            detail,
        );
        Ok(self.store.journal().append(opened).await?)
    }

    pub(super) async fn seal_outcome(
        &self,
        proposal: &Proposal,
        outcome: &Outcome,
    ) -> Result<SealedId> {
        let bytes = serde_json::to_vec(outcome).map_err(Error::internal)?;
        let request = SealRequest {
            organization: proposal.organization,
            kind: SealedKind::Outcome,
            user: proposal.user,
            agent: proposal.agent,
            bytes,
        };
        Ok(self.keeper.seal(request).await?)
    }
}
