//! Invitations: somebody may join an organization with a link that works once.
//!
//! Must not know: the link's text; only its hash is kept.

use crate::{
    clock::Timestamp,
    digest::Digest,
    id::{GroupId, InvitationId, OrganizationId, UserId},
    organization::Role,
};

/// An invitation to join an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Identity.
    pub id: InvitationId,
    /// Tenant.
    pub organization: OrganizationId,
    /// Whom: the sign-in name, lower case.
    pub email: String,
    /// Rights after joining.
    pub role: Role,
    /// Groups to be in after joining; one that is gone by then is passed over.
    pub groups: Vec<GroupId>,
    /// Hash of the token in the link.
    pub token_digest: Digest,
    /// Who invites; nobody where the operator did.
    pub invited_by: Option<UserId>,
    /// When it was made, or made anew.
    pub created_at: Timestamp,
    /// End of its life.
    pub expires_at: Timestamp,
    /// When it was accepted or withdrawn.
    pub ended_at: Option<Timestamp>,
    /// Who joined with it.
    pub user: Option<UserId>,
}

/// Where an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// Its link works.
    Open,
    /// Its time is over; it can be made anew.
    Expired,
    /// Somebody joined with it.
    Accepted,
    /// It was taken back.
    Withdrawn,
}

impl Invitation {
    /// Where it stands at this moment.
    pub fn state(&self, now: Timestamp) -> InvitationState {
        match (self.ended_at, self.user) {
            (Some(_), Some(_)) => InvitationState::Accepted,
            (Some(_), None) => InvitationState::Withdrawn,
            (None, _) if self.expires_at <= now => InvitationState::Expired,
            (None, _) => InvitationState::Open,
        }
    }
}
