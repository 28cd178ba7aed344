//! Approvals as the keeper takes them, and the passkeys with which people seal them.
//!
//! What goes to a browser and comes back from it is JSON of the Web Authentication API; nobody but the browser and
//! the keeper looks inside. Must not know: how an answer is verified.

use crate::wire;
use gatelodge_model::{Digest, OrganizationId, ProposalId, Secret, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a person's approval takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalTerms {
    /// Whether the organization's approvals are sealed: then only a passkey's assertion approves.
    pub sealed: bool,
    /// What to ask the person's browser for (`navigator.credentials.get`); none where approvals are not sealed, or
    /// the person has no passkey.
    pub request: Option<Value>,
}

/// A person says yes to a proposal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AcceptApproval {
    /// Tenant.
    pub organization: OrganizationId,
    /// Which proposal.
    pub proposal: ProposalId,
    /// Hash of the bytes that were shown.
    pub digest: Digest,
    /// Who says yes.
    pub user: UserId,
    /// What the browser gave (`PublicKeyCredential` as JSON), if it was asked.
    pub assertion: Option<String>,
}

/// A person of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyHolder {
    /// Tenant.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
}

/// What is known of a person's passkeys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyRing {
    /// Whether this installation has an address that passkeys can be made for.
    pub available: bool,
    /// Whether the organization's approvals are sealed.
    pub sealed: bool,
    /// Since when that is so; none where it was never switched.
    pub sealed_changed_at: Option<Timestamp>,
    /// The passkeys, oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// Until when a code of the operator's console is good, where there is one.
    pub code_until: Option<Timestamp>,
}

/// One passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyView {
    /// The credential id, as browsers write it.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// When it was enrolled.
    pub added_at: Timestamp,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// What a person wants to do with passkeys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum CeremonyPurpose {
    /// Enrol a passkey with a code of the operator's console.
    Enrol {
        /// What it shall be called.
        name: String,
        /// The code.
        #[serde(with = "wire::secret")]
        code: Secret,
    },
    /// Add a passkey; two that are enrolled already must say yes.
    Add {
        /// What it shall be called.
        name: String,
    },
    /// Remove a passkey; one that is enrolled must say yes, and one must be left.
    Remove {
        /// Its id.
        passkey: String,
    },
    /// Switch sealed approvals on for the organization. Off is for the operator's console.
    SealApprovals,
    /// Prove again who one is, before something sensitive; changes nothing.
    ProveAgain,
}

/// The beginning of a ceremony.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BeginCeremony {
    /// Who.
    pub holder: PasskeyHolder,
    /// Sign-in name, for the list of the person's device.
    pub user_name: String,
    /// Shown name, for the same.
    pub display_name: String,
    /// What for.
    pub purpose: CeremonyPurpose,
}

/// What the browser does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CeremonyStep {
    /// Make a passkey (`navigator.credentials.create`).
    Create,
    /// Sign with an enrolled one (`navigator.credentials.get`).
    Confirm {
        /// Which confirmation this is, from 1.
        number: u8,
        /// How many there will be.
        of: u8,
    },
}

/// A step that waits for the browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ceremony {
    /// What the browser does.
    pub step: CeremonyStep,
    /// What it is given.
    pub options: Value,
    /// What the keeper must get back with the answer; sealed, and good for some minutes.
    #[serde(with = "wire::bytes")]
    pub state: Vec<u8>,
}

/// The browser's answer to a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContinueCeremony {
    /// Who.
    pub holder: PasskeyHolder,
    /// The state of the step.
    #[serde(with = "wire::bytes")]
    pub state: Vec<u8>,
    /// What the browser gave, as JSON.
    pub answer: String,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CeremonyProgress {
    /// There is another one.
    Next(Ceremony),
    /// A passkey was enrolled or added.
    Enrolled(PasskeyView),
    /// A passkey was removed.
    Removed(PasskeyView),
    /// Approvals are sealed from now on.
    Sealed,
    /// The person proved who they are.
    Proved,
}
