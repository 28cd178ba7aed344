//! Running a grouped query: from rows to groups, and from groups to JSON text.
//!
//! Must not know syntax or field names; `aggregate` has made positions of them.

use std::borrow::Cow;
use std::collections::HashMap;

use gatelodge_soql::ast::Aggregate;

use super::aggregate::{Call, Grouping};
use super::filter::Source;
use super::output::write_key;
use super::{MOST_GROUPS, Plan, World, rows};
use crate::org::error::ApiError;
use crate::org::schema::{FieldType, Object};
use crate::org::value::Value;

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
    let found: Vec<_> = rows::matching(world, object, plan).collect();
    let mut groups: Vec<(Vec<Value>, Vec<Source<'_>>)> = Vec::new();
    if grouping.whole {
        groups.push((
            Vec::new(),
            found
                .iter()
                .map(|record| Source::Record(world, record))
                .collect(),
        ));
    } else {
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        for record in &found {
            let source = Source::Record(world, record);
            let keys: Vec<Value> = grouping
                .keys
                .iter()
                .map(|key| key.value(source).into_owned())
                .collect();
            let mut mark = Vec::new();
            for key in &keys {
                key.write_json(&mut mark);
                mark.push(b',');
            }
            mark.make_ascii_lowercase();
            let index = *known.entry(mark).or_insert_with(|| {
                groups.push((keys, Vec::new()));
                groups.len() - 1
            });
            groups[index].1.push(source);
        }
    }
    let mut values: Vec<Vec<Value>> = groups
        .into_iter()
        .map(|(keys, members)| {
            let calls = grouping
                .aggregates
                .iter()
                .map(|call| aggregate(world, call, &members));
            keys.into_iter().chain(calls).collect()
        })
        .filter(|values: &Vec<Value>| {
            grouping
                .having
                .as_ref()
                .is_none_or(|having| having.accepts(Source::Group(values)))
        })
        .collect();
    let mut ordered: Vec<&[Value]> = Vec::with_capacity(values.len());
    if plan.order.is_empty() {
        // No order is promised; by key is what the platform usually gives.
        values.sort_by(|a, b| {
            a.iter()
                .zip(b)
                .take(grouping.keys.len())
                .map(|(a, b)| a.order(b))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
    }
    ordered.extend(values.iter().map(Vec::as_slice));
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

fn write_group(grouping: &Grouping, values: &[Value]) -> Vec<u8> {
    let mut out = b"{\"attributes\":{\"type\":\"AggregateResult\"}".to_vec();
    for (name, position) in &grouping.output {
        write_key(&mut out, name);
        values[*position].write_json(&mut out);
    }
    out.push(b'}');
    out
}

fn aggregate(world: World<'_>, call: &Call, members: &[Source<'_>]) -> Value {
    let values: Vec<Cow<'_, Value>> = members
        .iter()
        .map(|source| call.operand.value(*source))
        .filter(|value| !value.is_null())
        .collect();
    let count = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let sum = || {
        values
            .iter()
            .filter_map(|value| value.as_number())
            .sum::<f64>()
    };
    match call.function {
        Aggregate::Count => count(values.len()),
        Aggregate::CountDistinct => {
            let mut sorted: Vec<&Value> = values.iter().map(AsRef::as_ref).collect();
            sorted.sort_by(|a, b| a.order(b));
            sorted.dedup_by(|a, b| a.order(b).is_eq());
            count(sorted.len())
        }
        Aggregate::Sum | Aggregate::Average if values.is_empty() => Value::Null,
        Aggregate::Sum => Value::Double(sum()),
        #[expect(clippy::cast_precision_loss, reason = "no org here has 2^52 records")]
        Aggregate::Average => Value::Double(sum() / values.len() as f64),
        Aggregate::Minimum => extreme(world, call, &values, std::cmp::Ordering::Less),
        Aggregate::Maximum => extreme(world, call, &values, std::cmp::Ordering::Greater),
    }
}

/// Smallest or largest value; picklists go by the order of their values.
fn extreme(
    world: World<'_>,
    call: &Call,
    values: &[Cow<'_, Value>],
    wanted: std::cmp::Ordering,
) -> Value {
    let picklist = call
        .operand
        .field(world.schema)
        .filter(|field| field.kind == FieldType::Picklist)
        .map(|field| field.picklist.as_slice());
    let rank = |value: &Value| {
        picklist.and_then(|list| {
            list.iter()
                .position(|known| Some(known.value.as_str()) == value.as_text())
        })
    };
    let order = |a: &Value, b: &Value| match picklist {
        Some(_) => rank(a).cmp(&rank(b)).then_with(|| a.order(b)),
        None => a.order(b),
    };
    let mut best: Option<&Value> = None;
    for value in values {
        if best.is_none_or(|best| order(value, best) == wanted) {
            best = Some(value);
        }
    }
    best.cloned().unwrap_or_default()
}
