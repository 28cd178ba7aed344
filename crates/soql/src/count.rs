//! Turns a query for rows into one for their number ("SOQL and SOSL Reference, `COUNT()`"), for
//! callers that want to know how much there is before they read it. Must not know what is done
//! with the number.

use crate::ast::{Query, SelectItem};
use crate::{SideEffect, Span, Statement as _};

/// Why the rows of a query cannot be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCountable {
    /// `GROUP BY`: the rows are groups, and `COUNT()` counts records.
    #[error("a grouped query yields groups, which COUNT() does not count")]
    Grouped(Span),
    /// An aggregate without `GROUP BY`: the result is one row whatever there is.
    #[error("a query of aggregates yields a single row")]
    Aggregated(Span),
    /// `OFFSET`: `COUNT()` counts from the first record on.
    #[error("OFFSET has no meaning for a count")]
    Paged(Span),
    /// A clause that writes would write although nothing is read.
    #[error(transparent)]
    Writes(#[from] SideEffect),
}

/// The query that counts what the given one would yield: `SELECT COUNT()` with the same object,
/// scope, conditions and limit. Order is dropped. A query that counts already stays as it is.
///
/// # Errors
/// Where a number of records has no meaning; see [`NotCountable`].
///
/// ```
/// use gatelodge_soql::{parse, to_count};
/// let query = parse("SELECT Id, Name FROM Account WHERE Name LIKE 'A%' ORDER BY Name")?;
/// let count = to_count(query).map_err(|reason| reason.to_string());
/// assert_eq!(
///     count.map(|count| count.to_string()),
///     Ok("SELECT COUNT() FROM Account WHERE Name LIKE 'A%'".to_owned())
/// );
/// # Ok::<(), gatelodge_soql::ParseError>(())
/// ```
pub fn to_count(mut query: Query) -> Result<Query, NotCountable> {
    if let Some(group_by) = &query.group_by {
        return Err(NotCountable::Grouped(group_by.span));
    }
    let aggregate = query.select.iter().find_map(|item| match item {
        SelectItem::Expression(selected) if selected.expression.is_aggregate() => {
            Some(selected.span)
        }
        _ => None,
    });
    if let Some(span) = aggregate {
        return Err(NotCountable::Aggregated(span));
    }
    if let Some(offset) = query.offset {
        return Err(NotCountable::Paged(offset.span));
    }
    if let Some(effect) = query.side_effect() {
        return Err(effect.into());
    }
    let first = query.select.first().map(SelectItem::span);
    let last = query.select.last().map(SelectItem::span);
    let span = first
        .zip(last)
        .map_or(query.span, |(first, last)| first.to(last));
    query.select = vec![SelectItem::CountAll(span)];
    query.order_by = Vec::new();
    Ok(query)
}

#[cfg(test)]
mod tests {
    use super::{NotCountable, to_count};
    use crate::parse;

    #[test]
    fn keeps_what_decides_how_many() {
        for (text, expected) in [
            ("SELECT COUNT() FROM A", "SELECT COUNT() FROM A"),
            (
                "SELECT a.Id, (SELECT Id FROM a.Cs), FIELDS(ALL) FROM A a USING SCOPE mine \
                 WHERE a.B IN (SELECT C FROM D) WITH USER_MODE ORDER BY a.E LIMIT 5",
                "SELECT COUNT() FROM A a USING SCOPE mine WHERE a.B IN (SELECT C FROM D) \
                 WITH USER_MODE LIMIT 5",
            ),
        ] {
            let count = to_count(parse(text).unwrap()).unwrap().to_string();
            assert_eq!(count, expected);
            parse(&count).unwrap();
        }
    }

    #[test]
    fn refuses_where_a_number_of_records_has_no_meaning() {
        let refused = |text: &str| to_count(parse(text).unwrap()).unwrap_err();
        assert!(matches!(
            refused("SELECT B FROM A GROUP BY B"),
            NotCountable::Grouped(_)
        ));
        assert!(matches!(
            refused("SELECT MAX(B) FROM A"),
            NotCountable::Aggregated(_)
        ));
        let text = "SELECT Id FROM A LIMIT 1 OFFSET 20";
        assert!(
            matches!(refused(text), NotCountable::Paged(at) if &text[at.start..at.end] == "20")
        );
        assert_eq!(
            refused("SELECT Id FROM A FOR VIEW").to_string(),
            "FOR VIEW makes this statement write: it marks the records as viewed by the user"
        );
    }
}
