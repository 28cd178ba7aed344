//! Jobs of the first Bulk API: what was ordered once, and the batches it takes until it is closed. A batch is an
//! order like a job of Bulk API 2.0, and is worked on as one.
//!
//! Must not know HTTP. Source: "Bulk API 2.0 and Bulk API Developer Guide, Bulk API".

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::content::Content;
use super::job::Operation;
use crate::org::Id;

/// What was ordered; never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClassicOrder {
    pub id: Id,
    pub operation: Operation,
    /// API name of the object.
    pub object: String,
    pub user: Id,
    pub at: DateTime<Utc>,
    /// Major number of the API version it was ordered in.
    pub version: u32,
    pub content: Content,
    /// One batch after the other was asked for.
    #[serde(default)]
    pub serial: bool,
    /// The field by which an upsert finds its rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment_rule: Option<String>,
}

/// Whether a job takes batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClassicState {
    Open,
    Closed,
    Aborted,
}

/// One job.
#[derive(Clone, Debug)]
pub struct ClassicJob {
    pub order: Arc<ClassicOrder>,
    pub state: ClassicState,
    /// When its state last changed.
    pub modified: DateTime<Utc>,
    /// Its batches, in the order in which they came.
    pub batches: Vec<Id>,
}

impl ClassicJob {
    /// A job as it was ordered.
    pub fn new(order: ClassicOrder) -> Self {
        Self {
            state: ClassicState::Open,
            modified: order.at,
            batches: Vec::new(),
            order: Arc::new(order),
        }
    }
}

impl ClassicState {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Closed => "Closed",
            Self::Aborted => "Aborted",
        }
    }
}
