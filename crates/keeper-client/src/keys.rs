//! Keys as everybody but the keeper knows them: by id, by what they seal, by how far their replacement is.
//!
//! Must not know: keys.

use crate::Revocation;
use gatelodge_model::{ConnectionId, OrganizationId, Secret, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use uuid::Uuid;

/// Whether the keeper has its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealState {
    /// Nothing opens until somebody unlocks.
    pub sealed: bool,
    /// The operator's key in use; while sealed, the one that this database was sealed with.
    pub kek: Option<String>,
    /// Whether a passphrase unlocks; otherwise the key file that is configured does.
    pub by_passphrase: bool,
    /// Whether there is no key yet: the passphrase that is given becomes it.
    pub first: bool,
}

/// How to unlock.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Unlock {
    /// With these words.
    Passphrase(#[serde(with = "crate::wire::secret")] Secret),
    /// By reading the configured sources of the key again.
    ReadAgain,
}

/// A key of the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KekFacts {
    /// Its id.
    pub id: String,
    /// It wraps new data keys.
    pub current: bool,
    /// The answering keeper has it.
    pub held: bool,
    /// How many data keys it wraps.
    pub data_keys: u64,
}

/// A data key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataKeyFacts {
    /// Tenant.
    pub organization: OrganizationId,
    /// `credentials` or `customer_data`.
    pub purpose: String,
    /// Grows with every replacement.
    pub epoch: i64,
    /// Its id; `None` when no keeper opened it since that is noted.
    pub id: Option<String>,
    /// The operator's key that wraps it.
    pub kek: String,
    /// It seals what is new.
    pub current: bool,
    /// How many records it seals.
    pub rows: u64,
    /// When it was made.
    pub made_at: Timestamp,
}

/// Which keys a replacement replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RotatedKey {
    /// The operator's key.
    Kek,
    /// The data key of credentials.
    Credentials,
    /// The data key of customers' data.
    CustomerData,
}

impl RotatedKey {
    /// The words of pages and tables.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Kek => "operator's key",
            Self::Credentials => "data key of credentials",
            Self::CustomerData => "data key of customers' data",
        }
    }
}

/// A replacement of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotationFacts {
    /// Identity.
    pub id: Uuid,
    /// Tenant; `None` for the operator's key.
    pub organization: Option<OrganizationId>,
    /// Which key.
    pub key: RotatedKey,
    /// The new key's id.
    pub target: String,
    /// Who began.
    pub started_by: String,
    /// When.
    pub started_at: Timestamp,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
    /// Rows to move.
    pub total: u64,
    /// Rows moved.
    pub done: u64,
    /// Rows that do not open and stay with the old key.
    pub unreadable: u64,
}

impl RotationFacts {
    /// How much is done, in whole percent; 100 only when it is finished.
    pub fn percent(&self) -> u64 {
        if self.finished_at.is_some() {
            return 100;
        }
        match self.total {
            0 => 0,
            total => (self.done.saturating_mul(100) / total).min(99),
        }
    }

    /// Rows that are still to be moved.
    pub fn left(&self) -> u64 {
        self.total
            .saturating_sub(self.done)
            .saturating_sub(self.unreadable)
    }
}

/// All keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyInventory {
    /// The operator's keys that are held or in use.
    pub keks: Vec<KekFacts>,
    /// Data keys.
    pub data_keys: Vec<DataKeyFacts>,
    /// Records whose key is not noted, because an earlier version sealed them; a replacement notes it.
    pub unnamed_rows: u64,
    /// The latest replacements, newest first.
    pub rotations: Vec<RotationFacts>,
}

/// An order to replace keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateKeys {
    /// Which.
    pub what: RotateWhat,
    /// Who orders it, for people to see.
    pub started_by: String,
}

/// Which keys to replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RotateWhat {
    /// New data keys for one organization, or for all.
    DataKeys {
        /// Which one.
        organization: Option<OrganizationId>,
    },
    /// Another key of the operator's. The keeper reads it itself; no key travels.
    Kek {
        /// The file of the new key; `None` when the keeper's configuration names it.
        key_file: Option<PathBuf>,
    },
}

/// An order to give a key up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetireKey {
    /// Its id.
    pub id: String,
    /// Do not wait for keepers that may still write with it: none but this one runs.
    pub now: bool,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// How each connection's grant ended.
    pub connections: Vec<(ConnectionId, Revocation)>,
    /// Data keys that were destroyed.
    pub data_keys: u64,
    /// Sealed records that were deleted.
    pub records: u64,
}

/// How long the keeper's records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptUntil {
    /// Proposals' sealed bytes and outcomes made before this are deleted.
    pub sealed_before: Timestamp,
    /// Records of calls made before this are deleted.
    pub calls_before: Timestamp,
}

/// What was deleted of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// Tenant.
    pub organization: OrganizationId,
    /// The table.
    pub kind: String,
    /// Rows.
    pub rows: u64,
}

/// How many rows of a kind the keeper holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRows {
    /// The table, and the kind within it.
    pub kind: String,
    /// Rows.
    pub rows: u64,
}
