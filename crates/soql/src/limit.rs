//! Caps the rows a query yields ("SOQL and SOSL Reference, LIMIT"), for callers that hand the
//! result to someone with little room. Must not know the caller's page sizes.

use crate::Span;
use crate::ast::{Count, Query, SelectItem};

/// The same query with at most `at_most` rows: a `LIMIT` is added, or lowered when it is higher.
///
/// A query of aggregates without `GROUP BY` yields one row, and the vendor refuses a `LIMIT` on
/// it; with `COUNT()` a limit would change the count. Both are left alone.
///
/// ```
/// use gatelodge_soql::{parse, with_limit};
/// let query = with_limit(parse("SELECT Id FROM Account LIMIT 5000")?, 200);
/// assert_eq!(query.to_string(), "SELECT Id FROM Account LIMIT 200");
/// # Ok::<(), gatelodge_soql::ParseError>(())
/// ```
#[must_use]
pub fn with_limit(mut query: Query, at_most: u64) -> Query {
    if !yields_one_row(&query) {
        query.limit = match query.limit {
            Some(limit) if limit.value <= at_most => Some(limit),
            Some(limit) => Some(Count {
                value: at_most,
                span: limit.span,
            }),
            None => Some(Count {
                value: at_most,
                span: Span::new(query.span.end, query.span.end),
            }),
        };
    }
    query
}

fn yields_one_row(query: &Query) -> bool {
    query.group_by.is_none()
        && query.select.iter().any(|item| match item {
            SelectItem::CountAll(_) => true,
            SelectItem::Expression(selected) => selected.expression.is_aggregate(),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::with_limit;
    use crate::parse;

    #[test]
    fn adds_or_lowers_and_leaves_single_rows_alone() {
        for (text, expected) in [
            ("SELECT Id FROM A", "SELECT Id FROM A LIMIT 10"),
            ("SELECT Id FROM A LIMIT 3", "SELECT Id FROM A LIMIT 3"),
            (
                "SELECT Id FROM A LIMIT 30 OFFSET 2",
                "SELECT Id FROM A LIMIT 10 OFFSET 2",
            ),
            ("SELECT COUNT() FROM A", "SELECT COUNT() FROM A"),
            (
                "SELECT FORMAT(MAX(B)) FROM A",
                "SELECT FORMAT(MAX(B)) FROM A",
            ),
            (
                "SELECT C, MAX(B) FROM A GROUP BY C",
                "SELECT C, MAX(B) FROM A GROUP BY C LIMIT 10",
            ),
        ] {
            assert_eq!(with_limit(parse(text).unwrap(), 10).to_string(), expected);
        }
    }
}
