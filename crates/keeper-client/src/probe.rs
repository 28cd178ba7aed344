//! What a look at a connection shows. A look uses the access token only: no health check ever spends a refresh
//! token (design invariant 7).
//!
//! Must not know: when somebody looks, or what follows.

use gatelodge_model::{AttentionReason, Error};
use serde::{Deserialize, Serialize};

/// What a look at a connection showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// The provider takes the access token, and it leads to the known account.
    Works,
    /// The provider takes the access token no longer; the next use refreshes it. Not a fault by itself: sessions
    /// end all the time.
    SessionOver {
        /// Whether the provider itself said that the grant lives (RFC 7662); false where nobody could tell.
        grant_confirmed: bool,
    },
    /// The grant is gone: the provider itself says that the refresh token works no longer, or there is none.
    GrantEnded {
        /// With its reason and the provider's own words, where there are some.
        error: Error,
        /// What it means for the connection.
        attention: AttentionReason,
    },
    /// The provider knows the token and refuses all the same.
    Refused {
        /// With its reason and the provider's own words.
        error: Error,
    },
    /// No answer, or none of the provider's: nothing is known.
    Unreachable {
        /// What kept it from arriving.
        error: Error,
    },
    /// The stored credential cannot be used: it does not open, or leads to a host that is not accepted.
    Unusable {
        /// What is wrong.
        error: Error,
        /// What it means for the connection.
        attention: AttentionReason,
    },
    /// There is no credential.
    NotConnected,
    /// The provider has nothing to look at.
    Unsupported,
}

impl ProbeOutcome {
    /// The word in logs and counts.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::SessionOver { .. } => "session_over",
            Self::GrantEnded { .. } => "grant_ended",
            Self::Refused { .. } => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::Unusable { .. } => "unusable",
            Self::NotConnected => "not_connected",
            Self::Unsupported => "unsupported",
        }
    }
}
