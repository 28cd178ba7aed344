//! The background work: a job is taken, done and finished; what a stop interrupts goes on after the next start.
//!
//! Must not know HTTP or how a row is written.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;

use super::job::{Job, JobState, Operation, Order, Work};
use super::{BulkChange, FoundRows, ingest, statement};
use crate::org::query::{self, Asker, Export};
use crate::org::{ApiError, Id, State};
use crate::persistence::{Change, Durable, LogError};
use crate::state::Practice;

/// The tasks that work on jobs.
#[derive(Debug, Default)]
pub struct Runner(Mutex<Vec<JoinHandle<()>>>);

impl Runner {
    /// Begins the work on a job.
    pub fn start(practice: &Arc<Practice>, job: Id) {
        let task = tokio::spawn(run(Arc::clone(practice), job));
        let tasks = &practice.runner.0;
        let mut tasks = tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| !task.is_finished());
        tasks.push(task);
    }

    /// Goes on with everything that a stop interrupted.
    pub fn resume(practice: &Arc<Practice>) {
        for job in practice.jobs.due() {
            Self::start(practice, job);
        }
    }

    /// Ends all tasks where they stand.
    pub async fn stop(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            task.abort();
            // It was ended on purpose, or ended by itself.
            drop(task.await);
        }
    }
}

impl Practice {
    /// Makes a change of a job visible and writes it down, in one order with all writes of records.
    pub(crate) fn change_job<T>(
        &self,
        prepare: impl FnOnce(&Arc<State>) -> Result<(BulkChange, T), ApiError>,
    ) -> Result<(T, Durable), ApiError> {
        self.org.in_order(|state| {
            let (change, result) = prepare(state)?;
            let unneeded = self.jobs.apply(state, &change);
            let durable = self.log.append(&Change::Bulk(change));
            if let Some(file) = unneeded {
                self.files.remove(&file);
            }
            Ok((result, durable))
        })
    }
}

/// What the statement of a query job asks for.
///
/// # Errors
/// What the statement is refused for.
pub(crate) fn compile(
    practice: &Practice,
    order: &Order,
    snapshot: &Arc<State>,
) -> Result<Export, ApiError> {
    let access = practice
        .org
        .access(order.user)
        .ok_or_else(|| ApiError::new(401, "INVALID_SESSION_ID", "Session expired or invalid"))?;
    let asker = Asker {
        user: order.user,
        access,
        now: order.at,
        base: format!("/services/data/v{}.0", order.version),
        version: order.version,
        deleted: order.operation == Operation::QueryAll,
    };
    let text = order.query.as_deref().unwrap_or_default();
    statement::check(text)?;
    query::export(practice.org.schema(), snapshot, &asker, text)
}

async fn run(practice: Arc<Practice>, id: Id) {
    pause(&practice).await;
    let Some(job) = practice.jobs.begin(id, practice.org.now()) else {
        return;
    };
    pause(&practice).await;
    let outcome = match &job.work {
        Work::Query { snapshot, .. } => find(&practice, &job, Arc::clone(snapshot)).await,
        Work::Ingest { upload, .. } => ingest::run(&practice, &job, upload.as_deref()).await,
    };
    if let Err(error) = outcome {
        tracing::warn!(%error, job = %id, "a bulk job stays unfinished until the next start");
    }
}

/// The delay that a test asked for.
async fn pause(practice: &Practice) {
    let delay = practice.options.bulk_delay;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

async fn find(practice: &Arc<Practice>, job: &Job, snapshot: Arc<State>) -> Result<(), LogError> {
    let worker = Arc::clone(practice);
    let order = Arc::clone(&job.order);
    let found = tokio::task::spawn_blocking(move || {
        let export = compile(&worker, &order, &snapshot)?;
        let rows = FoundRows::find(export, worker.org.schema());
        worker.jobs.found(order.id, worker.org.now(), rows);
        Ok::<(), ApiError>(())
    });
    let reason = match found.await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) if job.order.batch_of.is_some() => format!(
            "InvalidBatch : Failed to process query: {}: {}",
            error.entry.code, error.entry.message
        ),
        Ok(Err(error)) => error.entry.message,
        Err(error) => error.to_string(),
    };
    finish(practice, job, Some(reason)).await
}

/// Ends a job, with the reason when it failed.
pub(super) async fn finish(
    practice: &Practice,
    job: &Job,
    error: Option<String>,
) -> Result<(), LogError> {
    let id = job.order.id;
    let done = practice.change_job(|_| {
        let at = practice.org.now();
        let still_due = practice
            .jobs
            .find(id, at)
            .is_some_and(|job| job.state.is_due());
        if !still_due {
            return Err(ApiError::not_found());
        }
        let state = match error {
            Some(_) => JobState::Failed,
            None => JobState::JobComplete,
        };
        let change = BulkChange::State {
            job: id,
            at,
            state,
            error,
        };
        Ok((change, ()))
    });
    match done {
        Ok(((), durable)) => durable.wait().await,
        // It was aborted or deleted meanwhile.
        Err(_) => Ok(()),
    }
}
