//! Requests to a provider, as the keeper takes them.
//!
//! Must not know: hosts and credentials.

use gatelodge_model::{ConnectionId, Digest, OrganizationId, ProposalId, RequestId, SealedId};
use gatelodge_provider::ReadRequest;
use serde::{Deserialize, Serialize};

/// A read for a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendRead {
    /// Tenant.
    pub organization: OrganizationId,
    /// Through which connection.
    pub connection: ConnectionId,
    /// Joins the keeper's own record with ours.
    pub request_id: RequestId,
    /// Name of the agent, for the provider's logs.
    pub agent: String,
    /// What is asked.
    pub request: ReadRequest,
}

/// An approved write. It holds no request: the keeper takes that from the sealed proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendWrite {
    /// Tenant.
    pub organization: OrganizationId,
    /// The proposal.
    pub proposal: ProposalId,
    /// Where it is sealed.
    pub sealed: SealedId,
    /// The hash that was approved.
    pub digest: Digest,
    /// Joins the keeper's own record with ours.
    pub request_id: RequestId,
}
