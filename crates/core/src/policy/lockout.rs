//! What a rule would stop as a whole, so that nobody locks everybody out by accident.
//!
//! Must not know: how it is said to people.

use crate::Hub;
use gatelodge_model::{Decision, Environment, Policy, PolicyRule, RuleSet, Touches, policy::Call};

const EVERYWHERE: [Environment; 3] = [
    Environment::Production,
    Environment::Sandbox,
    Environment::Practice,
];

impl Hub {
    /// The tools that nobody could use any more, wherever the connection leads and whatever the call touches.
    pub(super) fn stopped_for_all(&self, rules: &RuleSet) -> Vec<String> {
        self.stopped(|call| {
            EVERYWHERE.iter().all(|environment| {
                let call = Call {
                    environment: Some(*environment),
                    ..*call
                };
                rules.decide(&call).decision == Decision::Deny
            })
        })
    }

    /// Whether nothing that reads would be left for anybody: who cannot read cannot do anything.
    pub(super) fn locks_everybody_out(&self, rules: &RuleSet) -> bool {
        let stopped = self.stopped_for_all(rules);
        let mut reading = self
            .catalogue
            .tools()
            .filter(|(_, tool)| !tool.descriptor().effect.is_write())
            .peekable();
        reading.peek().is_some()
            && reading.all(|(_, tool)| {
                let name = tool.descriptor().name.as_str();
                stopped.iter().any(|stopped| stopped == name)
            })
    }

    /// The tools that one refusing rule stops as a whole for those whom it is about.
    pub(super) fn stopped_by(&self, rule: &PolicyRule) -> Vec<String> {
        let mut alone = rule.clone();
        alone.enabled = true;
        // For those whom it is about, it is about everybody.
        alone.scope.agents.clear();
        alone.scope.groups.clear();
        alone.scope.environments.clear();
        let alone = RuleSet::new([alone]);
        self.stopped(|call| alone.decide(call).decision == Decision::Deny)
    }

    fn stopped(&self, is_stopped: impl Fn(&Call<'_>) -> bool) -> Vec<String> {
        let nothing = Touches::nothing();
        self.catalogue
            .tools()
            .map(|(_, tool)| tool.descriptor())
            .filter(|descriptor| {
                is_stopped(&Call {
                    policy: Policy::default(),
                    tool: descriptor.name.as_str(),
                    effect: descriptor.effect,
                    environment: None,
                    agent: None,
                    access: None,
                    groups: &[],
                    touches: &nothing,
                })
            })
            .map(|descriptor| descriptor.name.to_string())
            .collect()
    }
}
