//! Our registration at a provider, as pages show it.
//!
//! Must not know: the client secret. It is the keeper's; here is only a fingerprint to recognise it by.

use crate::{
    clock::Timestamp,
    connection::Environment,
    id::{GroupId, OAuthAppId, OrganizationId, UserId},
};
use serde::{Deserialize, Serialize};

/// Whom an OAuth app is there for. Who comes first stands in `core`, where the app of a person is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Serves {
    /// Everybody in the installation: its operator's configuration says the values.
    Instance,
    /// Everybody in the organization.
    Organization,
    /// The people of a group.
    Group(GroupId),
    /// One person's connection: the values that were left blank were asked when they connected.
    Person {
        /// Whose.
        user: UserId,
        /// The app that left values blank; the callback address is its own.
        fills: OAuthAppId,
    },
}

impl Serves {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Organization => "organization",
            Self::Group(_) => "group",
            Self::Person { .. } => "person",
        }
    }

    /// Whether it belongs to one person and nobody else may see it.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Person { .. })
    }
}

/// Which values an app leaves blank on purpose: each person is asked for them when they connect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asks {
    /// The client id, and with it the secret that belongs to it.
    pub client_id: bool,
    /// The client secret.
    pub client_secret: bool,
}

impl Asks {
    /// Whether anything is asked.
    pub const fn anything(self) -> bool {
        self.client_id || self.client_secret
    }
}

/// Scopes beyond those that the tools need.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtraScopes {
    /// As the provider spells them.
    pub names: Vec<String>,
    /// Why, where one of them opens more than tools can use.
    pub reason: Option<String>,
}

/// A registration at a provider, of one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthApp {
    /// Identity; part of the callback path.
    pub id: OAuthAppId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Slug of the provider.
    pub provider: String,
    /// Name that the provider shows on its consent page.
    pub name: String,
    /// Public identifier at the provider.
    pub client_id: String,
    /// First characters of the secret's hash; none when the app has no secret.
    pub secret_fingerprint: Option<String>,
    /// Fixed sign-in host, or none when the person chooses the environment.
    pub auth_base_url: Option<String>,
    /// Environment that the fixed host means.
    pub environment: Option<Environment>,
    /// Whom it is there for.
    pub serves: Serves,
    /// Which values each person is asked for.
    pub asks: Asks,
    /// What is asked for beyond the least.
    pub scopes: ExtraScopes,
    /// Whether it can be used for new connections.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl OAuthApp {
    /// Whether it has a client id, or asks each person for one.
    pub const fn is_set_up(&self) -> bool {
        !self.client_id.is_empty() || self.asks.client_id
    }

    /// Whether people can connect with it.
    pub const fn is_usable(&self) -> bool {
        self.enabled && self.is_set_up()
    }
}
