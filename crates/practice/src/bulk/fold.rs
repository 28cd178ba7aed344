//! A job as the fewest changes that lead to it, for a compacted log.
//!
//! Must not know files, nor how the content of the org is written down.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::job::{Job, JobState, Work};
use super::{BulkChange, Jobs, KEPT};
use crate::org::State;

/// Outcomes of one change, so that no line of a log is larger than needed.
const OUTCOMES: usize = 1_000;

/// A job that is still kept.
pub(crate) struct FoldedJob {
    /// The content that its order must find; only the result of a query depends on it.
    pub(crate) ordered_in: Option<Arc<State>>,
    pub(crate) changes: Vec<BulkChange>,
}

/// All jobs, and what stands before and behind them.
pub(crate) struct FoldedJobs {
    /// Jobs of the first Bulk API, which their batches need.
    pub(crate) before: Vec<BulkChange>,
    /// Jobs and batches.
    pub(crate) jobs: Vec<FoldedJob>,
    /// Where the jobs of the first Bulk API stand, and the counters.
    pub(crate) behind: Vec<BulkChange>,
}

impl Jobs {
    /// All jobs that are still kept.
    pub(crate) fn folded(&self, now: DateTime<Utc>) -> FoldedJobs {
        let mut shelf = self.shelf();
        shelf.forget(now);
        let classic = shelf.classic.values();
        let before = classic
            .clone()
            .map(|job| BulkChange::ClassicOrdered(job.order.as_ref().clone()));
        let states = classic.map(|job| BulkChange::ClassicState {
            job: job.order.id,
            at: job.modified,
            state: job.state,
        });
        let counted = BulkChange::Counted {
            ordered: shelf.ordered,
            queries: shelf.queries.clone(),
        };
        // A query is found anew after every start, so that only its order tells its age.
        let old = |job: &&Job| {
            let order = &job.order;
            order.batch_of.is_none() && order.operation.is_query() && now - order.at >= KEPT
        };
        let jobs = shelf.jobs.values().filter(|job| !old(job));
        FoldedJobs {
            before: before.collect(),
            jobs: jobs.map(folded).collect(),
            behind: states.chain([counted]).collect(),
        }
    }
}

fn folded(job: &Job) -> FoldedJob {
    let id = job.order.id;
    let mut changes = vec![BulkChange::Ordered(job.order.as_ref().clone())];
    let mut ordered_in = None;
    match &job.work {
        Work::Query { snapshot, .. } => ordered_in = Some(Arc::clone(snapshot)),
        Work::Ingest {
            upload, outcomes, ..
        } => {
            changes.extend(upload.iter().map(|file| BulkChange::Uploaded {
                job: id,
                file: file.clone(),
            }));
            let outcomes: Vec<_> = outcomes.iter().cloned().collect();
            changes.extend(outcomes.chunks(OUTCOMES).map(|outcomes| BulkChange::Rows {
                job: id,
                outcomes: outcomes.to_vec(),
                records: None,
            }));
        }
    }
    // What a query found is not kept: it is looked up again, so it counts as not begun.
    let state = match (job.state, &job.work) {
        (JobState::InProgress | JobState::JobComplete, Work::Query { .. })
        | (JobState::InProgress, Work::Ingest { .. }) => JobState::UploadComplete,
        (state, _) => state,
    };
    changes.push(BulkChange::State {
        job: id,
        at: job.modified,
        state,
        error: job.error.clone(),
    });
    FoldedJob {
        ordered_in,
        changes,
    }
}
