//! Non-human callers and what they may do.
//!
//! Must not know: the token's text; only its hash and its shown beginning are kept.

use crate::{
    clock::Timestamp,
    digest::Digest,
    id::{AgentId, OrganizationId, UserId},
};
use serde::{Deserialize, Serialize};

/// What an agent's token allows. No value allows approving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentAccess {
    /// Sees and calls tools that read.
    ReadOnly,
    /// Also proposes writes, which a person decides.
    ReadAndPropose,
}

impl AgentAccess {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::ReadAndPropose => "read_and_propose",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "read_only" => Some(Self::ReadOnly),
            "read_and_propose" => Some(Self::ReadAndPropose),
            _ => None,
        }
    }
}

/// A caller with an API token that acts for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Identity.
    pub id: AgentId,
    /// Tenant.
    pub organization: OrganizationId,
    /// The person it acts for.
    pub user: UserId,
    /// Shown name, given by that person.
    pub name: String,
    /// Rights.
    pub access: AgentAccess,
    /// Hash of the API token.
    pub token_digest: Digest,
    /// First characters of the token, to recognise it by.
    pub token_prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last use, at minute precision.
    pub last_used_at: Option<Timestamp>,
    /// When the token was taken away, if it was.
    pub revoked_at: Option<Timestamp>,
}
