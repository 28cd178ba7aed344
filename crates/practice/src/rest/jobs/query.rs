//! `/jobs/query`: ordering an export and reading its pages.
//!
//! Must not know how rows are found.

use axum::http::HeaderName;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Deserialize;
use serde_json::json;

use super::{Resource, info, no_entity, operation};
use crate::bulk::content::Content;
use crate::bulk::dialect::{Delimiter, Dialect, LineEnding};
use crate::bulk::job::{Job, JobState, Operation, Order, Work};
use crate::bulk::{BulkChange, FoundRows, Runner, compile, query_page};
use crate::org::ApiError;
use crate::rest::answer::Answer;

/// Rows of a page when the caller asks for no number.
const PAGE: usize = 50_000;
/// Pages in one answer of `resultPages`.
const PAGES: usize = 5;
/// The version that `resultPages` came with.
const RESULT_PAGES_SINCE: u32 = 58;

/// The body of a POST.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewQuery {
    operation: String,
    query: Option<String>,
    content_type: Option<String>,
    column_delimiter: Option<Delimiter>,
    line_ending: Option<LineEnding>,
}

/// `POST /jobs/query`.
pub(super) fn create(jobs: &Resource<'_>) -> Result<Answer, ApiError> {
    let wanted: NewQuery = jobs.read()?;
    let operation = operation(&wanted.operation, &[Operation::Query, Operation::QueryAll])?;
    super::ingest::require_csv(wanted.content_type.as_deref())?;
    let query = wanted
        .query
        .filter(|query| !query.trim().is_empty())
        .ok_or_else(|| ApiError::malformed_query("A query string has to be specified"))?;
    let (practice, call) = (jobs.practice, jobs.call);
    let now = practice.org.now();
    let allowance = practice.options.daily_bulk_queries;
    let used = practice.jobs.queries_today(now);
    if used >= allowance {
        let message = format!(
            "Max bulk v2 query jobs ({allowance}) per 24 hrs has been reached ({}).",
            used + 1
        );
        return Err(ApiError::new(400, "LIMIT_EXCEEDED", message));
    }
    let (job, durable) = practice.change_job(|snapshot| {
        let mut order = Order {
            id: practice.jobs.next_id(),
            operation,
            object: String::new(),
            user: call.user,
            at: now,
            version: call.version,
            dialect: Dialect {
                delimiter: wanted.column_delimiter.unwrap_or_default(),
                line_ending: wanted.line_ending.unwrap_or_default(),
            },
            query: Some(query),
            external_id: None,
            assignment_rule: None,
            client: call.client(),
            batch_of: None,
            content: Content::Csv,
            upload: None,
        };
        let export = compile(practice, &order, snapshot)?;
        let object = &practice.org.schema().objects[export.object()];
        if !super::ingest::is_bulk_object(object) {
            return Err(no_entity(&object.name));
        }
        order.object.clone_from(&object.name);
        let job = Job::new(order.clone(), snapshot);
        Ok((BulkChange::Ordered(order), job))
    })?;
    Runner::start(practice, job.order.id);
    Ok(Answer::json(200, &info::short(&job)).durable(Some(durable)))
}

/// `GET /jobs/query/ID/results` and `…/resultPages`.
pub(super) fn results(jobs: &Resource<'_>, job: &Job, what: &str) -> Result<Answer, ApiError> {
    match what {
        "results" => page(jobs, job, found(job)?),
        "resultPages" if jobs.call.version >= RESULT_PAGES_SINCE => {
            if jobs.call.version != job.order.version {
                let message = format!(
                    "The job was created in version {}.0; ask for its result pages in the same version",
                    job.order.version
                );
                return Err(ApiError::new(409, "CONFLICT", message));
            }
            pages(jobs, job, found(job)?)
        }
        _ => Err(ApiError::not_found()),
    }
}

fn found(job: &Job) -> Result<&FoundRows, ApiError> {
    Resource::require_results(job, |state| state == JobState::JobComplete)?;
    match &job.work {
        Work::Query {
            found: Some(found), ..
        } => Ok(found),
        _ => Err(ApiError::not_found()),
    }
}

fn page(jobs: &Resource<'_>, job: &Job, found: &FoundRows) -> Result<Answer, ApiError> {
    let from = start(jobs, found)?;
    let count = most(jobs)?.min(found.total() - from);
    let to = from + count;
    let next = if to < found.total() {
        locator(to)
    } else {
        "null".to_owned()
    };
    let pieces = query_page(jobs.practice, found, job.order.dialect, from, count);
    Ok(Answer::csv(pieces)
        .header(
            HeaderName::from_static("sforce-numberofrecords"),
            &count.to_string(),
        )
        .header(HeaderName::from_static("sforce-locator"), &next))
}

fn pages(jobs: &Resource<'_>, job: &Job, found: &FoundRows) -> Result<Answer, ApiError> {
    let most = most(jobs)?;
    let mut from = start(jobs, found)?;
    let path = format!("{}/jobs/query/{}", jobs.call.base, job.order.id);
    let mut pages = Vec::new();
    while pages.len() < PAGES && (from < found.total() || (from == 0 && pages.is_empty())) {
        let address = format!("{path}/results?maxRecords={most}&locator={}", locator(from));
        pages.push(json!({ "resultUrl": address }));
        from = (from + most).min(found.total());
        if from == found.total() {
            break;
        }
    }
    let next = (from < found.total()).then(|| {
        format!(
            "{path}/resultPages?maxRecords={most}&locator={}",
            locator(from)
        )
    });
    let body = json!({ "resultPages": pages, "nextRecordsUrl": next, "done": next.is_none() });
    Ok(Answer::json(200, &body))
}

/// The first row of the page that is asked for.
fn start(jobs: &Resource<'_>, found: &FoundRows) -> Result<usize, ApiError> {
    let Some(text) = jobs.call.parameter("locator") else {
        return Ok(0);
    };
    STANDARD_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.parse().ok())
        .filter(|row| *row == 0 || *row < found.total())
        .ok_or_else(|| ApiError::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator"))
}

fn locator(row: usize) -> String {
    STANDARD_NO_PAD.encode(row.to_string())
}

fn most(jobs: &Resource<'_>) -> Result<usize, ApiError> {
    let Some(text) = jobs.call.parameter("maxRecords") else {
        return Ok(PAGE);
    };
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| {
        let message = format!("maxRecords must be a number of at least 1, not '{text}'");
        ApiError::new(400, "INVALID_PARAMETER", message)
    })
}
