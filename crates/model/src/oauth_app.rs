//! Our registration at a provider, as pages show it.
//!
//! Must not know: the client secret. It is the keeper's; here is only a fingerprint to recognise it by.

use crate::{
    clock::Timestamp,
    connection::Environment,
    id::{OAuthAppId, OrganizationId},
};

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
    /// Whether it can be used for new connections.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
