//! `/jobs`: the resources of Bulk API 2.0.
//!
//! Must not know how a job is worked on. Source: "Bulk API 2.0 and Bulk API Developer Guide".

mod info;
pub(super) mod ingest;
mod query;

use std::sync::Arc;

use axum::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::Answer;
use super::call::Call;
use crate::bulk::job::{Job, JobState, Operation};
use crate::bulk::{BulkChange, Runner};
use crate::org::access::ADMINISTRATOR;
use crate::org::{ApiError, Id};
use crate::persistence::Durable;
use crate::state::Practice;

/// The daily allowance that every job with an upload uses up.
pub(super) const BATCHES: &str = "DailyBulkApiBatches";

/// Everything below `/jobs`.
pub(super) fn route(practice: &Arc<Practice>, call: &Call<'_>) -> Result<Answer, ApiError> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let Some((&kind, rest)) = segments.get(1).zip(segments.get(2..)) else {
        return Err(ApiError::not_found());
    };
    let jobs = Resource { practice, call };
    match (kind, rest) {
        ("query", []) => call.allow(&["GET", "POST"], || match call.method {
            Method::POST => query::create(&jobs),
            _ => info::list(&jobs, true),
        }),
        ("ingest", []) => call.allow(&["GET", "POST"], || match call.method {
            Method::POST => ingest::create(&jobs),
            _ => info::list(&jobs, false),
        }),
        ("query" | "ingest", [id, rest @ ..]) => {
            let is_query = kind == "query";
            let job = jobs.find(id, is_query)?;
            match rest {
                [] => call.allow(&["DELETE", "GET", "PATCH"], || match call.method {
                    Method::DELETE => jobs.delete(&job),
                    Method::PATCH => jobs.change_state(&job),
                    _ => Ok(Answer::json(200, &info::full(&job))),
                }),
                [what] if is_query => call.allow(&["GET"], || query::results(&jobs, &job, what)),
                ["batches"] => call.allow(&["PUT"], || ingest::upload(&jobs, &job)),
                [what] => call.allow(&["GET"], || ingest::results(&jobs, &job, what)),
                _ => Err(ApiError::not_found()),
            }
        }
        _ => Err(ApiError::not_found()),
    }
}

/// A request about jobs.
struct Resource<'a> {
    practice: &'a Arc<Practice>,
    call: &'a Call<'a>,
}

/// The body of a PATCH.
#[derive(Deserialize)]
struct NewState {
    state: String,
}

impl Resource<'_> {
    /// A job that this person may see: the own ones, and all of them for an administrator.
    fn find(&self, id: &str, is_query: bool) -> Result<Job, ApiError> {
        Id::parse(id)
            .and_then(|id| self.practice.jobs.find(id, self.practice.org.now()))
            .filter(|job| job.order.operation.is_query() == is_query && self.shows(job))
            .ok_or_else(ApiError::not_found)
    }

    fn shows(&self, job: &Job) -> bool {
        job.order.user == self.call.user || self.call.access.profile == ADMINISTRATOR
    }

    /// The body of the request, which is JSON.
    fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let (body, _) = self.call.json_body()?;
        parse(body.into())
    }

    fn order(&self, job: &Job, change: BulkChange) -> Result<Durable, ApiError> {
        let id = job.order.id;
        let ((), durable) = self.practice.change_job(|_| {
            // Somebody else may have deleted it between the look and the lock.
            let now = self.practice.org.now();
            self.practice
                .jobs
                .find(id, now)
                .ok_or_else(ApiError::not_found)?;
            Ok((change, ()))
        })?;
        Ok(durable)
    }

    /// PATCH: the upload is complete, or the job is given up.
    fn change_state(&self, job: &Job) -> Result<Answer, ApiError> {
        let wanted: NewState = self.read()?;
        let (state, doing) = match wanted.state.as_str() {
            "UploadComplete" if !job.order.operation.is_query() => {
                (JobState::UploadComplete, "Closing")
            }
            "Aborted" => (JobState::Aborted, "Aborting"),
            other => {
                let message = format!("'{other}' is not a state that a job can be set to");
                return Err(ApiError::new(400, "INVALIDJOBSTATE", message));
            }
        };
        let id = job.order.id;
        let at = self.practice.org.now();
        let (changed, durable) = self.practice.change_job(|_| {
            let job = self
                .practice
                .jobs
                .find(id, at)
                .ok_or_else(ApiError::not_found)?;
            let allowed = match state {
                JobState::Aborted => !job.state.is_final(),
                _ => job.state == JobState::Open,
            };
            if !allowed {
                let message = format!("{doing} already {} Job not allowed", past(job.state));
                return Err(ApiError::new(400, "INVALIDJOBSTATE", message));
            }
            let change = BulkChange::State {
                job: id,
                at,
                state,
                error: None,
            };
            let changed = Job {
                state,
                modified: at,
                ..job
            };
            Ok((change, changed))
        })?;
        if state == JobState::UploadComplete {
            self.practice.usage.spend(at, BATCHES, 1);
            Runner::start(self.practice, id);
        }
        Ok(Answer::json(200, &info::short(&changed)).durable(Some(durable)))
    }

    fn delete(&self, job: &Job) -> Result<Answer, ApiError> {
        if !job.state.is_final() {
            let message =
                "Error encountered when deleting the job because the job is not terminated";
            return Err(ApiError::new(400, "API_ERROR", message));
        }
        let id = job.order.id;
        let durable = self.order(job, BulkChange::Deleted { job: id })?;
        Ok(Answer::empty(204).durable(Some(durable)))
    }

    /// Results are there when nothing happens to the job any more.
    fn require_results(job: &Job, wanted: impl Fn(JobState) -> bool) -> Result<(), ApiError> {
        if wanted(job.state) {
            return Ok(());
        }
        let message = format!(
            "Results of a job in the state {} are not available",
            job.state.name()
        );
        Err(ApiError::new(400, "INVALIDJOBSTATE", message))
    }
}

/// What happened to a job, in a sentence about what it can no longer do.
fn past(state: JobState) -> &'static str {
    match state {
        JobState::JobComplete => "Completed",
        JobState::UploadComplete | JobState::InProgress => "Closed",
        JobState::Open => "Open",
        JobState::Failed => "Failed",
        JobState::Aborted => "Aborted",
    }
}

/// Reads a body as the order it should be.
fn parse<T: DeserializeOwned>(body: serde_json::Value) -> Result<T, ApiError> {
    serde_json::from_value(body).map_err(|error| {
        ApiError::new(
            400,
            "INVALIDJOB",
            format!("The job cannot be read: {error}"),
        )
    })
}

/// The operation by its name.
pub(super) fn operation(name: &str, allowed: &[Operation]) -> Result<Operation, ApiError> {
    serde_json::from_value(name.into())
        .ok()
        .filter(|operation| allowed.contains(operation))
        .ok_or_else(|| {
            let message = format!("Operation '{name}' is not supported by this resource");
            ApiError::new(400, "INVALIDOPERATION", message)
        })
}

/// An object that jobs do not work on.
fn no_entity(name: &str) -> ApiError {
    let message = format!("Entity '{name}' is not supported by the Bulk API.");
    ApiError::new(400, "INVALIDENTITY", message)
}
