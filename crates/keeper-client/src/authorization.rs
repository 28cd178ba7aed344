//! Connecting and disconnecting, as the keeper takes it.
//!
//! Must not know: browsers and sessions; binding a flow to a person is the work of `core`.

use crate::wire;
use gatelodge_model::{
    AuthorizationFlowId, ConnectionId, Environment, ExternalAccount, OAuthAppId, OrganizationId,
    Secret, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};
use url::Url;

/// Start of a flow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BeginAuthorization {
    /// Tenant.
    pub organization: OrganizationId,
    /// The attempt.
    pub flow: AuthorizationFlowId,
    /// The connection that it makes or renews.
    pub connection: ConnectionId,
    /// The person whose connection it is: the only one who can approve writes through it.
    pub user: UserId,
    /// Slug of the provider.
    pub provider: String,
    /// The registration to use.
    pub oauth_app: OAuthAppId,
    /// Where the person signs in: scheme and host.
    pub login_base: Url,
    /// What that host means.
    pub environment: Environment,
    /// Scopes beyond the least, of those that the provider's manifest lists.
    #[serde(default)]
    pub extra_scopes: Vec<String>,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// The `state` parameter.
    #[serde(with = "wire::secret")]
    pub state: Secret,
}

/// The account that a renewed connection must lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedAccount {
    /// The provider's id of the organization.
    pub organization_id: String,
    /// The provider's id of the user.
    pub user_id: String,
}

/// End of a flow.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompleteAuthorization {
    /// Tenant.
    pub organization: OrganizationId,
    /// The attempt.
    pub flow: AuthorizationFlowId,
    /// The authorization code.
    #[serde(with = "wire::secret")]
    pub code: Secret,
    /// Set when an existing connection is renewed.
    pub expected: Option<ExpectedAccount>,
}

/// What a finished flow gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorized {
    /// Who we are at the provider.
    pub account: ExternalAccount,
    /// Host of the account's API, for people to see.
    pub host: String,
    /// Granted scopes.
    pub granted_scopes: Vec<String>,
    /// Whether a refresh token came.
    pub refreshable: bool,
}

/// How revoking ended. The credential is gone in every case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Revocation {
    /// The provider said yes.
    Revoked,
    /// The provider did not confirm it yet. The grant ended here; the keeper goes on asking the provider.
    Pending {
        /// What came back, or why nothing did.
        reason: String,
        /// Until when the keeper asks again.
        until: Timestamp,
    },
    /// The provider cannot be asked: the grant must be revoked there by hand.
    Unconfirmed {
        /// What came back, or why nothing did.
        reason: String,
    },
    /// There was no credential.
    NothingStored,
}

/// A grant that ended here and that its provider has not confirmed yet (O17).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRevocation {
    /// Whose grant it was.
    pub connection: ConnectionId,
    /// Slug of the provider.
    pub provider: String,
    /// When the grant ended here.
    pub since: Timestamp,
    /// How often the provider was asked.
    pub attempts: u32,
    /// What came back the last time.
    pub reason: String,
    /// Until when the keeper asks again.
    pub until: Timestamp,
    /// The time is over and the token is deleted: the grant must be revoked at the provider by hand.
    pub given_up: bool,
}

/// How a pending revocation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedGrant {
    /// Tenant.
    pub organization: OrganizationId,
    /// Whose grant it was.
    pub connection: ConnectionId,
    /// Slug of the provider.
    pub provider: String,
    /// Set when the keeper gave up: what came back the last time.
    pub given_up: Option<String>,
}

/// What happens with a stored secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum SecretChange {
    /// It stays as it is.
    Keep,
    /// It goes; the app has none.
    Clear,
    /// Another one takes its place.
    Set(#[serde(with = "wire::secret")] Secret),
    /// The one that the configuration file names for this client id takes its place; only the keeper reads it.
    Configured,
}

/// An OAuth app to keep.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaveOAuthApp {
    /// Tenant.
    pub organization: OrganizationId,
    /// Identity.
    pub app: OAuthAppId,
    /// Slug of the provider.
    pub provider: String,
    /// Public identifier at the provider.
    pub client_id: String,
    /// The secret.
    pub client_secret: SecretChange,
}
