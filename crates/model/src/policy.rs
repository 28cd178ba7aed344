//! The rule that allows, denies or asks a person, for one tool call.
//!
//! Must not know: where rules are stored, or how a person is asked.

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

/// The rules of an organization. Reads run, writes ask, until an administrator says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What happens with writes of agents that may propose them.
    pub writes: Decision,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            writes: Decision::Ask,
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
                // Direct writes are not offered yet: whatever is stored, a person decides.
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
        };
        assert_eq!(closed.decide(Effect::Write, None), Decision::Deny);
    }
}
