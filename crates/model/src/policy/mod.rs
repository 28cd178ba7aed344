//! What decides about a tool call: it runs, it waits for a person, or it is refused (decision 0029).
//!
//! Must not know: where rules are stored, how a person is asked, or which tools there are.

mod compiled;
mod explain;
#[cfg(test)]
mod naive;
mod rule;
mod touches;
mod words;

pub use compiled::{Call, Cause, RuleSet, Ruling};
pub use rule::{Demands, Names, PolicyRule, RuleEffect, RuleScope};
pub use touches::{Depth, Fields, Touched, Touches};

use crate::{agent::AgentAccess, tool::Effect};
use serde::{Deserialize, Serialize};

/// What happens with a tool call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It runs at once.
    Allow,
    /// It becomes a proposal.
    Ask,
    /// It is refused.
    Deny,
}

impl Decision {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allow, Self::Ask, Self::Deny]
            .into_iter()
            .find(|decision| decision.as_str() == text)
    }
}

/// What holds for all calls of an organization, besides its rules. Reads run, writes ask, until an administrator
/// says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What happens with writes of agents that may propose them.
    pub writes: Decision,
    /// The share of a provider's limit of API calls that agents may use, in per cent; the rest is kept for people.
    /// None: agents may use all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agents_share: Option<u8>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            writes: Decision::Ask,
            agents_share: None,
        }
    }
}

impl Policy {
    /// Decides for a caller: `access` is `None` for a person in the browser, who may propose.
    pub const fn decide(self, effect: Effect, access: Option<AgentAccess>) -> Decision {
        match (effect.is_write(), access) {
            (false, _) => Decision::Allow,
            (true, Some(AgentAccess::ReadOnly)) => Decision::Deny,
            (true, _) => match self.writes {
                Decision::Deny => Decision::Deny,
                // Only a rule with its written reason lets a write run at once (APR-5).
                Decision::Allow | Decision::Ask => Decision::Ask,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_run_writes_ask_and_read_only_agents_cannot_propose() {
        // proves APR-1
        let policy = Policy::default();
        for access in [
            None,
            Some(AgentAccess::ReadOnly),
            Some(AgentAccess::ReadAndPropose),
        ] {
            assert_eq!(policy.decide(Effect::Read, access), Decision::Allow);
        }
        for effect in [Effect::Write, Effect::Destructive] {
            assert_eq!(
                policy.decide(effect, Some(AgentAccess::ReadOnly)),
                Decision::Deny
            );
            assert_eq!(
                policy.decide(effect, Some(AgentAccess::ReadAndPropose)),
                Decision::Ask
            );
            assert_eq!(policy.decide(effect, None), Decision::Ask);
        }
        let closed = Policy {
            writes: Decision::Deny,
            ..Policy::default()
        };
        assert_eq!(closed.decide(Effect::Write, None), Decision::Deny);
    }
}
