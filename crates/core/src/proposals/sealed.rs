//! Opening what the keeper sealed: frozen proposals and outcomes.
//!
//! Must not know: keys.

use crate::Hub;
use gatelodge_keeper_client::{SealRequest, SealedKind, Viewer};
use gatelodge_model::{Error, FrozenProposal, Outcome, Proposal, Result, SealedId};

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
