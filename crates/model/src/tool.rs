//! Names and effects of tools. The contract of a tool is in `provider`.
//!
//! Must not know: providers.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a tool does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing changes.
    Read,
    /// Something is created or changed.
    Write,
    /// Something is removed.
    Destructive,
}

impl Effect {
    /// Whether a person decides by default.
    pub const fn is_write(self) -> bool {
        !matches!(self, Self::Read)
    }
}

/// `provider_verb_object`: lower-case letters, digits and underscores, 1 to 64 characters, so that every
/// LLM interface and MCP client takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ToolName(String);

/// Text that is not a tool name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a tool name: lower-case letters, digits and underscores, 1 to 64 characters")]
pub struct InvalidToolName(String);

impl ToolName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ToolName {
    type Err = InvalidToolName;
    fn from_str(text: &str) -> Result<Self, InvalidToolName> {
        let well_formed = (1..=64).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidToolName(text.chars().take(80).collect()))
        }
    }
}

impl TryFrom<String> for ToolName {
    type Error = InvalidToolName;
    fn try_from(text: String) -> Result<Self, InvalidToolName> {
        text.parse()
    }
}

impl From<ToolName> for String {
    fn from(name: ToolName) -> Self {
        name.0
    }
}

impl fmt::Display for ToolName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        assert!("salesforce_update_record".parse::<ToolName>().is_ok());
        for bad in ["", "Salesforce", "a-b", "a.b", "1a", "ä", &"a".repeat(65)] {
            assert!(bad.parse::<ToolName>().is_err(), "{bad}");
        }
    }
}
