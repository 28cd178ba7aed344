//! What is known of the failure that a connection has at present: the code, and the provider's own words as
//! evidence for whoever must act.
//!
//! Must not know: how it is shown. No secret is in here: the keeper takes ours out of a provider's words first.

use crate::{
    clock::Timestamp,
    error::{Error, ProviderDetail},
    id::{ConnectionId, OrganizationId},
    reason::ReasonCode,
};
use serde::{Deserialize, Serialize};

/// The failure of a connection; gone once it works again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Tenant.
    pub organization: OrganizationId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// Why.
    pub reason: ReasonCode,
    /// When it was seen first.
    pub since: Timestamp,
    /// When it was seen last.
    pub seen_at: Timestamp,
    /// The host that refused, where one did.
    pub host: Option<String>,
    /// The provider's own answer.
    pub evidence: Option<ProviderDetail>,
}

impl Trouble {
    /// The failure that an error of a connection tells about; none where the error names no reason.
    pub fn of(
        organization: OrganizationId,
        connection: ConnectionId,
        error: &Error,
        at: Timestamp,
    ) -> Option<Self> {
        Some(Self {
            organization,
            connection,
            reason: error.reason()?,
            since: at,
            seen_at: at,
            host: None,
            evidence: error.provider().cloned(),
        })
    }
}
