//! Templates and mails of an account.
//!
//! Holds values; must not know how a mail is asked for.

use serde::Serialize;
use serde_json::Value;

/// A template.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) id: u64,
    pub(super) name: String,
    /// It was saved for the single-send API.
    pub(super) for_single_send: bool,
    /// Custom properties that it does not do without.
    pub(super) needs: Vec<String>,
}

/// An attempt to send a mail, and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) mail: SentMail,
    pub(super) status_id: String,
    pub(super) requested_at: String,
    pub(super) event_id: String,
}

/// A mail that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SentMail {
    /// Account.
    pub hub_id: u64,
    /// App that asked.
    pub client_id: String,
    /// Template.
    pub email_id: u64,
    /// Recipient.
    pub to: String,
    /// Sender, where the template's is not used.
    pub from: Option<String>,
    /// Where answers go.
    pub reply_to: Vec<String>,
    /// Further recipients.
    pub cc: Vec<String>,
    /// Hidden recipients.
    pub bcc: Vec<String>,
    /// What makes it one and the same mail.
    pub send_id: Option<String>,
    /// What the template is filled with.
    pub custom_properties: Value,
    /// What became of it.
    pub result: String,
}

impl SentMail {
    /// Whether it goes out.
    pub fn goes_out(&self) -> bool {
        matches!(self.result.as_str(), "SENT" | "QUEUED")
    }
}
