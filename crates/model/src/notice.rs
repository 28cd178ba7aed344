//! What a person is told, once: on the page, by mail, and to the webhooks of their organization.
//!
//! Must not know: how it is delivered. Texts hold names of tools, objects and connections; never a customer's
//! data, never a secret.

use crate::{
    clock::Timestamp,
    id::{NoticeId, OrganizationId, UserId, WebhookId},
};
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $title:literal;)*) => {
        /// What it is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum NoticeKind {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl NoticeKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The type of the event in webhooks, and the stored word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// In words.
            pub const fn in_words(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

kinds! {
    /// A connection cannot be used until somebody acts.
    ConnectionNeedsAttention, "connection.needs_attention", "A connection needs you";
    /// A proposal waits for this person's decision.
    ProposalWaits, "proposal.waits", "A proposal waits for you";
    /// A proposal that waits ends soon.
    ProposalExpires, "proposal.expires_soon", "A proposal ends soon";
    /// Nothing more leaves through a connection in this hour.
    BudgetHeld, "budget.held", "A connection is held";
    /// A provider did not confirm that access ended.
    RevocationUnconfirmed, "revocation.unconfirmed", "A revocation was not confirmed";
    /// An administrator asks this person to connect an account.
    ConnectAsked, "connection.asked_for", "You are asked to connect";
    /// An administrator tries a webhook.
    Test, "test", "A test";
}

impl NoticeKind {
    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Tenant.
    pub organization: OrganizationId,
    /// Whom.
    pub user: UserId,
    /// What it is about.
    pub kind: NoticeKind,
    /// What makes it the same thing: a second notice with this key is not told.
    pub key: String,
    /// One line.
    pub title: String,
    /// A few sentences, plain.
    pub body: String,
    /// Where to go, below a public URL.
    pub path: String,
}

/// Something that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Identity; also the identity of the event towards receivers.
    pub id: NoticeId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Whom.
    pub user: UserId,
    /// What it is about.
    pub kind: NoticeKind,
    /// One line.
    pub title: String,
    /// A few sentences.
    pub body: String,
    /// Where to go.
    pub path: String,
    /// When it was told.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// How a message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// To the person's address.
    Mail(UserId),
    /// To an address that an administrator named.
    Webhook(WebhookId),
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// To be delivered, perhaps again.
    Waiting,
    /// Taken by its receiver.
    Delivered,
    /// Given up; kept to be seen.
    Dead,
}

impl MessageState {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Dead]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// A message on its way out. Its identity is the same in every repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The notice that it carries.
    pub notice: NoticeId,
    /// Tenant.
    pub organization: OrganizationId,
    /// How it leaves.
    pub way: Way,
    /// Where it stands.
    pub state: MessageState,
    /// How often it was tried.
    pub tries: i64,
    /// When it came about.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub next_try_at: Timestamp,
    /// Status of the last answer, where one came.
    pub last_status: Option<i32>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was delivered or given up.
    pub ended_at: Option<Timestamp>,
}

/// An address that an administrator wants messages sent to. Its secret is the keeper's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    /// Identity.
    pub id: WebhookId,
    /// Tenant.
    pub organization: OrganizationId,
    /// A name for people.
    pub name: String,
    /// Where it goes, for people to see; the keeper's sealed one counts.
    pub url: String,
    /// Tells the secret from another one without showing it.
    pub fingerprint: String,
    /// Whether messages are sent.
    pub enabled: bool,
    /// Who added it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::parse(kind.as_str()), Some(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for state in [
            MessageState::Waiting,
            MessageState::Delivered,
            MessageState::Dead,
        ] {
            assert_eq!(MessageState::parse(state.as_str()), Some(state));
        }
    }
}
