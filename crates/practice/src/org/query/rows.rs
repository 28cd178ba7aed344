//! Which rows match, and in which order.
//!
//! Must not know what is selected of them.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::filter::{Operand, Source};
use super::{Plan, World};
use crate::org::id::Id;
use crate::org::schema::Object;
use crate::org::state::Record;
use crate::org::value::Value;

/// One entry of `ORDER BY`.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) operand: Operand,
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}

/// The rows of a plan, ordered and cut. `among` are the only candidates, for child queries.
pub(super) fn select<'a>(
    world: World<'a>,
    object: &'a Object,
    plan: &Plan,
    among: Option<&[&'a Arc<Record>]>,
) -> Vec<&'a Arc<Record>> {
    let accepts = |record: &&'a Arc<Record>| {
        plan.filter
            .as_ref()
            .is_none_or(|filter| filter.accepts(Source::Record(world, record)))
    };
    // Without an order, the first rows will do.
    let enough = match (plan.order.is_empty(), plan.limit) {
        (true, Some(limit)) => limit.saturating_add(plan.offset),
        _ => usize::MAX,
    };
    let grouped = matches!(plan.shape, super::Shape::Groups(_));
    let enough = if grouped { usize::MAX } else { enough };
    let mut found: Vec<&'a Arc<Record>> = match (
        among,
        plan.filter.as_ref().and_then(super::filter::Filter::ids),
    ) {
        (Some(among), _) => among.iter().copied().filter(accepts).take(enough).collect(),
        (None, Some(ids)) => ids
            .iter()
            .filter_map(|id| world.state.record(object, *id))
            .filter(|record| !record.deleted(object))
            .filter(accepts)
            .take(enough)
            .collect(),
        (None, None) => world
            .state
            .live(object)
            .filter(accepts)
            .take(enough)
            .collect(),
    };
    if grouped {
        return found;
    }
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

/// Live records of `object` by the parent that `field` points at, for these parents only.
pub(super) fn children<'a>(
    world: World<'a>,
    object: &'a Object,
    field: usize,
    parents: &[&Arc<Record>],
) -> HashMap<Id, Vec<&'a Arc<Record>>> {
    let mut found: HashMap<Id, Vec<&Arc<Record>>> = parents
        .iter()
        .map(|parent| (parent.id, Vec::new()))
        .collect();
    for record in world.state.live(object) {
        if let Some(list) = record.values[field]
            .as_id()
            .and_then(|parent| found.get_mut(&parent))
        {
            list.push(record);
        }
    }
    found
}
