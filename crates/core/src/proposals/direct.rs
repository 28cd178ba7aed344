//! Direct mode: a rule with its written reason lets a write run without a person (APR-5).
//!
//! It leaves the same rows as a person's approval, and the keeper demands them as well: that the rule stands and is
//! about this write. Where approvals are sealed no rule is enough, and the write waits for a person.
//! Must not know: how rules are weighed.

use crate::{Hub, hub::event, policy::Ruled};
use gatelodge_keeper_client::PasskeyHolder;
use gatelodge_model::{
    Allowed, Approval, AuditOutcome, Decision, NewAuditEvent, OperationContext, PolicyRule,
    Proposal, ProposalStatus, Result,
};
use gatelodge_store::{ProposalChanges, Unit};
use serde_json::json;
use std::time::Duration;

/// How long the answer to a direct write waits for its outcome before it says that it is under way.
pub(super) const WAIT_FOR_OUTCOME: Duration = Duration::from_secs(20);

impl Hub {
    /// The rule by which a proposal may run at once; none where a person decides.
    pub(super) async fn direct_rule(
        &self,
        proposal: &Proposal,
        ruled: &Ruled,
    ) -> Result<Option<PolicyRule>> {
        let (Decision::Allow, Some(rule)) = (ruled.decision, &ruled.rule) else {
            return Ok(None);
        };
        self.refuse_in_a_copy().await?;
        let holder = PasskeyHolder {
            organization: proposal.organization,
            user: proposal.user,
        };
        let terms = self.keeper.approval_terms(holder, proposal.digest).await?;
        Ok((!terms.sealed).then(|| rule.clone()))
    }

    /// Marks a new proposal as allowed by a rule, in the unit that stores it.
    pub(super) async fn allow_directly(
        &self,
        unit: &Unit,
        proposal: &Proposal,
        rule: &PolicyRule,
    ) -> Result<Proposal> {
        let allowed = unit
            .proposals()
            .transition(
                proposal,
                ProposalStatus::Approved,
                ProposalChanges::default(),
            )
            .await?;
        unit.approvals()
            .insert(&Approval {
                organization: proposal.organization,
                proposal: proposal.id,
                digest: proposal.digest,
                allowed: Allowed::ByPolicy {
                    rule: rule.id.to_string(),
                },
                evidence: None,
                approved_at: self.now(),
                spent_at: None,
            })
            .await?;
        Ok(allowed)
    }
}

pub(super) fn allowed_by_rule(
    context: &OperationContext,
    proposal: &Proposal,
    rule: &PolicyRule,
) -> NewAuditEvent {
    let detail = json!({
        "digest": proposal.digest,
        "rule": rule.id,
        "name": rule.name,
        "reason": rule.reason,
    });
    event(
        context,
        "proposal.allowed",
        proposal.id,
        AuditOutcome::Success,
        detail,
    )
}
