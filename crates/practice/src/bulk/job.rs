//! One job: what was ordered, how far it is, what came of each row.
//!
//! Must not know HTTP or how the work is done.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::content::Content;
use super::dialect::Dialect;
use super::found::FoundRows;
use crate::org::dml::Assignment;
use crate::org::{Id, State};

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    Insert,
    Update,
    Upsert,
    Delete,
    HardDelete,
    Query,
    QueryAll,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobState {
    Open,
    UploadComplete,
    InProgress,
    JobComplete,
    Failed,
    Aborted,
}

/// What was ordered; never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    pub id: Id,
    pub operation: Operation,
    /// API name of the object.
    pub object: String,
    pub user: Id,
    pub at: DateTime<Utc>,
    /// Major number of the API version it was ordered in.
    pub version: u32,
    pub dialect: Dialect,
    /// The statement of a query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The field by which an upsert finds its rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment_rule: Option<String>,
    /// The `client` of `Sforce-Call-Options`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The job of the first Bulk API that this is a batch of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_of: Option<Id>,
    #[serde(default)]
    pub content: Content,
    /// The file that a batch came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
}

/// What became of one row of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    Saved {
        id: Id,
        created: bool,
    },
    Failed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Id>,
        /// `CODE:message:fields --`.
        error: Box<str>,
    },
}

/// One job.
#[derive(Clone, Debug)]
pub struct Job {
    pub order: Arc<Order>,
    pub state: JobState,
    /// When its state last changed.
    pub modified: DateTime<Utc>,
    /// Why it failed.
    pub error: Option<String>,
    pub work: Work,
}

/// What a job works on.
#[derive(Clone, Debug)]
pub enum Work {
    /// The state of the org at the moment of the order, and what was found in it.
    Query {
        snapshot: Arc<State>,
        found: Option<Arc<FoundRows>>,
    },
    /// The uploaded file, and the outcome of its rows as far as they are done, in their order.
    Ingest {
        upload: Option<String>,
        outcomes: imbl::Vector<RowOutcome>,
        failed: usize,
    },
}

impl Order {
    /// The rule that gives new rows their owner; without one in the order none does.
    pub fn assignment(&self) -> Assignment {
        let rule = self.assignment_rule.as_deref().and_then(Id::parse);
        rule.map_or(Assignment::Off, Assignment::Rule)
    }
}

impl Operation {
    pub fn is_query(self) -> bool {
        matches!(self, Self::Query | Self::QueryAll)
    }
}

impl JobState {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::UploadComplete => "UploadComplete",
            Self::InProgress => "InProgress",
            Self::JobComplete => "JobComplete",
            Self::Failed => "Failed",
            Self::Aborted => "Aborted",
        }
    }

    /// Nothing will happen to the job any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::JobComplete | Self::Failed | Self::Aborted)
    }

    /// The background work has something to do.
    pub fn is_due(self) -> bool {
        matches!(self, Self::UploadComplete | Self::InProgress)
    }
}

impl Job {
    /// A job as it was ordered.
    pub fn new(order: Order, snapshot: &Arc<State>) -> Self {
        let is_query = order.operation.is_query();
        Self {
            state: if is_query || order.upload.is_some() {
                JobState::UploadComplete
            } else {
                JobState::Open
            },
            modified: order.at,
            error: None,
            work: if is_query {
                Work::Query {
                    snapshot: Arc::clone(snapshot),
                    found: None,
                }
            } else {
                Work::Ingest {
                    upload: order.upload.clone(),
                    outcomes: imbl::Vector::new(),
                    failed: 0,
                }
            },
            order: Arc::new(order),
        }
    }

    /// Rows read by a query, or rows of an upload that are done.
    pub fn processed(&self) -> usize {
        match &self.work {
            Work::Query { found, .. } => found.as_ref().map_or(0, |found| found.total()),
            Work::Ingest { outcomes, .. } => outcomes.len(),
        }
    }

    /// Rows of an upload that were refused.
    pub fn failed(&self) -> usize {
        match &self.work {
            Work::Query { .. } => 0,
            Work::Ingest { failed, .. } => *failed,
        }
    }
}
