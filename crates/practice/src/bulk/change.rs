//! What happens to jobs as data: written to the log, applied to the store, read again after a restart.
//!
//! Must not know why a change was allowed. That a job runs is not written down: after a restart a job whose upload
//! was complete goes on behind its last written row.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::classic::{ClassicOrder, ClassicState};
use super::job::{JobState, Order, RowOutcome};
use crate::org::{Id, OrgChange};

/// One change of one job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkChange {
    Ordered(Order),
    /// The file under this name is the upload of the job.
    Uploaded {
        job: Id,
        file: String,
    },
    State {
        job: Id,
        at: DateTime<Utc>,
        state: JobState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// The next rows of an upload, with all they changed: both are kept or neither.
    Rows {
        job: Id,
        outcomes: Vec<RowOutcome>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        records: Option<OrgChange>,
    },
    Deleted {
        job: Id,
    },
    /// A job of the first Bulk API; each of its batches is `Ordered`.
    ClassicOrdered(ClassicOrder),
    /// It takes no more batches; after an abort those that are not done stay undone.
    ClassicState {
        job: Id,
        at: DateTime<Utc>,
        state: ClassicState,
    },
    /// What was counted, in place of the orders that are no longer kept.
    Counted {
        /// Jobs ever ordered.
        ordered: u64,
        /// When the query jobs of the last day were ordered.
        queries: VecDeque<DateTime<Utc>>,
    },
}

impl BulkChange {
    /// The records that were changed along with the job.
    pub fn records(&self) -> Option<&OrgChange> {
        match self {
            Self::Rows { records, .. } => records.as_ref(),
            _ => None,
        }
    }
}
