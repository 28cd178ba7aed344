//! Append-only facts, chained by hash: one chain per organization and writing process.
//!
//! Must not know: where rows are kept. No secret and no customers' data may be in a detail: ids, names
//! of tools and objects, codes, counts.

use crate::{
    actor::{Actor, Face},
    clock::Timestamp,
    digest::Digest,
    id::{AuditEventId, OrganizationId, RequestId},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Domain tag of an event's hash.
const CHAIN_TAG: &str = "gatelodge.audit.v1";

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It was done.
    Success,
    /// It was tried and failed.
    Failure,
    /// It was refused by a rule.
    Denied,
}

impl AuditOutcome {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Denied => "denied",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Success, Self::Failure, Self::Denied]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
    }
}

/// A fact to be written: `resource.verb_past` by an actor on a target.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEvent {
    /// Tenant.
    pub organization: OrganizationId,
    /// Who.
    pub actor: Actor,
    /// Which door.
    pub via: Face,
    /// Which request.
    pub request: RequestId,
    /// `resource.verb_past`, such as `proposal.approved`.
    pub action: &'static str,
    /// What it was done to: an identifier or a name.
    pub target: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Closed facts; never secrets, never customers' data.
    pub detail: Value,
}

/// A written fact. Its canonical text is this struct as JSON, in this order of fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Identity.
    pub id: AuditEventId,
    /// Tenant.
    pub organization: OrganizationId,
    /// The writing process; each has its own chain.
    pub chain: Uuid,
    /// Place in the chain, from 1, without gaps.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// Which door.
    pub via: Face,
    /// Which request.
    pub request: RequestId,
    /// `resource.verb_past`.
    pub action: String,
    /// What it was done to.
    pub target: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Closed facts.
    pub detail: Value,
}

impl AuditEvent {
    /// The canonical text that is stored and hashed.
    ///
    /// # Errors
    /// When the detail cannot be serialised, which no closed fact can cause.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The hash of a canonical text behind the one before it.
    pub fn chain_digest(previous: &Digest, canonical: &str) -> Digest {
        Digest::of(CHAIN_TAG, &[previous.as_bytes(), canonical.as_bytes()])
    }
}
