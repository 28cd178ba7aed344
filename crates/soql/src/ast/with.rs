//! `WITH` clauses ("SOQL and SOSL Reference, WITH; WITH DATA CATEGORY"). Must not know the
//! category groups of an org.

use super::{Literal, Name};
use crate::Span;

/// One `WITH` clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WithClause {
    /// `WITH SECURITY_ENFORCED`.
    SecurityEnforced(Span),
    /// `WITH USER_MODE`.
    UserMode(Span),
    /// `WITH SYSTEM_MODE`.
    SystemMode(Span),
    /// `WITH DATA CATEGORY …`.
    DataCategory(DataCategory),
    /// `WITH UserId = '005…'`.
    User(UserFilter),
    /// `WITH RecordVisibilityContext (…)`.
    RecordVisibility(VisibilityContext),
}

/// `WITH UserId = '005…'`: whose profile feed is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFilter {
    /// The user's id, a string.
    pub user: Literal,
    /// The whole clause.
    pub span: Span,
}

/// `DATA CATEGORY group selector categories [AND …]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataCategory {
    /// The selections, all of which must hold; never empty.
    pub selections: Vec<CategorySelection>,
    /// The whole clause.
    pub span: Span,
}

/// `Geography__c AT (usa__c, uk__c)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategorySelection {
    /// The category group.
    pub group: Name,
    /// Which neighbours of the categories are meant.
    pub selector: CategorySelector,
    /// The categories; never empty.
    pub categories: Vec<Name>,
}

/// Which categories are meant, seen from the named ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named like its keyword")]
pub enum CategorySelector {
    At,
    Above,
    Below,
    AboveOrBelow,
}

/// `RecordVisibilityContext (maxDescriptorPerRecord=100, supportsDomains=true)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibilityContext {
    /// The settings in the order written; never empty.
    pub settings: Vec<VisibilitySetting>,
    /// The whole clause.
    pub span: Span,
}

/// `name = value` with a number or a boolean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibilitySetting {
    /// The setting.
    pub name: Name,
    /// Its value.
    pub value: Literal,
}
