//! The clauses of a query behind `SELECT`, in their order; each prints with its keyword. Must not
//! know how they are laid out.

use std::fmt::{Display, Formatter, Result};

use super::list;
use crate::ast::{Condition, From, GroupBy, Name, OrderItem, Query, WithClause};

/// One clause.
pub(super) enum Clause<'query> {
    From(&'query From, Option<&'query Name>),
    /// `WHERE` or `HAVING`.
    Condition(&'static str, &'query Condition),
    With(&'query WithClause),
    GroupBy(&'query GroupBy),
    OrderBy(&'query [OrderItem]),
    Number(&'static str, u64),
    Words(&'static str),
}

/// The clauses that the query has.
pub(super) fn clauses(query: &Query) -> Vec<Clause<'_>> {
    let mut clauses = vec![Clause::From(&query.from, query.scope.as_ref())];
    let condition = |word| move |condition| Clause::Condition(word, condition);
    clauses.extend(query.filter.as_ref().map(condition("WHERE")));
    clauses.extend(query.with.iter().map(Clause::With));
    clauses.extend(query.group_by.as_ref().map(Clause::GroupBy));
    clauses.extend(query.having.as_ref().map(condition("HAVING")));
    if !query.order_by.is_empty() {
        clauses.push(Clause::OrderBy(&query.order_by));
    }
    clauses.extend(
        query
            .limit
            .map(|limit| Clause::Number("LIMIT", limit.value)),
    );
    clauses.extend(
        query
            .offset
            .map(|offset| Clause::Number("OFFSET", offset.value)),
    );
    clauses.extend(query.for_view.map(|_| Clause::Words("FOR VIEW")));
    clauses.extend(query.for_reference.map(|_| Clause::Words("FOR REFERENCE")));
    clauses.extend(
        update(
            query.update_tracking.is_some(),
            query.update_viewstat.is_some(),
        )
        .map(Clause::Words),
    );
    clauses
}

/// The `UPDATE` clause of both languages.
pub(super) fn update(tracking: bool, viewstat: bool) -> Option<&'static str> {
    match (tracking, viewstat) {
        (true, true) => Some("UPDATE TRACKING, VIEWSTAT"),
        (true, false) => Some("UPDATE TRACKING"),
        (false, true) => Some("UPDATE VIEWSTAT"),
        (false, false) => None,
    }
}

impl Display for Clause<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> Result {
        match self {
            Self::From(from, scope) => {
                write!(formatter, "FROM {from}")?;
                scope.map_or(Ok(()), |scope| write!(formatter, " USING SCOPE {scope}"))
            }
            Self::Condition(word, condition) => write!(formatter, "{word} {condition}"),
            Self::With(with) => write!(formatter, "WITH {with}"),
            Self::GroupBy(group_by) => group_by.fmt(formatter),
            Self::OrderBy(items) => {
                formatter.write_str("ORDER BY ")?;
                list(formatter, items)
            }
            Self::Number(word, number) => write!(formatter, "{word} {number}"),
            Self::Words(words) => formatter.write_str(words),
        }
    }
}
