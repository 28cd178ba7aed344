//! The scope list: scope, why, which tools need it, granted or not.
//!
//! Must not know: providers.

use crate::text::{Visible, visible};

/// Whether a scope is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granted {
    /// Nobody was asked yet.
    NotAsked,
    Yes,
    No,
}

/// One scope.
#[derive(Debug, Clone)]
pub(crate) struct ScopeRow {
    pub(crate) name: Visible,
    pub(crate) reason: Visible,
    pub(crate) tools: Vec<String>,
    pub(crate) granted: Granted,
}

impl ScopeRow {
    pub(crate) fn new(name: &str, reason: &str, tools: &[String], granted: Granted) -> Self {
        Self {
            name: visible(name),
            reason: visible(reason),
            tools: tools.to_vec(),
            granted,
        }
    }
}
