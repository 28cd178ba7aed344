//! A second person's look at a proposal, where a rule wants four eyes.
//!
//! Must not know: which rule. The second person only confirms: what runs is still the first one's approval, through
//! the first one's connection.

use crate::{
    clock::Timestamp,
    digest::Digest,
    id::{OrganizationId, ProposalId, UserId},
};

/// That a second person must look, and whether one did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondLook {
    /// Tenant.
    pub organization: OrganizationId,
    /// Which proposal.
    pub proposal: ProposalId,
    /// Hash of the bytes that are looked at.
    pub digest: Digest,
    /// Since when it is wanted.
    pub wanted_at: Timestamp,
    /// Who confirmed, and when.
    pub confirmed: Option<(UserId, Timestamp)>,
}
