//! One finding.
//!
//! Must not know: what was looked at.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing to do.
    Ok,
    /// Somebody should look.
    Warn,
    /// It does not work.
    Fail,
}

impl Level {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

impl Finding {
    pub(super) fn ok(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            check: check.into(),
            level: Level::Ok,
            found: found.into(),
            todo: None,
        }
    }

    pub(super) fn warn(check: impl Into<String>, found: impl Into<String>, todo: &str) -> Self {
        Self {
            level: Level::Warn,
            todo: Some(todo.to_owned()),
            ..Self::ok(check, found)
        }
    }

    pub(super) fn fail(check: impl Into<String>, found: impl Into<String>, todo: &str) -> Self {
        Self {
            level: Level::Fail,
            ..Self::warn(check, found, todo)
        }
    }
}
