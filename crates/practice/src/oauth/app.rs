//! The OAuth apps of the practice org (Salesforce: connected app or external client app).
//!
//! Holds settings; what they lead to is decided by the flows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::oauth::policy::{IpRange, Permitted, RefreshPolicy};

/// Scopes an app has when it names none.
const DEFAULT_SCOPES: [&str; 3] = ["api", "refresh_token", "id"];

/// Which of the two kinds of registration an app is; they differ in what an uninstalled one answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// A connected app; no new ones can be made at Salesforce since Spring '26.
    #[default]
    ConnectedApp,
    /// An external client app.
    ExternalClientApp,
}

/// One registered OAuth app.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the independent check boxes of Salesforce's own form"
)]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Consumer key.
    pub client_id: String,
    /// Consumer secret; absent for a public client.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Name shown on the consent page.
    pub name: String,
    /// Connected app or external client app.
    #[serde(default)]
    pub kind: AppKind,
    /// Callback addresses, matched letter by letter.
    #[serde(default)]
    pub callbacks: Vec<String>,
    /// Scopes it may ask for, and gets when it asks for none.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Refuse an authorization request without a code challenge.
    #[serde(default)]
    pub require_pkce: bool,
    /// The exchange of a code needs the secret.
    #[serde(default = "yes")]
    pub require_secret: bool,
    /// A refresh needs the secret.
    #[serde(default = "yes")]
    pub require_secret_for_refresh: bool,
    /// Each refresh gives a new refresh token and kills the old one.
    #[serde(default)]
    pub rotate_refresh_tokens: bool,
    /// How long a refresh token lives.
    #[serde(default)]
    pub refresh_policy: RefreshPolicy,
    /// Life of an access token without use; absent means the org's.
    #[serde(default)]
    pub session_timeout_minutes: Option<u32>,
    /// The app may ask about its tokens.
    #[serde(default = "yes")]
    pub introspection: bool,
    /// Tokens are given only to clients inside the ranges of the app and of the org.
    #[serde(default)]
    pub enforce_ip_ranges: bool,
    /// Addresses from which the app may be used, where that is enforced.
    #[serde(default)]
    pub ip_ranges: Vec<IpRange>,
    /// Addresses from which a refresh token works; none means any.
    #[serde(default)]
    pub refresh_ip_ranges: Vec<IpRange>,
    /// Who may use it.
    #[serde(default)]
    pub permitted: Permitted,
    /// Blocked by an administrator.
    #[serde(default)]
    pub blocked: bool,
    /// Installed in this org; an app that is not gets no new tokens.
    #[serde(default = "yes")]
    pub installed: bool,
    /// Username that `client_credentials` runs as; absent refuses that grant.
    #[serde(default)]
    pub run_as: Option<String>,
    /// Certificate or public key, PEM, that signs the assertions of the JWT bearer flow; absent refuses that
    /// grant.
    #[serde(default)]
    pub jwt_certificate: Option<String>,
    /// The device flow is switched on.
    #[serde(default)]
    pub device_flow: bool,
}

fn default_scopes() -> Vec<String> {
    DEFAULT_SCOPES.map(ToOwned::to_owned).to_vec()
}

fn yes() -> bool {
    true
}

impl App {
    /// A confidential app with the usual scopes.
    pub fn confidential(client_id: &str, client_secret: &str, name: &str, callback: &str) -> Self {
        Self {
            client_secret: Some(client_secret.to_owned()),
            ..Self::public(client_id, name, callback)
        }
    }

    /// An app without a secret, which then must use PKCE.
    pub fn public(client_id: &str, name: &str, callback: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: None,
            name: name.to_owned(),
            kind: AppKind::default(),
            callbacks: vec![callback.to_owned()],
            scopes: default_scopes(),
            require_pkce: false,
            require_secret: true,
            require_secret_for_refresh: true,
            rotate_refresh_tokens: false,
            refresh_policy: RefreshPolicy::default(),
            session_timeout_minutes: None,
            introspection: true,
            enforce_ip_ranges: false,
            ip_ranges: Vec::new(),
            refresh_ip_ranges: Vec::new(),
            permitted: Permitted::default(),
            blocked: false,
            installed: true,
            run_as: None,
            jwt_certificate: None,
            device_flow: false,
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("App")
            .field("client_id", &self.client_id)
            .field("name", &self.name)
            .field("confidential", &self.client_secret.is_some())
            .field("blocked", &self.blocked)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_secret() {
        let app = App::confidential("3MVG9", "hush-hush", "Test", "http://localhost/callback");
        assert!(!format!("{app:?}").contains("hush"));
    }

    #[test]
    fn json_needs_a_client_id_and_a_name_only() {
        let app: App = serde_json::from_str(r#"{"client_id":"a","name":"b"}"#).unwrap();
        assert_eq!(app.scopes, ["api", "refresh_token", "id"]);
        assert!(app.require_secret_for_refresh && !app.require_pkce && app.installed);
        assert_eq!(app.refresh_policy, RefreshPolicy::UntilRevoked);
    }
}
