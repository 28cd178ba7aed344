//! An app as its maker registers it.
//!
//! Holds plain values; must not know what was granted to it.

use std::fmt;

/// Every scope that a practice HubSpot knows, with the words of its consent page.
pub(super) const SCOPES: [(&str, &str); 4] = [
    (
        "oauth",
        "Know which account and which user it is connected to",
    ),
    (
        "crm.objects.contacts.read",
        "View properties and other details about contacts",
    ),
    (
        "crm.objects.contacts.write",
        "Create, delete, or make changes to contacts",
    ),
    (
        "transactional-email",
        "Manage and send transactional emails",
    ),
];

/// A HubSpot app.
#[derive(Clone, PartialEq, Eq)]
pub struct HubSpotApp {
    /// Its number.
    pub app_id: u64,
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Name that people see.
    pub name: String,
    /// Redirect URLs; an address must be one of them to the letter.
    pub redirect_urls: Vec<String>,
    /// Scopes that are set up for the app; an install address cannot ask for others.
    pub scopes: Vec<String>,
}

impl HubSpotApp {
    /// An app that reads contacts and sends mails.
    pub fn new(client_id: &str, client_secret: &str, name: &str, redirect_url: &str) -> Self {
        Self {
            app_id: 7_001_001,
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            name: name.to_owned(),
            redirect_urls: vec![redirect_url.to_owned()],
            scopes: ["oauth", "crm.objects.contacts.read", "transactional-email"]
                .map(ToOwned::to_owned)
                .to_vec(),
        }
    }
}

impl fmt::Debug for HubSpotApp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HubSpotApp")
            .field("app_id", &self.app_id)
            .field("client_id", &self.client_id)
            .field("client_secret", &"[REDACTED]")
            .field("name", &self.name)
            .field("redirect_urls", &self.redirect_urls)
            .field("scopes", &self.scopes)
            .finish()
    }
}
