//! How a statement would be run, as `explain=` tells it: by index, or by reading the table.
//!
//! Runs nothing but the inner queries of semi-joins. Source of the shape: "Query", REST API Developer Guide.

use std::sync::Arc;

use serde_json::{Value, json};

use super::lookup::Tested;
use super::{Asker, World};
use crate::org::error::ApiError;
use crate::org::schema::Schema;
use crate::org::state::State;

/// The plans of a statement, the cheapest first.
///
/// # Errors
/// As [`super::run`].
pub fn explain(
    schema: &Schema,
    state: &Arc<State>,
    asker: &Asker,
    text: &str,
) -> Result<Vec<Value>, ApiError> {
    let plan = super::plan(schema, state, asker, text)?;
    let world = World::of(schema, state, asker);
    let object = &schema.objects[plan.object];
    let rows = state.table(object).live_count();
    let mut tested = Tested::default();
    let mut by_index = None;
    if let Some(filter) = &plan.filter {
        filter.tested(world, object, &mut tested);
        by_index = filter.candidates(world, object).map(|ids| ids.len());
    }
    let note = |fields: &[&str]| {
        json!({
            "description": "Not considering filter for optimization because unindexed",
            "fields": fields,
            "tableEnumOrId": object.name,
        })
    };
    let hidden: &[&str] = if object.deleted_field.is_some() && !asker.deleted {
        &["IsDeleted"]
    } else {
        &[]
    };
    let notes: Vec<Value> = tested
        .other
        .iter()
        .chain(hidden)
        .map(|field| note(&[*field]))
        .collect();
    let made = |kind: &str, cardinality: usize, fields: &[&str], cost: f64| {
        json!({
            "cardinality": cardinality,
            "fields": fields,
            "leadingOperationType": kind,
            "notes": notes,
            "relativeCost": cost,
            "sobjectCardinality": rows,
            "sobjectType": object.name,
        })
    };
    let scan = made("TableScan", rows, &[], 1.0);
    Ok(match by_index {
        Some(found) => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a share, of far fewer rows than 2^52"
            )]
            let cost = found as f64 / rows.max(1) as f64;
            let index = made("Index", found, &tested.indexed, cost);
            if cost < 1.0 {
                vec![index, scan]
            } else {
                vec![scan, index]
            }
        }
        None => vec![scan],
    })
}
