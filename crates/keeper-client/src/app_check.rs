//! What a provider says of an OAuth app before anybody signs in with it.
//!
//! Must not know: what an administrator is told about it.

use gatelodge_model::{Error, OAuthAppId, OrganizationId};
use serde::{Deserialize, Serialize};
use url::Url;

/// An OAuth app to try, as people will use it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckOAuthApp {
    /// Tenant.
    pub organization: OrganizationId,
    /// Which app.
    pub app: OAuthAppId,
    /// Slug of the provider.
    pub provider: String,
    /// Where people will sign in: scheme and host.
    pub login_base: Url,
    /// Where the provider would send the browser back to.
    pub redirect_uri: String,
    /// Scopes beyond the least.
    pub extra_scopes: Vec<String>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppCheck {
    /// To a request for consent: client id, callback address and scopes are judged there.
    pub authorize: AppAnswer,
    /// To a code that nobody was given: the secret is judged before the code is.
    pub token: AppAnswer,
}

/// What an endpoint answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum AppAnswer {
    /// As it answers an app that is all right.
    Accepted,
    /// It refused the app.
    Refused {
        /// With its reason and the provider's own words.
        error: Error,
    },
    /// No answer, or none of the provider's: nothing is known.
    Unreachable {
        /// What kept it from arriving.
        error: Error,
    },
    /// An answer that says neither yes nor no.
    Unclear {
        /// Its HTTP status.
        status: u16,
    },
}
