//! What stands behind a write that no person approved: the rules of this moment must let it run (decision 0029).
//!
//! The row that names a rule is not believed alone; whoever can write all rows is kept out by sealed approvals only,
//! where no rule is enough. Must not know: who set the rules.

use super::missing;
use crate::keeper::Inner;
use gatelodge_model::{
    Decision, FrozenProposal, PolicyRuleId, Result, RuleSet, Touches, policy::Call,
};

impl Inner {
    pub(super) async fn demand_rule(&self, frozen: &FrozenProposal, named: &str) -> Result<()> {
        let store = self.store.store();
        let organization = frozen.organization;
        let stands = |rule: Option<PolicyRuleId>, rules: &RuleSet| {
            rule.is_some_and(|named| {
                rules
                    .rules()
                    .any(|rule| rule.id == named && rule.is_direct_mode())
            })
        };
        let rules = RuleSet::new(store.policy_rules().list(organization).await?);
        if !stands(named.parse().ok(), &rules) {
            return Err(missing("The rule that let it run is gone or switched off."));
        }
        let policy = store
            .organizations()
            .find(organization)
            .await?
            .ok_or_else(|| missing("Its organization is gone."))?
            .policy;
        let groups: Vec<_> = store
            .groups()
            .of_user(organization, frozen.requester.on_behalf_of)
            .await?
            .iter()
            .map(|group| group.id)
            .collect();
        let touches = Touches::of_preview(&frozen.preview);
        let ruling = rules.decide(&Call {
            policy,
            tool: frozen.tool.as_str(),
            effect: frozen.effect,
            environment: Some(frozen.environment),
            agent: frozen.requester.agent,
            access: None,
            groups: &groups,
            touches: &touches,
        });
        match ruling.decision {
            Decision::Allow => Ok(()),
            Decision::Ask | Decision::Deny => Err(missing(&ruling.in_words())),
        }
    }
}
