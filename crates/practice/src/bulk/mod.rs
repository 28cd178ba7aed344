//! The jobs of both Bulk APIs: a store of jobs, the CSV they read and write, and the work in the background.
//!
//! Must not know HTTP. Source: "Bulk API 2.0 and Bulk API Developer Guide".

mod change;
pub mod classic;
mod classic_results;
mod columns;
pub mod content;
pub mod csv;
pub mod dialect;
mod fold;
mod found;
mod ingest;
pub mod job;
mod results;
mod statement;
mod work;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::org::{Id, State};
pub use change::BulkChange;
use classic::{ClassicJob, ClassicState};
pub use classic_results::{json_rows, outcome_csv};
pub(crate) use fold::FoldedJob;
pub use found::FoundRows;
use job::{Job, JobState, Order, RowOutcome, Work};
pub use results::{Outcome, QueryPage, outcome_lines, query_page};
pub use statement::is_splittable;
pub use work::Runner;
pub(crate) use work::compile;

/// The first three characters of a job's id.
const PREFIX: [u8; 3] = *b"750";
/// The first three characters of the id of a batch.
const BATCH_PREFIX: [u8; 3] = *b"751";
/// How long a job and its results are kept.
const KEPT: TimeDelta = TimeDelta::days(7);
/// The span of the allowance for query jobs.
const DAY: TimeDelta = TimeDelta::days(1);

/// All jobs.
#[derive(Debug, Default)]
pub struct Jobs(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    /// Jobs of Bulk API 2.0 and batches of the first Bulk API.
    jobs: BTreeMap<Id, Job>,
    classic: BTreeMap<Id, ClassicJob>,
    /// Jobs and batches ever ordered; the number in the next id.
    ordered: u64,
    /// When the query jobs of the last day were ordered.
    queries: VecDeque<DateTime<Utc>>,
}

impl Jobs {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of the next job.
    pub fn next_id(&self) -> Id {
        Id::generate(PREFIX, self.shelf().ordered + 1)
    }

    /// The id of the next batch.
    pub fn next_batch_id(&self) -> Id {
        Id::generate(BATCH_PREFIX, self.shelf().ordered + 1)
    }

    /// A job of the first Bulk API that is still kept.
    pub fn classic(&self, id: Id, now: DateTime<Utc>) -> Option<ClassicJob> {
        let mut shelf = self.shelf();
        shelf.forget(now);
        shelf.classic.get(&id).cloned()
    }

    /// A job that is still kept.
    pub fn find(&self, id: Id, now: DateTime<Utc>) -> Option<Job> {
        let mut shelf = self.shelf();
        shelf.forget(now);
        shelf.jobs.get(&id).cloned()
    }

    /// All jobs of Bulk API 2.0 that are still kept, in the order in which they were ordered.
    pub fn list(&self, now: DateTime<Utc>) -> Vec<Job> {
        let mut shelf = self.shelf();
        shelf.forget(now);
        let jobs = shelf.jobs.values();
        jobs.filter(|job| job.order.batch_of.is_none())
            .cloned()
            .collect()
    }

    /// Query jobs of the last 24 hours, deleted ones included.
    pub fn queries_today(&self, now: DateTime<Utc>) -> u64 {
        let mut shelf = self.shelf();
        shelf.forget(now);
        u64::try_from(shelf.queries.len()).unwrap_or(u64::MAX)
    }

    /// Applies a change; `state` is the org at this moment. Names the file that nobody needs any more.
    pub fn apply(&self, state: &Arc<State>, change: &BulkChange) -> Option<String> {
        let mut shelf = self.shelf();
        match change {
            BulkChange::Ordered(order) => shelf.order(order, state),
            BulkChange::Uploaded { job, file } => {
                if let Some(Work::Ingest { upload, .. }) = shelf.work(*job) {
                    *upload = Some(file.clone());
                }
            }
            BulkChange::State {
                job,
                at,
                state,
                error,
            } => {
                if let Some(job) = shelf.jobs.get_mut(job) {
                    job.state = *state;
                    job.modified = *at;
                    job.error.clone_from(error);
                }
            }
            BulkChange::Rows { job, outcomes, .. } => {
                if let Some(Work::Ingest {
                    outcomes: all,
                    failed,
                    ..
                }) = shelf.work(*job)
                {
                    let refused =
                        |outcome: &&RowOutcome| matches!(outcome, RowOutcome::Failed { .. });
                    *failed += outcomes.iter().filter(refused).count();
                    all.extend(outcomes.iter().cloned());
                }
            }
            BulkChange::Deleted { job } => {
                if let Some(Job {
                    work: Work::Ingest { upload, .. },
                    ..
                }) = shelf.jobs.remove(job)
                {
                    return upload;
                }
            }
            BulkChange::ClassicOrdered(order) => {
                shelf.ordered += 1;
                let job = ClassicJob::new(order.clone());
                shelf.classic.insert(order.id, job);
            }
            BulkChange::ClassicState { job, at, state } => shelf.set_classic(*job, *at, *state),
            BulkChange::Counted { ordered, queries } => {
                shelf.ordered = *ordered;
                shelf.queries.clone_from(queries);
            }
        }
        None
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.shelf() = Shelf::default();
    }

    /// Keeps what a query job found, unless it was aborted meanwhile.
    fn found(&self, id: Id, at: DateTime<Utc>, rows: FoundRows) {
        if let Some(job) = self.shelf().jobs.get_mut(&id)
            && let (JobState::InProgress, Work::Query { found, .. }) = (job.state, &mut job.work)
        {
            *found = Some(Arc::new(rows));
            job.state = JobState::JobComplete;
            job.modified = at;
        }
    }

    /// Begins the work on a job; `None` when there is none to do.
    fn begin(&self, id: Id, at: DateTime<Utc>) -> Option<Job> {
        let mut shelf = self.shelf();
        let job = shelf.jobs.get_mut(&id).filter(|job| job.state.is_due())?;
        if job.state == JobState::UploadComplete {
            job.state = JobState::InProgress;
            job.modified = at;
        }
        Some(job.clone())
    }

    /// Jobs with work to do.
    fn due(&self) -> Vec<Id> {
        let shelf = self.shelf();
        let due = shelf.jobs.values().filter(|job| job.state.is_due());
        due.map(|job| job.order.id).collect()
    }
}

impl Shelf {
    fn order(&mut self, order: &Order, state: &Arc<State>) {
        self.ordered += 1;
        match order.batch_of {
            Some(job) => {
                if let Some(job) = self.classic.get_mut(&job) {
                    job.batches.push(order.id);
                }
            }
            None if order.operation.is_query() => self.queries.push_back(order.at),
            None => {}
        }
        self.jobs.insert(order.id, Job::new(order.clone(), state));
    }

    fn work(&mut self, job: Id) -> Option<&mut Work> {
        self.jobs.get_mut(&job).map(|job| &mut job.work)
    }

    fn set_classic(&mut self, id: Id, at: DateTime<Utc>, state: ClassicState) {
        let Some(job) = self.classic.get_mut(&id) else {
            return;
        };
        job.state = state;
        job.modified = at;
        if state != ClassicState::Aborted {
            return;
        }
        for batch in &job.batches {
            if let Some(batch) = self.jobs.get_mut(batch).filter(|job| job.state.is_due()) {
                batch.state = JobState::Aborted;
                batch.modified = at;
            }
        }
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        self.jobs
            .retain(|_, job| !job.state.is_final() || now - job.modified < KEPT);
        self.classic
            .retain(|_, job| job.state == ClassicState::Open || now - job.modified < KEPT);
        while self.queries.front().is_some_and(|at| now - *at >= DAY) {
            self.queries.pop_front();
        }
    }
}
