//! Who does something, for whom, and through which door: the context of every operation.
//!
//! Must not know: how a caller proved who it is.

use crate::id::{AgentId, OrganizationId, RequestId, UserId};
use serde::{Deserialize, Serialize};

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person, through a browser session.
    User {
        /// The person.
        user: UserId,
    },
    /// An agent, with the rights of the person it acts for.
    Agent {
        /// The agent.
        agent: AgentId,
        /// The person.
        on_behalf_of: UserId,
    },
    /// The hub itself: start-up, schedules, the command line of its operator.
    System,
}

impl Actor {
    /// The person whose rights apply, if any.
    pub const fn person(&self) -> Option<UserId> {
        match self {
            Self::User { user } => Some(*user),
            Self::Agent { on_behalf_of, .. } => Some(*on_behalf_of),
            Self::System => None,
        }
    }

    /// The agent, if one acts.
    pub const fn agent(&self) -> Option<AgentId> {
        match self {
            Self::Agent { agent, .. } => Some(*agent),
            Self::User { .. } | Self::System => None,
        }
    }
}

/// The door through which a caller came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Face {
    /// REST.
    Rest,
    /// Model Context Protocol.
    Mcp,
    /// Pages.
    Ui,
    /// No door: the hub's own work.
    Job,
}

impl Face {
    /// All doors.
    pub const ALL: [Self; 4] = [Self::Rest, Self::Mcp, Self::Ui, Self::Job];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Mcp => "mcp",
            Self::Ui => "ui",
            Self::Job => "job",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|face| face.as_str() == text)
    }
}

/// What every use case is told about its caller.
#[derive(Debug, Clone)]
pub struct OperationContext {
    /// The tenant; every lookup is bounded by it.
    pub organization: OrganizationId,
    /// Who.
    pub actor: Actor,
    /// Which door.
    pub face: Face,
    /// Joins answer, log lines and audit events.
    pub request: RequestId,
}
