//! What the language has and a query job does not take.
//!
//! Must not know objects or fields; those are checked when the query is compiled.
//! Source: "Bulk API 2.0 Developer Guide, SOQL Considerations".

use gatelodge_soql::ast::{Query, SelectItem};

use crate::org::ApiError;

/// Refuses what cannot be exported; a statement with a syntax error is left to the compiler.
///
/// # Errors
/// `FeatureNotEnabled` with the reason.
pub(super) fn check(text: &str) -> Result<(), ApiError> {
    let Ok(query) = gatelodge_soql::parse(text) else {
        return Ok(());
    };
    match refusal(&query) {
        Some(reason) => Err(ApiError::new(400, "FeatureNotEnabled", reason)),
        None => Ok(()),
    }
}

/// May the work be split by ranges of ids?
pub fn is_splittable(text: &str) -> bool {
    gatelodge_soql::parse(text)
        .is_ok_and(|query| query.limit.is_none() && query.order_by.is_empty())
}

fn refusal(query: &Query) -> Option<&'static str> {
    if query.group_by.is_some() {
        return Some("GROUP BY not supported in Bulk Query");
    }
    if query.offset.is_some() {
        return Some("OFFSET not supported in Bulk Query");
    }
    query.select.iter().find_map(|item| match item {
        SelectItem::CountAll(_) => Some("Aggregate functions not supported in Bulk Query"),
        SelectItem::Expression(selected) if selected.expression.is_aggregate() => {
            Some("Aggregate functions not supported in Bulk Query")
        }
        SelectItem::Subquery(_) => {
            Some("Aggregate Relationships not supported in Bulk V2 Query with CSV content type")
        }
        SelectItem::TypeOf(_) => Some("TYPEOF not supported in Bulk Query"),
        _ => None,
    })
}
