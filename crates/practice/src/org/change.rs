//! Changes of records as data: what is written to the log and what is applied to the state.
//!
//! Must not know why a change was allowed; that was decided before.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::id::Id;

/// One act of writing: all rows become visible at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrgChange {
    pub at: DateTime<Utc>,
    /// The user who wrote.
    pub by: Id,
    /// The `client` of `Sforce-Call-Options`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    pub rows: Vec<RowChange>,
}

/// One row with its full new content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RowChange {
    pub kind: WriteKind,
    pub object: String,
    pub id: Id,
    /// All fields that are not null, in their wire form.
    pub values: Map<String, Value>,
}

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteKind {
    Insert,
    Update,
    Delete,
    Undelete,
    /// Gone for good, also from the recycle bin.
    Erase,
}

/// One write to a record, as tests count them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordWrite {
    pub at: DateTime<Utc>,
    pub kind: WriteKind,
    pub by: Id,
    pub client: Option<String>,
}
