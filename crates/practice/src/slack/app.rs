//! An app as its maker registers it.
//!
//! Holds plain values; must not know what was granted to it.

use std::fmt;

/// A Slack app.
#[derive(Clone, PartialEq, Eq)]
pub struct SlackApp {
    /// Its id, `A…`.
    pub app_id: String,
    /// Client id, two numbers with a dot between.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Name that people see.
    pub name: String,
    /// Redirect URLs; an address below one of them is fine, too.
    pub redirect_urls: Vec<String>,
    /// Token rotation is switched on, which nobody can take back.
    pub rotation: bool,
}

impl SlackApp {
    /// An app without rotation; its id follows from the client id.
    pub fn new(client_id: &str, client_secret: &str, name: &str, redirect_url: &str) -> Self {
        let tail: String = client_id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        Self {
            app_id: format!("A0{tail:0>8}"),
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            name: name.to_owned(),
            redirect_urls: vec![redirect_url.to_owned()],
            rotation: false,
        }
    }

    /// The same app with token rotation.
    #[must_use]
    pub fn rotating(mut self) -> Self {
        self.rotation = true;
        self
    }

    /// The name of its bot in a workspace.
    pub(super) fn handle(&self) -> String {
        self.name.to_lowercase().replace(' ', "_")
    }

    /// Whether a code may be sent to this address.
    pub(super) fn takes(&self, redirect_uri: &str) -> bool {
        self.redirect_urls.iter().any(|registered| {
            let below = format!("{}/", registered.trim_end_matches('/'));
            redirect_uri == registered || redirect_uri.starts_with(&below)
        })
    }
}

impl fmt::Debug for SlackApp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SlackApp")
            .field("app_id", &self.app_id)
            .field("client_id", &self.client_id)
            .field("client_secret", &"[REDACTED]")
            .field("name", &self.name)
            .field("redirect_urls", &self.redirect_urls)
            .field("rotation", &self.rotation)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_below_a_registered_one_is_taken() {
        let app = SlackApp::new("11.22", "hidden", "App", "https://hub.example/callback");
        assert!(app.takes("https://hub.example/callback"));
        assert!(app.takes("https://hub.example/callback/slack"));
        assert!(!app.takes("https://hub.example/callbacks"));
        assert!(!app.takes("https://hub.example.evil/callback"));
        assert_eq!(app.app_id, "A000001122");
        assert!(!format!("{app:?}").contains("hidden"));
    }
}
