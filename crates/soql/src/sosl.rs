//! The tree of a SOSL statement and its parser ("SOQL and SOSL Reference, SOSL Syntax").
//!
//! The language shares names, expressions, conditions and ordering with SOQL, so the tree does
//! too. Must not know how a search is carried out: indexes, ranking and minimum word lengths are
//! for the evaluator.

mod parser;
mod term;

pub use parser::parse_search;

use crate::ast::{Condition, Count, DataCategory, Literal, Name, OrderItem, SelectItem};
use crate::{Pattern, Span};

/// `FIND {term} …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What is searched for.
    pub term: SearchTerm,
    /// The place of the term, without braces.
    pub term_span: Span,
    /// `IN … FIELDS`; all fields when absent.
    pub group: SearchGroup,
    /// `RETURNING`; empty means every searchable object, ids only.
    pub returning: Vec<Returning>,
    /// `WITH` clauses in the order written.
    pub with: Vec<SearchWith>,
    /// The overall `LIMIT`.
    pub limit: Option<Count>,
    /// `UPDATE TRACKING`: where it stands.
    pub update_tracking: Option<Span>,
    /// `UPDATE VIEWSTAT`: where it stands.
    pub update_viewstat: Option<Span>,
    /// The whole statement.
    pub span: Span,
}

/// The search term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchTerm {
    /// One word, possibly with wildcards.
    Word(Pattern),
    /// A quoted phrase, possibly with wildcards.
    Phrase(Pattern),
    /// All of two or more terms; words side by side are joined so too. A [`Self::Not`] stands
    /// only here, and never first.
    And(Vec<SearchTerm>),
    /// Any of two or more terms.
    Or(Vec<SearchTerm>),
    /// The term of `AND NOT`.
    Not(Box<SearchTerm>),
}

/// Which fields are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(missing_docs, reason = "each is named like its keyword")]
pub enum SearchGroup {
    #[default]
    All,
    Name,
    Email,
    Phone,
    Sidebar,
}

/// One object of `RETURNING`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returning {
    /// The object.
    pub object: Name,
    /// The fields wanted; empty (no parentheses) means the id only. Items are expressions
    /// without alias and `FIELDS(…)`.
    pub fields: Vec<SelectItem>,
    /// `USING ListView=`.
    pub list_view: Option<Name>,
    /// `WHERE`.
    pub filter: Option<Condition>,
    /// `ORDER BY`; empty when absent.
    pub order_by: Vec<OrderItem>,
    /// `LIMIT`.
    pub limit: Option<Count>,
    /// `OFFSET`.
    pub offset: Option<Count>,
    /// The whole entry.
    pub span: Span,
}

/// A `WITH` clause and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWith {
    /// What it asks.
    pub kind: SearchWithKind,
    /// From `WITH` on.
    pub span: Span,
}

/// What a `WITH` clause of a search asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchWithKind {
    /// `DIVISION = 'x'`.
    Division(Literal),
    /// `DATA CATEGORY …`.
    DataCategory(DataCategory),
    /// `HIGHLIGHT`.
    Highlight,
    /// `SNIPPET`, with the target length if given.
    Snippet(Option<Count>),
    /// `NETWORK = 'id'` or `NETWORK IN ('id', …)`; never empty.
    Network(Vec<Literal>),
    /// `PricebookId = 'id'`.
    Pricebook(Literal),
    /// `METADATA = 'LABELS'`.
    Metadata(Literal),
    /// `SPELL_CORRECTION = true | false`.
    SpellCorrection(bool),
}
