//! Adding a batch to a job and reading what came of it.
//!
//! Must not know how rows are written or found.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use serde_json::json;

use super::{Resource, form, info, no_such_address};
use crate::bulk::classic::{ClassicJob, ClassicState};
use crate::bulk::content::Content;
use crate::bulk::job::{Job, JobState, Order, RowOutcome, Work};
use crate::bulk::{BulkChange, FoundRows, Runner, json_rows, outcome_csv, query_page};
use crate::org::{ApiError, Id};
use crate::rest::answer::Answer;
use crate::rest::jobs::BATCHES;

/// The first three characters of the id of a result.
const RESULT: [u8; 3] = *b"752";
const CSV: HeaderValue = HeaderValue::from_static("text/csv");

impl Resource<'_> {
    /// `POST /job/ID/batch` with the rows or the statement.
    pub(super) fn add_batch(&self, job: &ClassicJob) -> Result<Answer, ApiError> {
        let (practice, body) = (self.practice, &self.call.body);
        let given = &job.order;
        let is_query = given.operation.is_query();
        let content = if is_query {
            Content::Csv
        } else {
            given.content
        };
        let empty = content.is_empty(body).map_err(|error| {
            let message = format!("Failed to parse the batch: {error}");
            ApiError::new(400, "ClientInputError", message)
        })?;
        if empty {
            let message = "Request body of a batch cannot be empty";
            return Err(ApiError::new(400, "ClientInputError", message));
        }
        let (query, upload) = if is_query {
            (Some(String::from_utf8_lossy(body).trim().to_owned()), None)
        } else {
            let file = practice.files.keep(body);
            (None, Some(file.map_err(|error| unreadable(&error))?))
        };
        let at = practice.org.now();
        let (batch, durable) = practice.change_job(|snapshot| {
            let state = practice.jobs.classic(given.id, at).map(|job| job.state);
            if state != Some(ClassicState::Open) {
                let state = state.unwrap_or(ClassicState::Aborted).name();
                let message = format!("Adding a batch to a job in the state {state} not allowed");
                return Err(ApiError::new(400, "InvalidJobState", message));
            }
            let order = Order {
                id: practice.jobs.next_batch_id(),
                operation: given.operation,
                object: given.object.clone(),
                user: self.call.user,
                at,
                version: given.version,
                dialect: content.dialect(body),
                query,
                external_id: given.external_id.clone(),
                assignment_rule: given.assignment_rule.clone(),
                client: self.call.client(),
                batch_of: Some(given.id),
                content: given.content,
                upload,
            };
            let batch = Job::new(order.clone(), snapshot);
            Ok((BulkChange::Ordered(order), batch))
        })?;
        practice.usage.spend(at, BATCHES, 1);
        Runner::start(practice, batch.order.id);
        let answer = self
            .form_for(job)
            .answer(201, "batchInfo", &info::batch_info(job, &batch));
        Ok(answer.durable(Some(durable)))
    }

    /// What was sent for a batch.
    pub(super) fn request(&self, batch: &Job) -> Result<Answer, ApiError> {
        let order = &batch.order;
        let body = match (&order.query, &order.upload) {
            (Some(query), _) => query.clone().into_bytes(),
            (None, Some(file)) => {
                let bytes = self.practice.files.read(file);
                bytes.map_err(|error| unreadable(&error))?.to_vec()
            }
            (None, None) => Vec::new(),
        };
        Ok(in_content(order.content, body))
    }

    /// The rows of a query.
    pub(super) fn rows(&self, batch: &Job, result: &str) -> Result<Answer, ApiError> {
        let found = match &batch.work {
            Work::Query {
                found: Some(found), ..
            } if Id::parse(result) == Some(result_id(batch)) => found,
            _ => return Err(no_such_address()),
        };
        Ok(self.found(batch, found))
    }

    fn found(&self, batch: &Job, found: &FoundRows) -> Answer {
        let order = &batch.order;
        match order.content {
            Content::Json => {
                let base = format!("/services/data/v{}.0", order.version);
                let mut answer = Answer::csv(json_rows(self.practice, found, base));
                answer.headers = Answer::bytes(Vec::new()).headers;
                answer
            }
            Content::Csv if found.total() == 0 => {
                in_content(Content::Csv, b"Records not found for this query".to_vec())
            }
            Content::Csv => {
                let total = found.total();
                Answer::csv(query_page(self.practice, found, order.dialect, 0, total))
            }
        }
    }
}

/// The outcome of each row, or the ids of the results of a query.
pub(super) fn results(batch: &Job) -> Result<Answer, ApiError> {
    let content = batch.order.content;
    match (&batch.work, batch.state) {
        (Work::Query { .. }, JobState::JobComplete) => {
            let result = result_id(batch);
            Ok(match content {
                Content::Json => Answer::json(200, &[result]),
                Content::Csv => {
                    form::xml(200, "result-list", &format!("<result>{result}</result>"))
                }
            })
        }
        (Work::Ingest { outcomes, .. }, JobState::JobComplete | JobState::Failed) => {
            Ok(match content {
                Content::Csv => in_content(content, outcome_csv(outcomes)),
                Content::Json => {
                    let list: Vec<_> = outcomes.iter().map(RowOutcome::classic_json).collect();
                    Answer::json(200, &json!(list))
                }
            })
        }
        _ => Err(ApiError::new(400, "InvalidBatch", "Batch not completed")),
    }
}

/// A query has one result, numbered as its batch.
fn result_id(batch: &Job) -> Id {
    Id::generate(RESULT, batch.order.id.sequence().unwrap_or_default())
}

fn in_content(content: Content, body: Vec<u8>) -> Answer {
    let mut answer = Answer::bytes(body);
    if content == Content::Csv {
        answer.headers.insert(CONTENT_TYPE, CSV);
    }
    answer
}

fn unreadable(error: &std::io::Error) -> ApiError {
    let message = format!("The batch could not be kept or read: {error}");
    ApiError::new(500, "Unknown", message)
}
