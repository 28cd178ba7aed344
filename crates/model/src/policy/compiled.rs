//! Rules made ready for deciding: a deny beats an ask, an ask beats an allow; where no rule says anything, reads run
//! and writes ask. Closed by doubt: a denying or asking rule is about a call that touches any of what it names, or
//! may; an allowing one is about a call only where it covers all that the call touches (decision 0029).
//!
//! Must not know: where rules come from.

mod index;

use super::{
    Decision, Demands, Depth, Fields, Names, Policy, PolicyRule, Touched, Touches, explain,
};
use crate::{
    agent::AgentAccess,
    connection::Environment,
    id::{AgentId, GroupId},
    tool::Effect,
};
use index::Index;

/// A call, as rules look at it.
#[derive(Debug, Clone, Copy)]
pub struct Call<'call> {
    /// What holds for the whole organization.
    pub policy: Policy,
    /// The tool.
    pub tool: &'call str,
    /// What it does.
    pub effect: Effect,
    /// Where the connection leads; none where that is not known yet, then rules about environments say nothing.
    pub environment: Option<Environment>,
    /// The agent, where one asks.
    pub agent: Option<AgentId>,
    /// Its rights; none for a person.
    pub access: Option<AgentAccess>,
    /// The groups of the person whom it acts for.
    pub groups: &'call [GroupId],
    /// What it touches.
    pub touches: &'call Touches,
}

/// Why a decision is as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause<'rules> {
    /// The agent's token only reads.
    ReadOnlyAgent,
    /// Writes are switched off in the organization.
    WritesOff,
    /// A rule says so.
    Rule(&'rules PolicyRule),
    /// No rule says anything: reads run.
    ReadsRun,
    /// No rule says anything: writes wait for a person.
    WritesAsk,
}

/// A decision with its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling<'rules> {
    /// What happens.
    pub decision: Decision,
    /// Why.
    pub cause: Cause<'rules>,
    /// What of the call the rule is about, in words; empty where it is about the call as a whole.
    pub matched: String,
    /// What a person's yes takes, where a person is asked.
    pub demands: Demands,
}

/// Names in lower case and in order: there are few, so that looking up costs less than hashing.
struct Set {
    names: Vec<String>,
    except: bool,
}

impl Set {
    fn of(names: &Names) -> Option<Self> {
        (!names.is_any()).then(|| {
            let mut lower = lower(names);
            lower.sort_unstable();
            Self {
                names: lower,
                except: names.except,
            }
        })
    }

    fn holds(&self, lower: &str) -> bool {
        let known = self
            .names
            .binary_search_by(|name| name.as_str().cmp(lower))
            .is_ok();
        known != self.except
    }
}

fn lower(names: &Names) -> Vec<String> {
    names.names.iter().map(|name| name.to_lowercase()).collect()
}

struct Ready {
    rule: PolicyRule,
    tools: Option<Set>,
    objects: Option<Set>,
    fields: Option<Set>,
}

/// What a call touches, in lower case.
struct Lower {
    object: String,
    fields: Option<Vec<String>>,
}

/// The rules of an organization, ready for deciding.
#[derive(Default)]
pub struct RuleSet {
    rules: Vec<Ready>,
    deny: Index,
    ask: Index,
    allow: Index,
    depth: Depth,
    demanding: bool,
    grouped: bool,
}

impl RuleSet {
    /// Makes rules ready. Those that are switched off do not count; of several that say the same the oldest is named.
    pub fn new(rules: impl IntoIterator<Item = PolicyRule>) -> Self {
        let mut rules: Vec<PolicyRule> = rules.into_iter().filter(|rule| rule.enabled).collect();
        rules.sort_by_key(|rule| rule.id);
        let mut set = Self::default();
        for (place, rule) in rules.into_iter().enumerate() {
            let scope = &rule.scope;
            let depth = if !scope.fields.is_any() {
                Depth::Fields
            } else if !scope.objects.is_any() {
                Depth::Objects
            } else if scope.records.is_some() {
                Depth::Records
            } else {
                Depth::Nothing
            };
            set.depth = set.depth.max(depth);
            set.demanding |= rule.decision == Decision::Ask && !rule.demands.is_none();
            set.grouped |= !scope.groups.is_empty();
            let index = match rule.decision {
                Decision::Deny => &mut set.deny,
                Decision::Ask => &mut set.ask,
                Decision::Allow => &mut set.allow,
            };
            index.add(place, &rule);
            set.rules.push(Ready {
                tools: Set::of(&rule.scope.tools),
                objects: Set::of(&rule.scope.objects),
                fields: Set::of(&rule.scope.fields),
                rule,
            });
        }
        set
    }

    /// How closely what a call touches must be looked at.
    pub const fn depth(&self) -> Depth {
        self.depth
    }

    /// Whether a rule takes more than a person's yes for some call.
    pub const fn has_demands(&self) -> bool {
        self.demanding
    }

    /// Whether a rule asks for the groups of the person.
    pub const fn asks_groups(&self) -> bool {
        self.grouped
    }

    /// The rules that count.
    pub fn rules(&self) -> impl Iterator<Item = &PolicyRule> {
        self.rules.iter().map(|ready| &ready.rule)
    }

    /// Decides about a call.
    pub fn decide(&self, call: &Call<'_>) -> Ruling<'_> {
        let whole = call.policy.decide(call.effect, call.access);
        if whole == Decision::Deny {
            let cause = match call.access {
                Some(AgentAccess::ReadOnly) => Cause::ReadOnlyAgent,
                _ => Cause::WritesOff,
            };
            return Ruling::of(whole, cause);
        }
        let touched: Vec<Lower> = call.touches.objects.iter().map(Lower::of).collect();
        let of = |index: &Index| -> Vec<&Ready> {
            let mut places = index.candidates(call, &touched);
            places.retain(|place| {
                self.rules
                    .get(*place)
                    .is_some_and(|ready| ready.fits(call, &touched))
            });
            places.sort_unstable();
            places.dedup();
            places
                .into_iter()
                .filter_map(|place| self.rules.get(place))
                .collect()
        };
        if let Some(first) = of(&self.deny).first() {
            return first.ruling(call);
        }
        let asking = of(&self.ask);
        if let Some(first) = asking.first() {
            let mut ruling = first.ruling(call);
            for other in &asking {
                ruling.demands = ruling.demands.and(other.rule.demands);
            }
            return ruling;
        }
        if let Some(first) = of(&self.allow).first() {
            return first.ruling(call);
        }
        let cause = match whole {
            Decision::Allow => Cause::ReadsRun,
            _ => Cause::WritesAsk,
        };
        Ruling::of(whole, cause)
    }
}

impl<'rules> Ruling<'rules> {
    fn of(decision: Decision, cause: Cause<'rules>) -> Self {
        Self {
            decision,
            cause,
            matched: String::new(),
            demands: Demands::default(),
        }
    }

    /// The rule that decided, if one did.
    pub const fn rule(&self) -> Option<&'rules PolicyRule> {
        match self.cause {
            Cause::Rule(rule) => Some(rule),
            _ => None,
        }
    }
}

impl Lower {
    fn of(touched: &Touched) -> Self {
        Self {
            object: touched.object.to_lowercase(),
            fields: match &touched.fields {
                Fields::All => None,
                Fields::Named(names) => {
                    Some(names.iter().map(|name| name.to_lowercase()).collect())
                }
            },
        }
    }
}

impl Ready {
    fn ruling(&self, call: &Call<'_>) -> Ruling<'_> {
        Ruling {
            decision: self.rule.decision,
            cause: Cause::Rule(&self.rule),
            matched: explain::matched(&self.rule, call.touches),
            demands: self.rule.demands,
        }
    }

    fn fits(&self, call: &Call<'_>, touched: &[Lower]) -> bool {
        let scope = &self.rule.scope;
        // A read cannot wait for a person, and runs without a rule that allows it.
        if self.rule.decision != Decision::Deny && !call.effect.is_write() {
            return false;
        }
        scope.effect.fits(call.effect)
            && self.tools.as_ref().is_none_or(|set| set.holds(call.tool))
            && (scope.agents.is_empty()
                || call
                    .agent
                    .is_some_and(|agent| scope.agents.contains(&agent)))
            && (scope.environments.is_empty()
                || call
                    .environment
                    .is_some_and(|environment| scope.environments.contains(&environment)))
            && (scope.groups.is_empty()
                || scope.groups.iter().any(|group| call.groups.contains(group)))
            && self.fits_records(call.touches.records)
            && self.fits_touched(call.touches, touched)
    }

    fn fits_records(&self, records: Option<u64>) -> bool {
        let Some(number) = self.rule.scope.records.map(u64::from) else {
            return true;
        };
        match self.rule.decision {
            Decision::Allow => records.is_some_and(|records| records <= number),
            Decision::Ask | Decision::Deny => records.is_none_or(|records| records > number),
        }
    }

    fn fits_touched(&self, touches: &Touches, touched: &[Lower]) -> bool {
        if self.objects.is_none() && self.fields.is_none() {
            return true;
        }
        let covers_object = |one: &Lower| {
            self.objects
                .as_ref()
                .is_none_or(|set| set.holds(&one.object))
        };
        if self.rule.decision == Decision::Allow {
            return !touches.unknown
                && !touched.is_empty()
                && touched
                    .iter()
                    .all(|one| covers_object(one) && self.covers_all_fields(one));
        }
        touches.unknown
            || touched
                .iter()
                .any(|one| covers_object(one) && self.meets_a_field(one))
    }

    fn meets_a_field(&self, one: &Lower) -> bool {
        match (&self.fields, &one.fields) {
            (None, _) | (Some(_), None) => true,
            (Some(set), Some(names)) => names.iter().any(|name| set.holds(name)),
        }
    }

    fn covers_all_fields(&self, one: &Lower) -> bool {
        match (&self.fields, &one.fields) {
            (None, _) => true,
            (Some(_), None) => false,
            // What touches no field by name, such as removing a record, is about more than fields.
            (Some(set), Some(names)) => {
                !names.is_empty() && names.iter().all(|name| set.holds(name))
            }
        }
    }
}

#[cfg(test)]
mod tests;
