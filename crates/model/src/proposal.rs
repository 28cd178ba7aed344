//! A frozen tool call that waits for a decision, and the states it can be in (design section 4).
//!
//! What was approved is what runs: a proposal is serialised once, and those bytes are stored, hashed,
//! rendered and executed. Must not know: who decides, or how anything is sent.

use crate::{
    clock::Timestamp,
    connection::{Environment, ExternalAccount},
    digest::Digest,
    error::{Error, ErrorKind},
    id::{AgentId, ConnectionId, OrganizationId, ProposalId, SealedId, UserId},
    preview::Preview,
    tool::{Effect, ToolName},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Domain tag of a proposal's hash.
const DIGEST_TAG: &str = "gatelodge.proposal.v1";

/// Where a request carries the connection's credential. Only the keeper puts it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialPlace {
    /// In the `Authorization` header (RFC 6750 §2.1).
    #[default]
    Header,
    /// In an element of a SOAP header, which the frozen body holds empty.
    SoapSession,
}

impl CredentialPlace {
    /// Whether it is the usual place, which frozen bytes do not name.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands over a reference to the field"
    )]
    pub const fn is_header(&self) -> bool {
        matches!(self, Self::Header)
    }
}

/// One request to the provider, relative to the connection, without credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenRequest {
    /// HTTP method, upper case.
    pub method: String,
    /// Absolute path at the connection's host, with its query, percent-encoded.
    pub path: String,
    /// Headers besides those that the keeper adds.
    pub headers: Vec<(String, String)>,
    /// The body's exact text; none where the method has no body.
    pub body: Option<String>,
    /// Where the keeper puts the credential while sending.
    #[serde(default, skip_serializing_if = "CredentialPlace::is_header")]
    pub credential: CredentialPlace,
}

/// What a record looked like when the preview was made: any difference later makes the proposal stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordVersion {
    /// API name of the object.
    pub object: String,
    /// The provider's id of the record.
    pub id: String,
    /// The provider's mark of the version, such as Salesforce's `SystemModstamp`.
    pub version: String,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// The agent; none when a person made or edited the proposal in the browser.
    pub agent: Option<AgentId>,
    /// The agent's name at that time, or the person's.
    pub name: String,
    /// The person whose connection is used, and who decides.
    pub on_behalf_of: UserId,
}

/// Everything that is decided about. Serialised once by [`FrozenProposal::freeze`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenProposal {
    /// Format of these bytes; 1.
    pub format: u8,
    /// Identity.
    pub proposal: ProposalId,
    /// Tenant.
    pub organization: OrganizationId,
    /// The connection used.
    pub connection: ConnectionId,
    /// Slug of the provider.
    pub provider: String,
    /// The account at the provider.
    pub account: ExternalAccount,
    /// Where that account lives.
    pub environment: Environment,
    /// The only host that the request may go to.
    pub host: String,
    /// The tool.
    pub tool: ToolName,
    /// What it does.
    pub effect: Effect,
    /// Hash of the tool's input schema at that time.
    pub tool_schema: Digest,
    /// The arguments, as given.
    pub arguments: Value,
    /// The request that will be sent.
    pub request: FrozenRequest,
    /// Versions of the records that the preview shows.
    pub record_versions: Vec<RecordVersion>,
    /// What a person sees.
    pub preview: Preview,
    /// Who asked.
    pub requester: Requester,
    /// The requester's own words: plain text, secondary.
    pub reason: Option<String>,
    /// The proposal that this one replaces.
    pub supersedes: Option<ProposalId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be approved and executed.
    pub expires_at: Timestamp,
}

impl FrozenProposal {
    /// Serialises, once, and hashes exactly those bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] when the value cannot be serialised.
    pub fn freeze(&self) -> Result<(Vec<u8>, Digest), Error> {
        let bytes = serde_json::to_vec(self).map_err(Error::internal)?;
        let digest = Self::digest_of(&bytes);
        Ok((bytes, digest))
    }

    /// The hash of frozen bytes.
    pub fn digest_of(bytes: &[u8]) -> Digest {
        Digest::of(DIGEST_TAG, &[bytes])
    }

    /// Reads frozen bytes, if their hash is the expected one.
    ///
    /// # Errors
    /// [`ErrorKind::ProposalChanged`] when the hash differs, [`ErrorKind::Integrity`] when the bytes
    /// are no proposal.
    pub fn thaw(bytes: &[u8], expected: Digest) -> Result<Self, Error> {
        if Self::digest_of(bytes) != expected {
            return Err(Error::new(
                ErrorKind::ProposalChanged,
                "The stored proposal is not the one that was decided about. Nothing was sent.",
            ));
        }
        serde_json::from_slice(bytes).map_err(|cause| {
            Error::new(
                ErrorKind::Integrity,
                "The stored proposal cannot be read. Nothing was sent.",
            )
            .with_context("cause", cause)
        })
    }
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStatus {
    /// Waits for a person.
    Pending,
    /// A person said yes; nothing was sent yet.
    Approved,
    /// A person said no.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// An edited proposal took its place.
    Superseded,
    /// The record, the account or the tool changed since the preview; nothing was sent.
    Stale,
    /// Being sent, or sent without an answer yet.
    Executing,
    /// It happened.
    Done,
    /// The provider refused it; nothing changed.
    Failed,
    /// It was sent and nobody knows whether it happened.
    Unknown,
}

impl ProposalStatus {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::Pending,
        Self::Approved,
        Self::Rejected,
        Self::Expired,
        Self::Superseded,
        Self::Stale,
        Self::Executing,
        Self::Done,
        Self::Failed,
        Self::Unknown,
    ];

    /// The states that may follow.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Pending => &[
                Self::Approved,
                Self::Rejected,
                Self::Expired,
                Self::Superseded,
                Self::Stale,
            ],
            Self::Approved => &[Self::Executing, Self::Stale, Self::Expired],
            Self::Executing => &[Self::Done, Self::Failed, Self::Unknown, Self::Stale],
            // A person or a later look at the provider can settle what was unknown.
            Self::Unknown => &[Self::Done, Self::Failed],
            Self::Rejected
            | Self::Expired
            | Self::Superseded
            | Self::Stale
            | Self::Done
            | Self::Failed => &[],
        }
    }

    /// Whether `next` may follow.
    pub fn allows(self, next: Self) -> bool {
        self.next().contains(&next)
    }

    /// Whether an agent that waits can stop waiting.
    pub const fn is_settled(self) -> bool {
        !matches!(self, Self::Pending | Self::Approved | Self::Executing)
    }

    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Stale => "stale",
            Self::Executing => "executing",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl fmt::Display for ProposalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an execution ended; sealed like the proposal, because it holds customers' data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The tool's result, where it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// What went wrong, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
    /// The provider's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_request_id: Option<String>,
    /// What was found out where the answer was lost, and how to find out more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// The row of a proposal: what may be listed without opening what was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Identity.
    pub id: ProposalId,
    /// Tenant.
    pub organization: OrganizationId,
    /// The connection used.
    pub connection: ConnectionId,
    /// The person who decides.
    pub user: UserId,
    /// The agent that asked; none for a person's edit.
    pub agent: Option<AgentId>,
    /// The tool.
    pub tool: ToolName,
    /// Where it stands.
    pub status: ProposalStatus,
    /// Hash of the frozen bytes.
    pub digest: Digest,
    /// Where the keeper sealed the frozen bytes.
    pub sealed: SealedId,
    /// Where the keeper sealed the [`Outcome`], once there is one.
    pub sealed_outcome: Option<SealedId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it can be approved and executed.
    pub expires_at: Timestamp,
    /// When a person decided.
    pub decided_at: Option<Timestamp>,
    /// Who decided.
    pub decided_by: Option<UserId>,
    /// Why it was rejected, in that person's words.
    pub note: Option<String>,
    /// The proposal that took its place.
    pub superseded_by: Option<ProposalId>,
    /// When execution began.
    pub executing_since: Option<Timestamp>,
    /// When it reached a settled state.
    pub settled_at: Option<Timestamp>,
    /// Optimistic lock; grows with each change.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_is_the_one_of_the_design() {
        // proves APR-4: nothing runs that was not approved, and nothing runs twice
        for status in ProposalStatus::ALL {
            assert_eq!(
                status.allows(ProposalStatus::Executing),
                status == ProposalStatus::Approved
            );
            assert_eq!(
                status.allows(ProposalStatus::Approved),
                status == ProposalStatus::Pending
            );
            assert!(!status.allows(ProposalStatus::Pending));
            assert_eq!(ProposalStatus::parse(status.as_str()), Some(status));
        }
        assert!(ProposalStatus::Executing.allows(ProposalStatus::Unknown));
        assert!(!ProposalStatus::Unknown.allows(ProposalStatus::Executing));
    }

    #[test]
    fn the_usual_place_of_the_credential_is_not_named() {
        // proposals that were frozen before there was another place stay readable, and their bytes the same
        let bytes = r#"{"method":"DELETE","path":"/x","headers":[],"body":null}"#;
        let mut request: FrozenRequest = serde_json::from_str(bytes).unwrap();
        assert_eq!(request.credential, CredentialPlace::Header);
        assert_eq!(serde_json::to_string(&request).unwrap(), bytes);
        request.credential = CredentialPlace::SoapSession;
        let named = serde_json::to_string(&request).unwrap();
        assert!(
            named.ends_with(r#","credential":"soap_session"}"#),
            "{named}"
        );
    }

    #[test]
    fn one_changed_byte_is_noticed() {
        // proves P2
        let bytes = br#"{"a":1}"#;
        let digest = FrozenProposal::digest_of(bytes);
        let error = FrozenProposal::thaw(br#"{"a":2}"#, digest).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProposalChanged);
    }
}
