//! `/jobs/ingest`: ordering a load, uploading its file, reading what became of the rows.
//!
//! Must not know how rows are written.

use bytes::Bytes;
use serde::Deserialize;

use super::{Resource, info, no_entity, operation, parse};
use crate::bulk::content::Content;
use crate::bulk::dialect::{Delimiter, Dialect, LineEnding};
use crate::bulk::job::{Job, JobState, Operation, Order, Work};
use crate::bulk::{BulkChange, Outcome, Runner, outcome_lines};
use crate::org::access::ADMINISTRATOR;
use crate::org::{ApiError, Object};
use crate::rest::answer::Answer;
use crate::rest::call::Call;
use crate::rest::multipart;

/// Most characters of the content of a multipart order.
const INLINE: usize = 100_000;
/// The operations of a load.
const OPERATIONS: [Operation; 5] = [
    Operation::Insert,
    Operation::Update,
    Operation::Upsert,
    Operation::Delete,
    Operation::HardDelete,
];

/// The body of a POST.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewLoad {
    object: Option<String>,
    operation: String,
    external_id_field_name: Option<String>,
    content_type: Option<String>,
    line_ending: Option<LineEnding>,
    column_delimiter: Option<Delimiter>,
    assignment_rule_id: Option<String>,
}

/// `POST /jobs/ingest`, as JSON or as multipart with the file.
pub(super) fn create(jobs: &Resource<'_>) -> Result<Answer, ApiError> {
    let kind = jobs.call.header("content-type").unwrap_or_default();
    let Some(boundary) = multipart::boundary(kind) else {
        return order(jobs, &jobs.read()?, None);
    };
    let parts = multipart::parts(&jobs.call.body, &boundary)
        .map_err(|error| ApiError::new(400, "INVALID_MULTIPART_REQUEST", error.to_string()))?;
    let part = |name: &str| parts.iter().find(|part| part.name == name);
    let missing = |name: &str| {
        let message = format!("The multipart request has no part named '{name}'");
        ApiError::new(400, "INVALID_MULTIPART_REQUEST", message)
    };
    let job = part("job").ok_or_else(|| missing("job"))?;
    let content = part("content").ok_or_else(|| missing("content"))?;
    let wanted = serde_json::from_slice(&job.body)
        .map_err(|error| ApiError::new(400, "JSON_PARSER_ERROR", error.to_string()))?;
    if String::from_utf8_lossy(&content.body).chars().count() > INLINE {
        let message = format!("The content of a multipart job has at most {INLINE} characters");
        return Err(ApiError::new(400, "CLIENT_INPUT_ERROR", message));
    }
    order(jobs, &parse(wanted)?, Some(content.body.clone()))
}

fn order(
    jobs: &Resource<'_>,
    wanted: &NewLoad,
    content: Option<Bytes>,
) -> Result<Answer, ApiError> {
    let (practice, call) = (jobs.practice, jobs.call);
    let operation = operation(&wanted.operation, &OPERATIONS)?;
    require_csv(wanted.content_type.as_deref())?;
    let name = wanted.object.as_deref().unwrap_or_default();
    let key = wanted.external_id_field_name.as_deref();
    let (object, external_id) = target(call, operation, name, key)?;
    let order = |id| Order {
        id,
        operation,
        object: object.name.clone(),
        user: call.user,
        at: practice.org.now(),
        version: call.version,
        dialect: Dialect {
            delimiter: wanted.column_delimiter.unwrap_or_default(),
            line_ending: wanted.line_ending.unwrap_or_default(),
        },
        query: None,
        external_id: external_id.clone(),
        assignment_rule: wanted.assignment_rule_id.clone(),
        client: call.client(),
        batch_of: None,
        content: Content::Csv,
        upload: None,
    };
    let (mut job, mut durable) = practice.change_job(|snapshot| {
        let order = order(practice.jobs.next_id());
        let job = Job::new(order.clone(), snapshot);
        Ok((BulkChange::Ordered(order), job))
    })?;
    if let Some(content) = content {
        // The log is written in order: when the last entry is on disk, so are those before it.
        drop(keep(jobs, &job, &content)?);
        let at = practice.org.now();
        let change = BulkChange::State {
            job: job.order.id,
            at,
            state: JobState::UploadComplete,
            error: None,
        };
        durable = jobs.order(&job, change)?;
        job.state = JobState::UploadComplete;
        practice.usage.spend(at, super::BATCHES, 1);
        Runner::start(practice, job.order.id);
    }
    Ok(Answer::json(200, &info::short(&job)).durable(Some(durable)))
}

/// The object of a job and, for an upsert, the field by which it finds its rows.
pub(in crate::rest) fn target<'a>(
    call: &Call<'a>,
    operation: Operation,
    name: &str,
    key: Option<&str>,
) -> Result<(&'a Object, Option<String>), ApiError> {
    let object = call
        .object(name)
        .ok()
        .filter(|object| is_bulk_object(object))
        .ok_or_else(|| no_entity(name))?;
    if operation == Operation::HardDelete && call.access.profile != ADMINISTRATOR {
        let message = "hardDelete operation requires special user profile permission, please contact your system administrator";
        return Err(ApiError::new(400, "FeatureNotEnabled", message));
    }
    let key = (operation == Operation::Upsert)
        .then(|| external_id(call, object, key))
        .transpose()?;
    Ok((object, key))
}

/// The field by which an upsert finds its rows, by its canonical name.
fn external_id(call: &Call<'_>, object: &Object, name: Option<&str>) -> Result<String, ApiError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        let message = format!(
            "External ID was blank for {}. An External ID must be specified for upsert.",
            object.name
        );
        return Err(ApiError::new(400, "INVALIDJOB", message));
    };
    call.access
        .field(object, name)
        .map(|index| &object.fields[index])
        .filter(|field| field.external_id || field.id_lookup)
        .map(|field| field.name.clone())
        .ok_or_else(|| {
            let message = format!(
                "Field name provided, {name} does not match an External ID, Salesforce Id, or indexed field for {}",
                object.name
            );
            ApiError::new(400, "INVALIDJOB", message)
        })
}

/// `PUT /jobs/ingest/ID/batches`.
pub(super) fn upload(jobs: &Resource<'_>, job: &Job) -> Result<Answer, ApiError> {
    let kind = jobs.call.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("text/csv") {
        let message =
            format!("Content type '{kind}' is not supported by this resource. Send 'text/csv'.");
        return Err(ApiError::new(415, "UNSUPPORTED_MEDIA_TYPE", message));
    }
    if job.state != JobState::Open {
        let message = format!(
            "Uploading to a job in the state {} not allowed",
            job.state.name()
        );
        return Err(ApiError::new(400, "INVALIDJOBSTATE", message));
    }
    if matches!(
        job.work,
        Work::Ingest {
            upload: Some(_),
            ..
        }
    ) {
        let message = format!(
            "Found multiple contents for job: <{}>, please 'Close' / 'Abort' / 'Delete' the current Job then create \
             a new Job and make sure you only do 'PUT' once on a given Job.",
            job.order.id
        );
        return Err(ApiError::new(400, "CLIENT_INPUT_ERROR", message));
    }
    let durable = keep(jobs, job, &jobs.call.body)?;
    Ok(Answer::empty(201).durable(Some(durable)))
}

fn keep(
    jobs: &Resource<'_>,
    job: &Job,
    content: &Bytes,
) -> Result<crate::persistence::Durable, ApiError> {
    let id = job.order.id;
    let file = format!("{id}.csv");
    jobs.practice
        .files
        .keep_as(&file, content)
        .map_err(|error| {
            let message = format!("The file could not be kept: {error}");
            ApiError::new(500, "UNKNOWN_EXCEPTION", message)
        })?;
    jobs.order(job, BulkChange::Uploaded { job: id, file })
}

/// `GET /jobs/ingest/ID/successfulResults` and its sisters.
pub(super) fn results(jobs: &Resource<'_>, job: &Job, what: &str) -> Result<Answer, ApiError> {
    let wanted = match what.to_ascii_lowercase().as_str() {
        "successfulresults" => Outcome::Successful,
        "failedresults" => Outcome::Failed,
        "unprocessedrecords" => Outcome::Unprocessed,
        _ => return Err(ApiError::not_found()),
    };
    Resource::require_results(job, JobState::is_final)?;
    let Work::Ingest {
        upload, outcomes, ..
    } = &job.work
    else {
        return Err(ApiError::not_found());
    };
    let lines = upload
        .as_deref()
        .map(|file| jobs.practice.files.reader(file))
        .transpose()
        .and_then(|file| outcome_lines(file, &job.order, outcomes.clone(), wanted));
    lines.map(Answer::csv).map_err(|error| {
        let message = format!("The results could not be read: {error}");
        ApiError::new(500, "UNKNOWN_EXCEPTION", message)
    })
}

/// CSV is all that jobs of this interface know.
pub(super) fn require_csv(kind: Option<&str>) -> Result<(), ApiError> {
    match kind {
        None => Ok(()),
        Some(kind) if kind.eq_ignore_ascii_case("CSV") => Ok(()),
        Some(kind) => {
            let message = format!("Content type '{kind}' is not supported; use CSV");
            Err(ApiError::new(400, "INVALIDJOB", message))
        }
    }
}

/// Attachments are files, which CSV cannot hold.
pub(super) fn is_bulk_object(object: &Object) -> bool {
    object.name != "Attachment"
}
