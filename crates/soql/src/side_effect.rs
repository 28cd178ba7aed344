//! Statements that write although they look like reads ("SOQL and SOSL Reference, FOR VIEW;
//! FOR REFERENCE; UPDATE TRACKING; UPDATE VIEWSTAT"). For callers that promise to read only. The
//! check walks the tree, so text in a string cannot fool it. Must not know who calls.

use crate::Span;
use crate::ast::{Condition, MembershipSource, Query, SelectItem};
use crate::sosl::Search;

/// A clause that writes, and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} makes this statement write: {}", .clause.name(), .clause.effect())]
pub struct SideEffect {
    /// The clause.
    pub clause: SideEffectClause,
    /// Where it stands.
    pub span: Span,
}

/// The clauses that write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SideEffectClause {
    /// `FOR VIEW`.
    ForView,
    /// `FOR REFERENCE`.
    ForReference,
    /// `UPDATE TRACKING`.
    UpdateTracking,
    /// `UPDATE VIEWSTAT`.
    UpdateViewstat,
}

impl SideEffectClause {
    /// The clause as written in a statement.
    pub fn name(self) -> &'static str {
        match self {
            Self::ForView => "FOR VIEW",
            Self::ForReference => "FOR REFERENCE",
            Self::UpdateTracking => "UPDATE TRACKING",
            Self::UpdateViewstat => "UPDATE VIEWSTAT",
        }
    }

    /// What the clause changes.
    pub fn effect(self) -> &'static str {
        match self {
            Self::ForView => "it marks the records as viewed by the user",
            Self::ForReference => "it marks the records as referenced by the user",
            Self::UpdateTracking => "it records the keywords for article tracking",
            Self::UpdateViewstat => "it raises the view counts of articles",
        }
    }
}

/// A statement that can be checked for clauses that write.
pub trait Statement {
    /// The first clause that writes, if any.
    fn side_effect(&self) -> Option<SideEffect>;
}

/// Whether running the statement only reads.
///
/// # Errors
/// The first clause that writes, with its place.
///
/// ```
/// use gatelodge_soql::{is_read_only, parse};
/// let query = parse("SELECT Id FROM Contact WHERE Name = 'FOR VIEW'")?;
/// assert!(is_read_only(&query).is_ok());
/// let query = parse("SELECT Id FROM Contact FOR VIEW")?;
/// assert_eq!(is_read_only(&query).unwrap_err().clause.name(), "FOR VIEW");
/// # Ok::<(), gatelodge_soql::ParseError>(())
/// ```
pub fn is_read_only(statement: &impl Statement) -> Result<(), SideEffect> {
    statement.side_effect().map_or(Ok(()), Err)
}

fn first<const N: usize>(clauses: [(SideEffectClause, Option<Span>); N]) -> Option<SideEffect> {
    clauses.into_iter().find_map(|(clause, span)| {
        Some(SideEffect {
            clause,
            span: span?,
        })
    })
}

impl Statement for Query {
    // The parser refuses these clauses in subqueries, but a tree can be made by hand.
    fn side_effect(&self) -> Option<SideEffect> {
        first([
            (SideEffectClause::ForView, self.for_view),
            (SideEffectClause::ForReference, self.for_reference),
            (SideEffectClause::UpdateTracking, self.update_tracking),
            (SideEffectClause::UpdateViewstat, self.update_viewstat),
        ])
        .or_else(|| items(&self.select))
        .or_else(|| self.filter.as_ref().and_then(condition))
        .or_else(|| self.having.as_ref().and_then(condition))
    }
}

impl Statement for Search {
    fn side_effect(&self) -> Option<SideEffect> {
        first([
            (SideEffectClause::UpdateTracking, self.update_tracking),
            (SideEffectClause::UpdateViewstat, self.update_viewstat),
        ])
        .or_else(|| {
            self.returning.iter().find_map(|returning| {
                items(&returning.fields).or_else(|| returning.filter.as_ref().and_then(condition))
            })
        })
    }
}

fn items(items: &[SelectItem]) -> Option<SideEffect> {
    items.iter().find_map(|item| match item {
        SelectItem::Subquery(query) => query.side_effect(),
        _ => None,
    })
}

fn condition(tree: &Condition) -> Option<SideEffect> {
    match tree {
        Condition::And(members) | Condition::Or(members) => members.iter().find_map(condition),
        Condition::Not(inner) => condition(inner),
        Condition::In(membership) => match &membership.source {
            MembershipSource::Query(query) => query.side_effect(),
            MembershipSource::Values(_) => None,
        },
        Condition::Comparison(_) | Condition::Like(_) | Condition::Includes(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{SideEffectClause, is_read_only};
    use crate::{Span, parse, parse_search};

    // proves SFB-SOQL-33
    #[test]
    fn names_the_clause_and_its_place() {
        // proves SF-3
        for (text, clause, place) in [
            (
                "SELECT Id FROM A FOR VIEW",
                SideEffectClause::ForView,
                "FOR VIEW",
            ),
            (
                "SELECT Id FROM A for  reference",
                SideEffectClause::ForReference,
                "for  reference",
            ),
            (
                "SELECT Id FROM A LIMIT 1 UPDATE TRACKING",
                SideEffectClause::UpdateTracking,
                "UPDATE TRACKING",
            ),
            (
                "SELECT Id FROM A UPDATE\nVIEWSTAT",
                SideEffectClause::UpdateViewstat,
                "UPDATE\nVIEWSTAT",
            ),
        ] {
            let effect = is_read_only(&parse(text).unwrap()).unwrap_err();
            assert_eq!(effect.clause, clause);
            assert_eq!(&text[effect.span.start..effect.span.end], place);
        }
        let search = parse_search("FIND {a} UPDATE TRACKING, VIEWSTAT").unwrap();
        let effect = is_read_only(&search).unwrap_err();
        assert_eq!(
            effect.to_string(),
            "UPDATE TRACKING makes this statement write: it records the keywords for article tracking"
        );
    }

    // proves SFB-SOQL-33
    #[test]
    fn names_and_strings_that_look_like_clauses_are_reads() {
        // proves SF-3
        for text in [
            "SELECT Id, View, Tracking FROM A WHERE Name = 'x FOR VIEW UPDATE TRACKING'",
            "SELECT Id FROM A reference",
            "SELECT Tracking, Viewstat, A.Update FROM A view",
        ] {
            assert!(is_read_only(&parse(text).unwrap()).is_ok(), "{text}");
        }
    }

    #[test]
    fn finds_a_clause_that_a_program_put_into_a_subquery() {
        let mut query = parse("SELECT Id FROM A WHERE (NOT Id IN (SELECT B FROM C))").unwrap();
        assert!(is_read_only(&query).is_ok());
        let mut inner = parse("SELECT B FROM C").unwrap();
        inner.for_view = Some(Span::new(1, 2));
        query
            .select
            .push(crate::ast::SelectItem::Subquery(Box::new(inner)));
        assert!(is_read_only(&query).is_err());
    }
}
