//! Browser sessions and the links that work once (first password, forgotten password).
//!
//! Must not know: cookies; only hashes of what the browser or the link holds are kept.

use crate::{
    clock::Timestamp,
    digest::Digest,
    id::{OneTimeLinkId, OrganizationId, SessionId, UserId},
};

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Identity, shown in the session list; not what the cookie holds.
    pub id: SessionId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Who is signed in.
    pub user: UserId,
    /// Hash of the cookie's value.
    pub token_digest: Digest,
    /// Browser and system as the browser told, cut at 200 characters.
    pub user_agent: String,
    /// When the session began.
    pub signed_in_at: Timestamp,
    /// When the person last proved who they are: at the sign-in, or at a step-up since.
    pub proved_at: Timestamp,
    /// Last use, at minute precision.
    pub last_used_at: Timestamp,
    /// End, whatever the use.
    pub expires_at: Timestamp,
}

/// A link that sets a password, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeLink {
    /// Identity.
    pub id: OneTimeLinkId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Whose password.
    pub user: UserId,
    /// Hash of the token in the link.
    pub token_digest: Digest,
    /// End of its life.
    pub expires_at: Timestamp,
    /// When it was used, if it was.
    pub used_at: Option<Timestamp>,
}
