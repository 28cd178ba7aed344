//! Letting proposals end that nobody decided in time.
//!
//! Must not know: what they are about.

use crate::{Hub, hub::event};
use gatelodge_model::{AuditOutcome, Proposal, ProposalStatus, Result};
use gatelodge_store::{ProposalChanges, StoreError};
use serde_json::json;

impl Hub {
    /// Ends every pending or approved proposal whose time is over.
    pub(crate) async fn expire_due_proposals(&self) -> Result<()> {
        for proposal in self
            .store
            .proposals()
            .list_expire_due(self.now(), 200)
            .await?
        {
            self.expire(&proposal).await?;
        }
        Ok(())
    }

    pub(super) async fn expire(&self, proposal: &Proposal) -> Result<()> {
        let context = self.system_context(proposal.organization);
        let unit = self.store.begin(proposal.organization).await?;
        match unit
            .proposals()
            .transition(
                proposal,
                ProposalStatus::Expired,
                ProposalChanges::default(),
            )
            .await
        {
            Ok(_) => {}
            // Decided at the last moment: that decision holds.
            Err(StoreError::Conflict { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        unit.commit(vec![event(
            &context,
            "proposal.expired",
            proposal.id,
            AuditOutcome::Success,
            json!({}),
        )])
        .await?;
        self.announce(proposal.id);
        Ok(())
    }
}
