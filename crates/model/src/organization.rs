//! The tenant and its people.
//!
//! Must not know: how people sign in (`session`) or how rows are stored.

use crate::{
    clock::Timestamp,
    id::{OrganizationId, UserId},
    policy::Policy,
    switches::SwitchedOff,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The tenant: isolation boundary and owner of all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Identity.
    pub id: OrganizationId,
    /// Shown in the top bar.
    pub name: String,
    /// Rules for tool calls.
    pub policy: Policy,
    /// Which providers cannot be used.
    pub off: SwitchedOff,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a person may do beyond using their own connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Uses own connections and agents.
    Member,
    /// Reads settings and the whole audit log, changes nothing.
    Auditor,
    /// Sets up OAuth apps and people.
    Admin,
    /// An administrator who cannot be removed by other administrators.
    Owner,
}

impl Role {
    /// Whether settings of the organization may be changed.
    pub const fn administers(self) -> bool {
        matches!(self, Self::Admin | Self::Owner)
    }

    /// Whether the whole audit log may be read.
    pub const fn reads_audit(self) -> bool {
        matches!(self, Self::Auditor | Self::Admin | Self::Owner)
    }

    /// Whether own accounts may be connected and own agents kept.
    pub const fn connects(self) -> bool {
        !matches!(self, Self::Auditor)
    }

    /// The word in pages, documents and rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a role: owner, admin, member or auditor")]
pub struct InvalidRole(String);

impl FromStr for Role {
    type Err = InvalidRole;
    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        match text {
            "member" => Ok(Self::Member),
            "auditor" => Ok(Self::Auditor),
            "admin" => Ok(Self::Admin),
            "owner" => Ok(Self::Owner),
            other => Err(InvalidRole(other.to_owned())),
        }
    }
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Sign-in name, lower case, unique in the instance.
    pub email: String,
    /// Shown name.
    pub name: String,
    /// Rights.
    pub role: Role,
    /// Argon2id hash in PHC string form; none until the first password is set.
    pub password_hash: Option<String>,
    /// When the person was added.
    pub created_at: Timestamp,
    /// When access was taken away, if it was.
    pub removed_at: Option<Timestamp>,
}
