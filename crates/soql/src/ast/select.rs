//! What a query selects ("SOQL and SOSL Reference, `SELECT`; `TYPEOF`; `FIELDS()`"). Must not know
//! which items may stand together; that is for the evaluator.

use super::{Expression, FieldPath, Name, Query};
use crate::Span;

/// One item of the `SELECT` list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectItem {
    /// A field or function call, with an optional alias.
    Expression(Selected),
    /// `COUNT()`: the number of rows; always the only item.
    CountAll(Span),
    /// `(SELECT … FROM ChildRelationship)`.
    Subquery(Box<Query>),
    /// `TYPEOF … END`.
    TypeOf(TypeOf),
    /// `FIELDS(…)`.
    Fields(FieldsCall),
}

impl SelectItem {
    /// Where the item stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Expression(selected) => selected.span,
            Self::CountAll(span) => *span,
            Self::Subquery(query) => query.span,
            Self::TypeOf(choice) => choice.span,
            Self::Fields(call) => call.span,
        }
    }
}

/// A selected field or function call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// What is selected.
    pub expression: Expression,
    /// The name it gets in the result.
    pub alias: Option<Name>,
    /// Expression and alias.
    pub span: Span,
}

/// `TYPEOF relationship WHEN Type THEN fields … [ELSE fields] END`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeOf {
    /// The polymorphic relationship.
    pub relationship: FieldPath,
    /// The `WHEN` branches; never empty.
    pub branches: Vec<TypeOfBranch>,
    /// The fields of `ELSE`; empty when absent.
    pub otherwise: Vec<FieldPath>,
    /// From `TYPEOF` to `END`.
    pub span: Span,
}

/// `WHEN Type THEN fields`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeOfBranch {
    /// The object type.
    pub object: Name,
    /// The fields selected for it; never empty.
    pub fields: Vec<FieldPath>,
}

/// `FIELDS(ALL | STANDARD | CUSTOM)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldsCall {
    /// Which fields.
    pub set: FieldSet,
    /// The whole call.
    pub span: Span,
}

/// The sets that `FIELDS()` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldSet {
    /// Every field.
    All,
    /// The standard fields.
    Standard,
    /// The custom fields.
    Custom,
}
