//! The durable link between a person and an account at a provider (design section 5).
//!
//! Must not know: the credential. It is the keeper's; nothing here would let anybody call the provider.

use crate::{
    clock::Timestamp,
    id::{ConnectionId, OAuthAppId, OrganizationId, UserId},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where the account lives, as pages show it beside every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// The company's real data.
    Production,
    /// A copy for tests, at the provider.
    Sandbox,
    /// Our own stand-in.
    Practice,
}

impl Environment {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
            Self::Practice => "practice",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "production" => Some(Self::Production),
            "sandbox" => Some(Self::Sandbox),
            "practice" => Some(Self::Practice),
            _ => None,
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who we are at the provider through this connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalAccount {
    /// The provider's id of the organization.
    pub organization_id: String,
    /// Its name, where the provider tells.
    pub organization_name: Option<String>,
    /// The provider's id of the user.
    pub user_id: String,
    /// Sign-in name at the provider.
    pub username: String,
    /// Shown name at the provider.
    pub display_name: Option<String>,
}

/// Why somebody must act before the connection works again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionReason {
    /// The provider ended the grant: password change, revocation, long inactivity, too many grants.
    GrantEnded,
    /// A refresh was cut off and its result is lost.
    LostRotation,
    /// An administrator at the provider blocked or removed our OAuth app.
    AppBlocked,
    /// The access token ended and there is no refresh token.
    SessionEnded,
    /// The provider answers from a host that we do not accept.
    HostRefused,
    /// The stored credential does not open.
    Integrity,
    /// An administrator deleted the OAuth app that the connection is bound to.
    AppDeleted,
}

impl AttentionReason {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GrantEnded => "grant_ended",
            Self::LostRotation => "lost_rotation",
            Self::AppBlocked => "app_blocked",
            Self::SessionEnded => "session_ended",
            Self::HostRefused => "host_refused",
            Self::Integrity => "integrity",
            Self::AppDeleted => "app_deleted",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::GrantEnded,
            Self::LostRotation,
            Self::AppBlocked,
            Self::SessionEnded,
            Self::HostRefused,
            Self::Integrity,
            Self::AppDeleted,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == text)
    }
}

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionStatus {
    /// A flow is open.
    Pending,
    /// Usable.
    Active,
    /// Usable, but a scope or offline refresh is missing.
    Limited,
    /// Somebody must act.
    Attention(AttentionReason),
    /// The credential is gone.
    Disconnected,
}

impl ConnectionStatus {
    /// Whether calls may be tried.
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Active | Self::Limited)
    }

    /// The stored word, without the reason.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Limited => "limited",
            Self::Attention(_) => "attention",
            Self::Disconnected => "disconnected",
        }
    }

    /// Reads the stored words.
    pub fn parse(status: &str, reason: Option<&str>) -> Option<Self> {
        match status {
            "pending" => Some(Self::Pending),
            "active" => Some(Self::Active),
            "limited" => Some(Self::Limited),
            "attention" => AttentionReason::parse(reason?).map(Self::Attention),
            "disconnected" => Some(Self::Disconnected),
            _ => None,
        }
    }

    /// The reason, where there is one.
    pub const fn reason(self) -> Option<AttentionReason> {
        match self {
            Self::Attention(reason) => Some(reason),
            _ => None,
        }
    }
}

/// A person's link to an account at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Identity; survives reconnecting.
    pub id: ConnectionId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Whose it is.
    pub user: UserId,
    /// Slug of the provider.
    pub provider: String,
    /// The registration it is bound to.
    pub oauth_app: OAuthAppId,
    /// Where the account lives.
    pub environment: Environment,
    /// State.
    pub status: ConnectionStatus,
    /// Who we are there; none while the first flow is open.
    pub account: Option<ExternalAccount>,
    /// Host of the account, for people to see; calls use the sealed one.
    pub host: Option<String>,
    /// Scopes that the provider granted.
    pub granted_scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the status last changed.
    pub status_changed_at: Timestamp,
    /// Optimistic lock; grows with each change.
    pub version: i64,
}

impl Connection {
    /// The words people know it by: account at host, or the provider while connecting.
    pub fn label(&self) -> String {
        match (&self.account, &self.host) {
            (Some(account), Some(host)) => format!("{} at {host}", account.username),
            (Some(account), None) => account.username.clone(),
            _ => self.provider.clone(),
        }
    }
}
