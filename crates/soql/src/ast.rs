//! The tree of a SOQL statement ("SOQL and SOSL Reference, SOQL SELECT Syntax").
//!
//! The tree is for whoever evaluates, checks or prints a query. It keeps names as written
//! (compare them with [`Name::is`], the language ignores case), decodes literals, and drops
//! what carries no meaning (redundant parentheses, the spelling of keywords). It must not know
//! how text becomes a tree, nor whether a name exists in an org.

mod condition;
mod date_literal;
mod expression;
mod select;
mod value;
mod with;

pub use condition::{
    Comparison, ComparisonOperator, Condition, Inclusion, Like, Membership, MembershipSource,
};
pub(crate) use date_literal::DateWord;
pub use date_literal::{DateLiteral, Period, Reach};
pub use expression::{
    Aggregate, AggregateCall, DateCall, DateFunction, Distance, DistanceUnit, Expression,
    FieldCall, FieldPath, FormatCall, Geolocation, Name,
};
pub use select::{FieldSet, FieldsCall, SelectItem, Selected, TypeOf, TypeOfBranch};
pub use value::{Currency, Date, DateTime, Literal, Time, Value};
pub use with::{
    CategorySelection, CategorySelector, DataCategory, UserFilter, VisibilityContext,
    VisibilitySetting, WithClause,
};

use crate::Span;

/// A whole `SELECT` statement, a child subquery, or the query of a semi-join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What is selected, in the order written; never empty.
    pub select: Vec<SelectItem>,
    /// The object asked, with its alias.
    pub from: From,
    /// `USING SCOPE`: the scope's name as written.
    pub scope: Option<Name>,
    /// `WHERE`.
    pub filter: Option<Condition>,
    /// `WITH` clauses in the order written.
    pub with: Vec<WithClause>,
    /// `GROUP BY`.
    pub group_by: Option<GroupBy>,
    /// `HAVING`; the parser gives it only together with `group_by`.
    pub having: Option<Condition>,
    /// `ORDER BY`; empty when absent.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT`.
    pub limit: Option<Count>,
    /// `OFFSET`.
    pub offset: Option<Count>,
    /// `FOR VIEW`: where it stands.
    pub for_view: Option<Span>,
    /// `FOR REFERENCE`: where it stands; never together with `for_view`.
    pub for_reference: Option<Span>,
    /// `UPDATE TRACKING`: where it stands.
    pub update_tracking: Option<Span>,
    /// `UPDATE VIEWSTAT`: where it stands.
    pub update_viewstat: Option<Span>,
    /// The whole statement, without the parentheses around a subquery.
    pub span: Span,
}

/// `FROM Object alias, alias.Relationship alias2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From {
    /// The object, or in a child subquery the child relationship (possibly with a path before it).
    pub object: FieldPath,
    /// The alias; `AS` is not kept.
    pub alias: Option<Name>,
    /// Further entries of the old join form, `c.Account a`.
    pub joins: Vec<FromJoin>,
}

/// One further entry of `FROM`: an alias for a parent path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromJoin {
    /// The path, starting at the alias of an earlier entry.
    pub path: FieldPath,
    /// The alias given to it.
    pub alias: Option<Name>,
}

/// `GROUP BY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupBy {
    /// Plain grouping or one with subtotals.
    pub kind: Grouping,
    /// The expressions grouped by; never empty.
    pub expressions: Vec<Expression>,
    /// From `GROUP` to the end of the list.
    pub span: Span,
}

/// Which rows `GROUP BY` yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// One row per combination.
    Plain,
    /// `ROLLUP(…)`: subtotals along the list.
    Rollup,
    /// `CUBE(…)`: subtotals of every combination.
    Cube,
}

/// One entry of `ORDER BY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderItem {
    /// What is ordered by.
    pub expression: Expression,
    /// Ascending unless `DESC` is written.
    pub direction: Direction,
    /// First (for both directions) unless `NULLS LAST` is written.
    pub nulls: Nulls,
    /// The whole entry.
    pub span: Span,
}

/// `ASC` or `DESC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// `ASC`, the default.
    #[default]
    Ascending,
    /// `DESC`.
    Descending,
}

/// Where rows without a value go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Nulls {
    /// `NULLS FIRST`, the default for both directions.
    #[default]
    First,
    /// `NULLS LAST`.
    Last,
}

/// The whole number of `LIMIT` or `OFFSET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub value: u64,
    /// The number's place, without the keyword.
    pub span: Span,
}
