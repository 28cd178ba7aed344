//! What the authority remembers about grants and tokens, and the changes that the append log keeps.
//!
//! Tokens appear as SHA-256 digests only; a stolen log opens nothing.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::oauth::App;
use crate::oauth::instance::Instance;
use crate::oauth::memory::Lasting;
use crate::oauth::policy::Policy;
use crate::oauth::secrets::Digest;
use crate::org::UserId;

/// One approval of an app by a user that came with a refresh token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Number of the grant; a higher one is younger.
    pub id: u64,
    /// The app.
    pub client_id: String,
    /// The user.
    pub user: UserId,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The refresh token that works now.
    pub refresh: Digest,
    /// Refresh tokens that rotation has replaced; a replay of one ends the grant.
    #[serde(default)]
    pub spent: Vec<Digest>,
    /// When the user approved; the beginning of time in logs that did not keep it.
    #[serde(default)]
    pub issued_at: DateTime<Utc>,
    /// When it last gave an access token.
    #[serde(default)]
    pub last_used: DateTime<Utc>,
}

/// One access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Access {
    /// The app; absent for a session that SOAP `login` opened.
    pub client_id: Option<String>,
    /// The user.
    pub user: UserId,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The grant it hangs on; absent when the app got no refresh token.
    pub grant: Option<u64>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
    /// When it dies unless it is used.
    pub expires_at: DateTime<Utc>,
    /// Seconds it lives without use; absent in logs that did not keep it, and then the org's.
    #[serde(default)]
    pub timeout_seconds: Option<u32>,
    /// The address that got it.
    #[serde(default)]
    pub address: Option<IpAddr>,
}

/// A change that must survive a stop and a start.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OauthChange {
    /// An app was registered or changed, and is known at once.
    AppSaved(Box<App>),
    /// An app was registered or changed, and will be known.
    AppAnnounced {
        /// The app.
        app: Box<App>,
        /// When the change is known everywhere.
        known_at: DateTime<Utc>,
    },
    /// An app was deleted, with its grants and tokens.
    AppRemoved {
        /// The app.
        client_id: String,
    },
    /// The rules of the org changed.
    PolicyChanged(Box<Policy>),
    /// A user got another password.
    PasswordChanged {
        /// Username in lower case.
        username: String,
        /// The new password; a practice secret that the start page shows.
        password: String,
    },
    /// The org moved to another instance.
    InstanceMoved(Instance),
    /// A user approved an app.
    Granted(Grant),
    /// A grant got a new refresh token.
    Rotated {
        /// The grant.
        grant: u64,
        /// The new refresh token.
        refresh: Digest,
    },
    /// A grant ended, with all its access tokens.
    GrantEnded {
        /// The grant.
        grant: u64,
    },
    /// An access token was issued.
    TokenIssued {
        /// The token.
        token: Digest,
        /// What it allows.
        access: Access,
    },
    /// An access token ended.
    TokenEnded {
        /// The token.
        token: Digest,
    },
    /// A use in the second half of its life gave an access token a new full life.
    TokenExtended {
        /// The token.
        token: Digest,
        /// When it dies now.
        expires_at: DateTime<Utc>,
    },
    /// All access tokens ended; grants live on.
    AllTokensEnded,
    /// Everything was put back to an earlier state.
    Restored(Box<Lasting>),
}
