//! Conditions of `WHERE` and `HAVING` ("SOQL and SOSL Reference, WHERE; Condition Expression
//! Syntax; Comparison Operators; Logical Operators"). Must not know fields' types.

use super::{Expression, Literal, Query};
use crate::{Pattern, Span};

/// A condition. Parentheses that change nothing leave no trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// All of two or more conditions.
    And(Vec<Condition>),
    /// Any of two or more conditions.
    Or(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// `= != < <= > >=`.
    Comparison(Comparison),
    /// `LIKE`.
    Like(Like),
    /// `IN` and `NOT IN`, with values or as semi-join or anti-join.
    In(Membership),
    /// `INCLUDES` and `EXCLUDES` on a multi-select picklist.
    Includes(Inclusion),
}

/// An expression compared with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The left side.
    pub left: Expression,
    /// The operator.
    pub operator: ComparisonOperator,
    /// The right side.
    pub value: Literal,
    /// The whole comparison.
    pub span: Span,
}

/// The operators that compare with one value; `<>` is read as `!=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ComparisonOperator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// `left LIKE 'pattern'`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like {
    /// The left side.
    pub left: Expression,
    /// The pattern, wildcards told apart from escaped characters.
    pub pattern: Pattern,
    /// The place of the pattern's string.
    pub pattern_span: Span,
    /// The whole comparison.
    pub span: Span,
}

/// `left [NOT] IN (…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The left side.
    pub left: Expression,
    /// `NOT IN`.
    pub negated: bool,
    /// What the left side is looked for in.
    pub source: MembershipSource,
    /// The whole comparison.
    pub span: Span,
}

/// The right side of `IN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MembershipSource {
    /// A list of values; never empty.
    Values(Vec<Literal>),
    /// The query of a semi-join (`IN`) or anti-join (`NOT IN`).
    Query(Box<Query>),
}

/// `left INCLUDES ('A;B', 'C')` or `EXCLUDES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The left side.
    pub left: Expression,
    /// `EXCLUDES`.
    pub negated: bool,
    /// The strings as written; within one, `;` means "and". Never empty.
    pub values: Vec<Literal>,
    /// The whole comparison.
    pub span: Span,
}
