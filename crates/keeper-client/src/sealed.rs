//! Customers' data that the keeper seals: proposals with their arguments and previews, and outcomes.
//!
//! Must not know: the data's shape.

use crate::wire;
use gatelodge_model::{AgentId, OrganizationId, UserId};
use serde::{Deserialize, Serialize};

/// What was sealed; part of the key derivation, so one kind never opens as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealedKind {
    /// Frozen bytes of a proposal.
    Proposal,
    /// The outcome of its execution.
    Outcome,
}

impl SealedKind {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposal => "proposal",
            Self::Outcome => "outcome",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "proposal" => Some(Self::Proposal),
            "outcome" => Some(Self::Outcome),
            _ => None,
        }
    }
}

/// Bytes to seal, and who may have them opened.
#[derive(Clone, Serialize, Deserialize)]
pub struct SealRequest {
    /// Tenant.
    pub organization: OrganizationId,
    /// What it is.
    pub kind: SealedKind,
    /// The person whose connection is used.
    pub user: UserId,
    /// The agent that asked.
    pub agent: Option<AgentId>,
    /// The bytes.
    #[serde(with = "wire::bytes")]
    pub bytes: Vec<u8>,
}

/// Who wants to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Viewer {
    /// A person in a browser session.
    User(UserId),
    /// An agent: only what it asked for itself.
    Agent(AgentId),
    /// A second person, who administers and is not the one whose connection is used: proposals only.
    SecondPerson(UserId),
    /// The hub, to execute or settle an approved proposal.
    Execution,
}
