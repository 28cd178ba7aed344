//! Which records can match a condition at all, found by index: so that a condition on an id, a reference or a name
//! does not read the whole table.
//!
//! Must not know syntax. What it gives may be too much, never too little: the condition is tested all the same.

use super::World;
use super::filter::{Filter, Operand, Test};
use super::path::{Column, Leaf, Step};
use crate::org::id::Id;
use crate::org::schema::Object;
use crate::org::value::Value;

impl Filter {
    /// The ids of all records that can match, in order and each once; `None` when only reading them all can tell.
    pub(super) fn candidates(&self, world: World<'_>, object: &Object) -> Option<Vec<Id>> {
        match self {
            // One part that has an answer is enough; the shortest is tested fastest.
            Self::And(parts) => parts
                .iter()
                .filter_map(|part| part.candidates(world, object))
                .min_by_key(Vec::len),
            Self::Or(parts) => {
                let found: Option<Vec<Vec<Id>>> = parts
                    .iter()
                    .map(|part| part.candidates(world, object))
                    .collect();
                Some(in_order(found?.concat()))
            }
            Self::Test(Operand::Column(column), test) => {
                column_candidates(world, object, column, test)
            }
            Self::Not(_) | Self::Test(..) => None,
        }
    }

    /// The fields whose indexes [`Filter::candidates`] uses, and those of tests that no index helps.
    pub(super) fn tested<'a>(&'a self, world: World<'_>, object: &Object, out: &mut Tested<'a>) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.tested(world, object, out);
                }
            }
            Self::Not(part) => part.tested(world, object, out),
            Self::Test(operand, _) if self.candidates(world, object).is_some() => {
                out.indexed.push(operand.name());
            }
            Self::Test(operand, _) => out.other.push(operand.name()),
        }
    }
}

/// Names of the fields of a condition.
#[derive(Default)]
pub(super) struct Tested<'a> {
    pub(super) indexed: Vec<&'a str>,
    pub(super) other: Vec<&'a str>,
}

fn in_order(mut ids: Vec<Id>) -> Vec<Id> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn column_candidates(
    world: World<'_>,
    object: &Object,
    column: &Column,
    test: &Test,
) -> Option<Vec<Id>> {
    let Leaf::Field { field, .. } = &column.leaf else {
        return None;
    };
    // Where the path ends, step by step upwards; a reference to several kinds of object ends the search.
    let mut owners = vec![object];
    let mut steps = Vec::with_capacity(column.steps.len());
    for step in &column.steps {
        let Step::Field(step) = step else {
            return None;
        };
        let [target] = owners.last()?.fields[*step].references.as_slice() else {
            return None;
        };
        owners.push(world.schema.object(target)?);
        steps.push(*step);
    }
    let mut found = own_candidates(world, owners.pop()?, *field, test)?;
    // And back down, from the parents to what points at them.
    for (owner, step) in owners.iter().zip(&steps).rev() {
        let indexes = world.state.table(owner).indexes();
        let mut children = Vec::new();
        for parent in found {
            children.extend(indexes.references(*step, parent)?);
        }
        found = children;
    }
    Some(in_order(found))
}

/// Records of an object whose own field can pass a test. A test that null passes has no answer.
fn own_candidates(world: World<'_>, object: &Object, field: usize, test: &Test) -> Option<Vec<Id>> {
    let equal = |value: &Value| -> Option<Vec<Id>> {
        let indexes = world.state.table(object).indexes();
        match value {
            Value::Id(id) if field == 0 => Some(vec![*id]),
            Value::Id(id) => Some(indexes.references(field, *id)?.collect()),
            Value::Text(text) => Some(indexes.texts(field, text)?.collect()),
            Value::Double(number) => Some(indexes.texts(field, &number.to_string())?.collect()),
            _ => None,
        }
    };
    match test {
        Test::Equal {
            value,
            negated: false,
        } => equal(value),
        Test::In {
            values,
            negated: false,
        } => {
            let found: Option<Vec<Vec<Id>>> = values.iter().map(equal).collect();
            Some(in_order(found?.concat()))
        }
        Test::Ids {
            ids,
            null: false,
            negated: false,
        } => {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.extend(equal(&Value::Id(*id))?);
            }
            Some(in_order(found))
        }
        Test::Never => Some(Vec::new()),
        _ => None,
    }
}
