//! A person's yes to one proposal, as a row: what the keeper demands before it sends a write.
//!
//! Must not know: how a person proves who they are; that is in `evidence`, which only the keeper makes and reads.

use crate::{
    clock::Timestamp,
    digest::Digest,
    id::{OrganizationId, ProposalId, SessionId, UserId},
};

/// Who or what allowed a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// A person, on the review page of a browser session.
    ByPerson {
        /// Who.
        user: UserId,
        /// In which session.
        session: SessionId,
        /// Mark of the review page.
        nonce: String,
    },
    /// A rule of the organization that lets such a write run without asking, by its name. It is recorded like
    /// a person's approval, is spent like one, and is never enough where approvals are sealed.
    ByPolicy {
        /// Which rule.
        rule: String,
    },
}

impl Allowed {
    /// The stored word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ByPerson { .. } => "approval",
            Self::ByPolicy { .. } => "allowance",
        }
    }
}

/// A row that allows exactly one write, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Tenant.
    pub organization: OrganizationId,
    /// Which proposal.
    pub proposal: ProposalId,
    /// Hash of the bytes that were approved.
    pub digest: Digest,
    /// Who or what allowed it.
    pub allowed: Allowed,
    /// What the keeper made of a passkey's assertion, sealed; none where approvals are not sealed.
    pub evidence: Option<Vec<u8>>,
    /// When.
    pub approved_at: Timestamp,
    /// When a keeper used it up, if one did.
    pub spent_at: Option<Timestamp>,
}
