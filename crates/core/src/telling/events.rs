//! What nobody does, yet somebody must be told: time that runs out.
//!
//! Must not know: texts.

use super::words;
use crate::{Hub, hub::event};
use gatelodge_model::{AuditOutcome, Proposal, ProposalStatus, Result};
use serde_json::json;

impl Hub {
    /// Tells the deciders of proposals of which a fifth of their life is left.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn announce_expiries(&self) -> Result<()> {
        let now = self.now();
        let fifth = self.settings.proposal_lifetime / 5;
        let soon = self
            .store
            .proposals()
            .list_expire_due(self.after(fifth), 500)
            .await?;
        for proposal in soon {
            let life = proposal.expires_at - proposal.created_at;
            let left = proposal.expires_at - now;
            if proposal.status == ProposalStatus::Pending
                && left > chrono::TimeDelta::zero()
                && left * 5 <= life
            {
                self.announce_expiry(&proposal).await?;
            }
        }
        Ok(())
    }

    async fn announce_expiry(&self, proposal: &Proposal) -> Result<()> {
        let notice = words::proposal_expires(proposal, self.now());
        if self
            .store
            .notices()
            .is_told(notice.organization, notice.user, &notice.key)
            .await?
        {
            return Ok(());
        }
        let unit = self.store.begin(proposal.organization).await?;
        if self.tell(&unit, &notice).await?.is_none() {
            return Ok(());
        }
        let context = self.system_context(proposal.organization);
        unit.commit(vec![event(
            &context,
            "proposal.expiry_announced",
            proposal.id,
            AuditOutcome::Success,
            json!({}),
        )])
        .await?;
        Ok(())
    }
}
