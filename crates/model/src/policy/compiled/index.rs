//! Where the rules of one decision are found by what narrows them most.
//!
//! Must not know: what the rules decide.

use super::{Call, Lower, lower};
use crate::{
    id::{AgentId, GroupId},
    policy::PolicyRule,
};
use std::collections::HashMap;

/// Where the rules of one decision are found by what narrows them most, so that a thousand rules need not all be
/// looked at.
#[derive(Default)]
pub(super) struct Index {
    by_agent: HashMap<AgentId, Vec<usize>>,
    by_group: HashMap<GroupId, Vec<usize>>,
    by_object: HashMap<String, Vec<usize>>,
    by_field: HashMap<String, Vec<usize>>,
    by_tool: HashMap<String, Vec<usize>>,
    other: Vec<usize>,
    /// All that ask for objects or fields by name, for calls of which nobody can tell what they touch.
    named_objects: Vec<usize>,
    named_fields: Vec<usize>,
}

impl Index {
    pub(super) fn add(&mut self, place: usize, rule: &PolicyRule) {
        let scope = &rule.scope;
        if !scope.agents.is_empty() {
            for agent in &scope.agents {
                self.by_agent.entry(*agent).or_default().push(place);
            }
        } else if !scope.objects.is_any() && !scope.objects.except {
            for object in lower(&scope.objects) {
                self.by_object.entry(object).or_default().push(place);
            }
            self.named_objects.push(place);
        } else if !scope.fields.is_any() && !scope.fields.except {
            for field in lower(&scope.fields) {
                self.by_field.entry(field).or_default().push(place);
            }
            self.named_fields.push(place);
        } else if !scope.tools.is_any() && !scope.tools.except {
            for tool in lower(&scope.tools) {
                self.by_tool.entry(tool).or_default().push(place);
            }
        } else if !scope.groups.is_empty() {
            for group in &scope.groups {
                self.by_group.entry(*group).or_default().push(place);
            }
        } else {
            self.other.push(place);
        }
    }

    pub(super) fn candidates(&self, call: &Call<'_>, touched: &[Lower]) -> Vec<usize> {
        let mut places = self.other.clone();
        if let Some(agent) = call.agent {
            places.extend(self.by_agent.get(&agent).into_iter().flatten());
        }
        for group in call.groups {
            places.extend(self.by_group.get(group).into_iter().flatten());
        }
        places.extend(self.by_tool.get(call.tool).into_iter().flatten());
        if call.touches.unknown {
            places.extend(&self.named_objects);
            places.extend(&self.named_fields);
            return places;
        }
        for one in touched {
            places.extend(self.by_object.get(&one.object).into_iter().flatten());
            match &one.fields {
                None => places.extend(&self.named_fields),
                Some(names) => places.extend(
                    names
                        .iter()
                        .filter_map(|name| self.by_field.get(name))
                        .flatten(),
                ),
            }
        }
        places
    }
}
