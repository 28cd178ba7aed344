//! Which rows match, and in which order.
//!
//! Must not know what is selected of them.

use std::cmp::Ordering;
use std::sync::Arc;

use super::filter::{Operand, Source};
use super::{Plan, World};
use crate::org::id::Id;
use crate::org::schema::Object;
use crate::org::sharing;
use crate::org::state::Record;
use crate::org::value::Value;

/// One entry of `ORDER BY`.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) operand: Operand,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

/// The rows that match, before they are ordered and cut.
pub(super) fn matching<'a>(
    world: World<'a>,
    object: &'a Object,
    plan: &'a Plan,
) -> Box<dyn Iterator<Item = &'a Arc<Record>> + 'a> {
    let accepts = move |record: &&'a Arc<Record>| {
        world.shows(object, record)
            && plan
                .filter
                .as_ref()
                .is_none_or(|filter| filter.accepts(Source::Record(world, record)))
    };
    match plan
        .filter
        .as_ref()
        .and_then(|filter| filter.candidates(world, object))
    {
        Some(ids) => Box::new(
            ids.into_iter()
                .filter_map(move |id| world.state.record(object, id))
                .filter(accepts),
        ),
        None => Box::new(world.state.table(object).rows.values().filter(accepts)),
    }
}

/// How many rows a plan has.
pub(super) fn count(world: World<'_>, object: &Object, plan: &Plan) -> usize {
    let all = if plan.filter.is_none() && !world.deleted && sharing::is_public(object) {
        world.state.table(object).live_count()
    } else {
        matching(world, object, plan).count()
    };
    all.saturating_sub(plan.offset)
        .min(plan.limit.unwrap_or(usize::MAX))
}

/// The ids of a plan's rows, ordered and cut.
pub(super) fn ids(world: World<'_>, object: &Object, plan: &Plan) -> Vec<Id> {
    if plan.order.is_empty() {
        return matching(world, object, plan)
            .skip(plan.offset)
            .take(plan.limit.unwrap_or(usize::MAX))
            .map(|record| record.id)
            .collect();
    }
    let found = matching(world, object, plan).collect();
    let found = arrange(world, plan, found);
    found.into_iter().map(|record| record.id).collect()
}

/// The rows among these that match, ordered and cut.
pub(super) fn select<'a>(
    world: World<'a>,
    object: &'a Object,
    plan: &Plan,
    among: &[&'a Arc<Record>],
) -> Vec<&'a Arc<Record>> {
    let accepts = |record: &&'a Arc<Record>| {
        world.shows(object, record)
            && plan
                .filter
                .as_ref()
                .is_none_or(|filter| filter.accepts(Source::Record(world, record)))
    };
    arrange(world, plan, among.iter().copied().filter(accepts).collect())
}

fn arrange<'a>(
    world: World<'a>,
    plan: &Plan,
    mut found: Vec<&'a Arc<Record>>,
) -> Vec<&'a Arc<Record>> {
    if !plan.order.is_empty() {
        sort(&mut found, &plan.order, |record| {
            Source::Record(world, record)
        });
    }
    found.drain(..plan.offset.min(found.len()));
    if let Some(limit) = plan.limit {
        found.truncate(limit);
    }
    found
}

/// Sorts by the values of the operands; equal rows keep their order.
pub(super) fn sort<'a, T: Copy>(
    rows: &mut Vec<T>,
    order: &[Order],
    source: impl Fn(T) -> Source<'a>,
) {
    let mut keyed: Vec<(Vec<std::borrow::Cow<'a, Value>>, T)> = rows
        .iter()
        .map(|row| {
            (
                order
                    .iter()
                    .map(|entry| entry.operand.value(source(*row)))
                    .collect(),
                *row,
            )
        })
        .collect();
    keyed.sort_by(|(a, _), (b, _)| {
        for ((entry, a), b) in order.iter().zip(a).zip(b) {
            let compared = match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) if entry.nulls_last => Ordering::Greater,
                (true, false) => Ordering::Less,
                (false, true) if entry.nulls_last => Ordering::Less,
                (false, true) => Ordering::Greater,
                _ if entry.descending => b.order(a),
                _ => a.order(b),
            };
            if compared.is_ne() {
                return compared;
            }
        }
        Ordering::Equal
    });
    rows.clear();
    rows.extend(keyed.into_iter().map(|(_, row)| row));
}
