//! What happened to a connection, as a person reads it: the rows of its timeline.
//!
//! Must not know: who writes them or where they are shown. No secret is ever among their words.

use crate::{
    clock::Timestamp,
    connection::AttentionReason,
    id::{ConnectionId, OrganizationId},
};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionEventKind {
    /// An account was connected.
    Connected,
    /// It was connected again.
    Reconnected,
    /// The credential was deleted.
    Disconnected,
    /// The access was renewed.
    Refreshed,
    /// The access was renewed because the provider forgets unused grants.
    KeptAlive,
    /// The provider refused to renew it.
    Refused,
    /// The provider could not be reached, or its answer did not arrive whole.
    Failed,
    /// A renewal that was cut off was tried again with the token from before.
    Retried,
    /// New tokens that had waited on disk for the database were stored.
    Recovered,
    /// The tokens of a renewal are lost.
    Lost,
    /// The provider's sign-in service is in trouble; nothing is sent for a while.
    BreakerOpen,
    /// The provider moved the account to another host.
    MovedHost,
}

impl ConnectionEventKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Connected,
        Self::Reconnected,
        Self::Disconnected,
        Self::Refreshed,
        Self::KeptAlive,
        Self::Refused,
        Self::Failed,
        Self::Retried,
        Self::Recovered,
        Self::Lost,
        Self::BreakerOpen,
        Self::MovedHost,
    ];

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Reconnected => "reconnected",
            Self::Disconnected => "disconnected",
            Self::Refreshed => "refreshed",
            Self::KeptAlive => "kept_alive",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Retried => "retried",
            Self::Recovered => "recovered",
            Self::Lost => "lost",
            Self::BreakerOpen => "breaker_open",
            Self::MovedHost => "moved_host",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// In words for people.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Connected => "Connected",
            Self::Reconnected => "Connected again",
            Self::Disconnected => "Disconnected",
            Self::Refreshed => "Access renewed",
            Self::KeptAlive => "Access renewed to keep it alive",
            Self::Refused => "The provider refused to renew access",
            Self::Failed => "The provider did not answer; nothing is lost",
            Self::Retried => "A renewal that was cut off was tried again",
            Self::Recovered => "New access that had waited for the database was stored",
            Self::Lost => "A renewal was cut off and its result is lost",
            Self::BreakerOpen => "The provider's sign-in service has trouble; waiting",
            Self::MovedHost => "The account moved to another host",
        }
    }
}

/// More about an event. Never holds a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionEventDetail {
    /// The provider's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The provider's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The provider's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The host that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// Something that happened to a connection, once or several times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// Tenant.
    pub organization: OrganizationId,
    /// To which connection.
    pub connection: ConnectionId,
    /// What.
    pub kind: ConnectionEventKind,
    /// Events of one kind and bucket are told as one.
    pub bucket: String,
    /// When it happened first.
    pub first_at: Timestamp,
    /// When it happened last.
    pub last_at: Timestamp,
    /// How often.
    pub count: u64,
    /// More about the last one.
    pub detail: ConnectionEventDetail,
    /// Set when somebody must act.
    pub attention: Option<AttentionReason>,
}

impl ConnectionEvent {
    /// Whether the hub has to change the connection for it.
    pub fn asks_the_hub(&self) -> bool {
        self.attention.is_some() || self.kind == ConnectionEventKind::MovedHost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_and_has_words() {
        for kind in ConnectionEventKind::ALL {
            assert_eq!(ConnectionEventKind::parse(kind.as_str()), Some(kind));
            assert!(!kind.in_words().is_empty());
        }
        assert_eq!(ConnectionEventKind::parse("else"), None);
    }
}
