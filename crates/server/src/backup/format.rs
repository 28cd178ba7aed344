//! The lines of a backup: a head, then each table with its rows, then the manifest.
//!
//! Must not know: encryption.

use gatelodge_model::{ConnectionId, OrganizationId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// The format that is written, and the newest that is read.
pub(super) const VERSION: u32 = 1;

/// The word that tells a backup from any other file.
pub(super) const KIND: &str = "gatelodge-backup";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`KIND`].
    pub kind: String,
    /// The format.
    pub version: u32,
    /// The program that wrote it.
    pub program: String,
    /// The moment that it shows.
    pub at: Timestamp,
    /// The installation; nil where its keeper never sent anything.
    pub instance: Uuid,
    /// Steps of the schema.
    pub steps: Vec<String>,
}

/// Any further line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// Rows of this table follow.
    Table { name: String, columns: Vec<String> },
    /// A row.
    Row(Vec<Value>),
    /// The last line.
    Manifest(Manifest),
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The first line once more, so that the manifest stands for itself.
    pub backup: Head,
    /// Rows and digest of each table.
    pub tables: Vec<TableCount>,
    /// How often each connection's token was replaced: a larger number elsewhere means that the one in here may
    /// be spent.
    pub generations: Vec<TokenState>,
}

/// One table of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCount {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 over its lines.
    pub sha256: String,
}

/// One credential of the manifest; never its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenState {
    /// Tenant.
    pub organization: OrganizationId,
    /// Whose credential.
    pub connection: ConnectionId,
    /// Grows with every replaced token.
    pub generation: i64,
    /// When it was last replaced.
    pub at: Timestamp,
}
