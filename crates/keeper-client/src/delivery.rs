//! Webhooks and mail, as the keeper takes them: where a webhook goes and what signs it is sealed by the
//! keeper, where mail goes out is its configuration, and a caller only says what and to whom.
//!
//! Must not know: why somebody is told; the outbox of `core` does.

use crate::wire;
use gatelodge_model::{OrganizationId, Secret, WebhookId};
use serde::{Deserialize, Serialize};
use url::Url;

/// A webhook to keep.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveWebhook {
    /// Tenant.
    pub organization: OrganizationId,
    /// Identity.
    pub webhook: WebhookId,
    /// Where it goes: https, a public host, no user name. Named by an administrator.
    pub url: Url,
    /// What signs it: `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks has it. None keeps what is
    /// stored.
    #[serde(with = "wire::secret::optional")]
    pub secret: Option<Secret>,
}

/// A message for a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverWebhook {
    /// Tenant.
    pub organization: OrganizationId,
    /// Which one.
    pub webhook: WebhookId,
    /// Identity of the message: the same in every repetition, so that its receiver can drop those. Letters,
    /// digits, `_` and `-`.
    pub message: String,
    /// The body: JSON.
    pub body: String,
}

/// What the receiver of a webhook answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookAnswer {
    /// HTTP status.
    pub status: u16,
    /// How long to wait before trying again, where the receiver says so.
    pub retry_after_seconds: Option<u64>,
}

impl WebhookAnswer {
    /// Whether the receiver took it: any status of success (Standard Webhooks). A redirect is none.
    pub const fn is_taken(self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Whether the receiver says that it wants no more.
    pub const fn is_gone(self) -> bool {
        self.status == 410
    }
}

/// A message by mail. The sender is the keeper's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverMail {
    /// Identity of the message: the same in every repetition. Letters, digits, `_` and `-`.
    pub message: String,
    /// Mail address of its reader.
    pub to: String,
    /// Its subject, one line.
    pub subject: String,
    /// Its text.
    pub text: String,
}
