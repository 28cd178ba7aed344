//! Opening what the keeper sealed: frozen proposals and outcomes, with an audit row for whoever looks
//! (design invariant 10).
//!
//! Must not know: keys.

use crate::{Hub, hub::event};
use gatelodge_keeper_client::{SealRequest, SealedKind, Viewer};
use gatelodge_model::{
    AuditOutcome, Error, ErrorKind, FrozenProposal, OperationContext, Outcome, Proposal,
    ProposalId, Result, SealedId, WhoMustAct,
};
use serde_json::json;

impl Hub {
    /// The frozen proposal, if its bytes still have the hash of the row.
    pub(super) async fn open_frozen(
        &self,
        proposal: &Proposal,
        viewer: Viewer,
    ) -> Result<FrozenProposal> {
        let opened = self.open_kept(proposal, proposal.sealed, viewer).await?;
        let bytes = opened.ok_or_else(|| self.no_longer_kept())?;
        FrozenProposal::thaw(&bytes, proposal.digest)
    }

    /// The outcome, once there is one and as long as it is kept.
    pub(super) async fn open_outcome(
        &self,
        proposal: &Proposal,
        viewer: Viewer,
    ) -> Result<Option<Outcome>> {
        let Some(sealed) = proposal.sealed_outcome else {
            return Ok(None);
        };
        let opened = self.open_kept(proposal, sealed, viewer).await?;
        opened
            .map(|bytes| serde_json::from_slice(&bytes).map_err(Error::internal))
            .transpose()
    }

    /// What was sealed; none where it was deleted after its time.
    async fn open_kept(
        &self,
        proposal: &Proposal,
        sealed: SealedId,
        viewer: Viewer,
    ) -> Result<Option<Vec<u8>>> {
        let opened = self
            .keeper
            .open(proposal.organization, sealed, viewer)
            .await;
        match opened {
            Ok(bytes) => Ok(Some(bytes)),
            Err(failure) if failure.error.kind() == ErrorKind::NotFound => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    fn no_longer_kept(&self) -> Error {
        let days = self.settings().retention.proposals_days;
        Error::new(
            ErrorKind::NotFound,
            format!("The contents of this proposal are not kept any more: they are deleted after {days} days."),
        )
        .with_hint(
            WhoMustAct::Person,
            "The audit log still tells who asked and who decided.",
        )
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
