//! One attempt to connect: who began it, in which browser, until when (OAuth 2.0 Security BCP, RFC 9700 §4.7).
//!
//! Must not know: the PKCE verifier (the keeper holds it) or the state's text (only its hash is here).

use crate::{
    clock::Timestamp,
    digest::Digest,
    id::{AuthorizationFlowId, ConnectionId, OAuthAppId, OrganizationId, SessionId, UserId},
};

/// Where an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowStatus {
    /// Waiting for the provider's answer.
    Pending,
    /// The answer came and is being used; nothing else may use it.
    Claimed,
    /// Connected.
    Completed,
    /// Ended without a connection.
    Failed,
}

impl FlowStatus {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Claimed, Self::Completed, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// An attempt to connect. Its state is single use: `Pending → Claimed → Completed | Failed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationFlow {
    /// Identity.
    pub id: AuthorizationFlowId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Who began it.
    pub user: UserId,
    /// The browser session in which it began; only there may it end.
    pub session: SessionId,
    /// Slug of the provider.
    pub provider: String,
    /// The registration used.
    pub oauth_app: OAuthAppId,
    /// The connection that it makes or renews.
    pub connection: ConnectionId,
    /// Hash of the `state` parameter.
    pub state_digest: Digest,
    /// Where the provider sends the browser back to; one of the public URLs.
    pub redirect_uri: String,
    /// Where the person signs in: a refusal names it. None in attempts that an older program began.
    pub login_host: Option<String>,
    /// Where it stands.
    pub status: FlowStatus,
    /// When it began.
    pub created_at: Timestamp,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
}
