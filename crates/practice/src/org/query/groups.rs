//! Running a grouped query: from rows to groups in one pass, and from groups to JSON text.
//!
//! Must not know syntax or field names; `aggregate` has made positions of them.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::aggregate::Grouping;
use super::filter::Source;
use super::output::write_key;
use super::tally::{Tally, write_mark};
use super::{MOST_GROUPS, Plan, World, rows};
use crate::org::error::ApiError;
use crate::org::schema::Object;
use crate::org::value::Value;

/// A group in the making: its keys and the flags of `GROUPING`, and what is counted of it.
struct Group<'a> {
    values: Vec<Value>,
    tallies: Vec<Tally<'a>>,
}

/// The groups of a plan, as JSON text.
///
/// # Errors
/// When there are more groups than one answer can hold.
pub(super) fn run(
    world: World<'_>,
    object: &Object,
    plan: &Plan,
    grouping: &Grouping,
) -> Result<Vec<Vec<u8>>, ApiError> {
    let mut values: Vec<Vec<Value>> = collect(world, object, plan, grouping)
        .into_iter()
        .map(|group| {
            let tallied = group.tallies.into_iter().map(Tally::result);
            group.values.into_iter().chain(tallied).collect()
        })
        .filter(|values: &Vec<Value>| {
            grouping
                .having
                .as_ref()
                .is_none_or(|having| having.accepts(Source::Group(values)))
        })
        .collect();
    if plan.order.is_empty() {
        values.sort_by(|a, b| usual_order(grouping.keys.len(), a, b));
    }
    let mut ordered: Vec<&[Value]> = values.iter().map(Vec::as_slice).collect();
    if !plan.order.is_empty() {
        rows::sort(&mut ordered, &plan.order, Source::Group);
    }
    let cut = ordered
        .into_iter()
        .skip(plan.offset)
        .take(plan.limit.unwrap_or(usize::MAX));
    let texts: Vec<Vec<u8>> = cut.map(|values| write_group(grouping, values)).collect();
    if texts.len() > MOST_GROUPS {
        let text = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch";
        return Err(ApiError::new(400, "EXCEEDED_ID_LIMIT", text));
    }
    Ok(texts)
}

fn collect<'a>(
    world: World<'a>,
    object: &Object,
    plan: &Plan,
    grouping: &Grouping,
) -> Vec<Group<'a>> {
    let start = |values: Vec<Value>| Group {
        values,
        tallies: grouping
            .aggregates
            .iter()
            .map(|call| Tally::of(world.schema, call))
            .collect(),
    };
    let mut groups = Vec::new();
    if grouping.whole {
        groups.push(start(Vec::new()));
    }
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut mark = Vec::new();
    for record in rows::matching(world, object, plan) {
        let source = Source::Record(world, record);
        if grouping.whole {
            groups[0].add(grouping, source);
            continue;
        }
        let keys: Vec<_> = grouping.keys.iter().map(|key| key.value(source)).collect();
        for (number, taken) in grouping.sets.iter().enumerate() {
            mark.clear();
            mark.extend_from_slice(&number.to_le_bytes());
            for (key, _) in keys.iter().zip(taken).filter(|(_, taken)| **taken) {
                write_mark(&mut mark, key);
            }
            let index = known.get(&mark).copied().unwrap_or_else(|| {
                let shown = keys.iter().zip(taken).map(|(key, taken)| {
                    if *taken {
                        key.as_ref().clone()
                    } else {
                        Value::Null
                    }
                });
                let flags = taken.iter().map(|taken| Value::Int((!taken).into()));
                groups.push(start(shown.chain(flags).collect()));
                known.insert(mark.clone(), groups.len() - 1);
                groups.len() - 1
            });
            groups[index].add(grouping, source);
        }
    }
    groups
}

impl Group<'_> {
    fn add(&mut self, grouping: &Grouping, source: Source<'_>) {
        for (tally, call) in self.tallies.iter_mut().zip(&grouping.aggregates) {
            tally.add(&call.operand.value(source));
        }
    }
}

/// No order is promised; by key, with subtotals behind what they sum up, is what the platform usually gives.
fn usual_order(keys: usize, a: &[Value], b: &[Value]) -> Ordering {
    (0..keys)
        .map(|key| {
            a[keys + key]
                .order(&b[keys + key])
                .then_with(|| a[key].order(&b[key]))
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn write_group(grouping: &Grouping, values: &[Value]) -> Vec<u8> {
    let mut out = b"{\"attributes\":{\"type\":\"AggregateResult\"}".to_vec();
    for shown in &grouping.output {
        write_key(&mut out, &shown.name);
        let value = &values[shown.position];
        match &shown.form {
            Some(form) => form.write(value).write_json(&mut out),
            None => value.write_json(&mut out),
        }
    }
    out.push(b'}');
    out
}
