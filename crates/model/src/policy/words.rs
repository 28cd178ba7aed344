//! Rules and decisions in words, for administrators and callers.
//!
//! Must not know: pages. Names of agents and groups are given by whoever knows them.

use super::{Cause, Decision, Names, PolicyRule, RuleEffect, Ruling};
use crate::id::{AgentId, GroupId};

impl RuleEffect {
    /// What calls with such an effect do.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Any => "every read and change",
            Self::Read => "every read",
            Self::Change => "every change",
            Self::Write => "creating and changing",
            Self::Destructive => "removing",
        }
    }
}

impl Decision {
    /// The decision as the beginning of a sentence about calls.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Allow => "Run without asking",
            Self::Ask => "Ask a person before",
            Self::Deny => "Refuse",
        }
    }
}

impl PolicyRule {
    /// The rule as one sentence.
    pub fn in_words(
        &self,
        agent: impl Fn(AgentId) -> String,
        group: impl Fn(GroupId) -> String,
    ) -> String {
        let scope = &self.scope;
        let mut words = vec![format!(
            "{} {}",
            self.decision.in_words(),
            scope.effect.in_words()
        )];
        if !scope.tools.is_any() {
            words.push(format!(" by {}", listed("the tool", "tools", &scope.tools)));
        }
        match (scope.fields.is_any(), scope.objects.is_any()) {
            (true, true) => {}
            (true, false) => {
                words.push(format!(
                    " of {}",
                    listed("the object", "objects", &scope.objects)
                ));
            }
            (false, any_object) => {
                words.push(format!(
                    " of {}",
                    listed("the field", "fields", &scope.fields)
                ));
                if !any_object {
                    words.push(format!(
                        " in {}",
                        listed("the object", "objects", &scope.objects)
                    ));
                }
            }
        }
        if let Some(number) = scope.records {
            words.push(match self.decision {
                Decision::Allow => format!(", of at most {number} records at once"),
                Decision::Ask | Decision::Deny => {
                    format!(", of more than {number} records at once")
                }
            });
        }
        if !scope.environments.is_empty() {
            let named: Vec<String> = scope.environments.iter().map(ToString::to_string).collect();
            words.push(format!(", in {}", or(&named)));
        }
        if !scope.agents.is_empty() {
            let named: Vec<String> = scope.agents.iter().copied().map(agent).collect();
            words.push(format!(", by the agent {}", or(&named)));
        }
        if !scope.groups.is_empty() {
            let named: Vec<String> = scope.groups.iter().copied().map(group).collect();
            words.push(format!(", for people in the group {}", or(&named)));
        }
        if self.decision == Decision::Ask {
            let more = match (self.demands.step_up, self.demands.four_eyes) {
                (false, false) => "",
                (true, false) => ", who signs in again first",
                (false, true) => ", and a second person",
                (true, true) => ", who signs in again first, and a second person",
            };
            words.push(more.to_owned());
        }
        words.concat() + "."
    }
}

fn listed(one: &str, many: &str, names: &Names) -> String {
    match (names.except, names.names.as_slice()) {
        (false, [only]) => format!("{one} {only}"),
        (false, several) => format!("the {many} {}", or(several)),
        (true, several) => format!("all {many} but {}", or(several)),
    }
}

fn or(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

impl Ruling<'_> {
    /// Why it was decided so, as one sentence.
    pub fn in_words(&self) -> String {
        match self.cause {
            Cause::ReadOnlyAgent => {
                "The agent may only read, and this changes something.".to_owned()
            }
            Cause::WritesOff => "Writes are switched off in this organization.".to_owned(),
            Cause::ReadsRun => "No rule is about this: reads run.".to_owned(),
            Cause::WritesAsk => "No rule is about this: a person decides about changes.".to_owned(),
            Cause::Rule(rule) => {
                let does = match rule.decision {
                    Decision::Allow => "lets this run without asking a person",
                    Decision::Ask => "asks a person before this",
                    Decision::Deny => "refuses this",
                };
                let about = if self.matched.is_empty() {
                    String::new()
                } else {
                    format!(": {}", self.matched)
                };
                format!("The rule '{}' {does}{about}.", rule.name)
            }
        }
    }
}
