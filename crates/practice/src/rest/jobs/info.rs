//! Jobs as JSON, alone and in lists.
//!
//! Must not know how a job is changed.

use serde_json::{Map, Value, json};

use super::Resource;
use crate::bulk::is_splittable;
use crate::bulk::job::Job;
use crate::org::{ApiError, Id, Value as FieldValue};
use crate::rest::answer::Answer;

/// Jobs of one page of a list.
const PAGE: usize = 1_000;
/// The first three characters of the locator of a list.
const LOCATOR: [u8; 3] = *b"01g";

/// A job as it is answered when it is made or changed.
pub(super) fn short(job: &Job) -> Value {
    let order = &job.order;
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("id", json!(order.id));
    put("operation", json!(order.operation));
    put("object", json!(order.object));
    put("createdById", json!(order.user));
    put("createdDate", FieldValue::DateTime(order.at).to_json());
    put(
        "systemModstamp",
        FieldValue::DateTime(job.modified).to_json(),
    );
    put("state", job.state.name().into());
    if let Some(field) = &order.external_id {
        put("externalIdFieldName", json!(field));
    }
    if let Some(rule) = &order.assignment_rule {
        put("assignmentRuleId", json!(rule));
    }
    put("concurrencyMode", "Parallel".into());
    put("contentType", "CSV".into());
    put("apiVersion", f64::from(order.version).into());
    if !order.operation.is_query() {
        let path = format!(
            "services/data/v{}.0/jobs/ingest/{}/batches",
            order.version, order.id
        );
        put("contentUrl", path.into());
    }
    put("lineEnding", json!(order.dialect.line_ending));
    put("columnDelimiter", json!(order.dialect.delimiter));
    out.into()
}

/// A job with how far it is.
pub(super) fn full(job: &Job) -> Value {
    let is_query = job.order.operation.is_query();
    let time = (job.modified - job.order.at).num_milliseconds();
    let mut out = short(job);
    out["jobType"] = if is_query { "V2Query" } else { "V2Ingest" }.into();
    out["numberRecordsProcessed"] = job.processed().into();
    if !is_query {
        out["numberRecordsFailed"] = job.failed().into();
    }
    out["retries"] = 0.into();
    out["totalProcessingTime"] = time.into();
    if is_query {
        let text = job.order.query.as_deref().unwrap_or_default();
        out["isPkChunkingSupported"] = is_splittable(text).into();
    } else {
        out["apiActiveProcessingTime"] = time.into();
        out["apexProcessingTime"] = 0.into();
    }
    if let Some(error) = &job.error {
        out["errorMessage"] = error.as_str().into();
    }
    out
}

/// A list of jobs, page by page.
pub(super) fn list(jobs: &Resource<'_>, queries: bool) -> Result<Answer, ApiError> {
    let call = jobs.call;
    let after = call.parameter("queryLocator").map(locator).transpose()?;
    let kind = if queries { "V2Query" } else { "V2Ingest" };
    let other_kind = call
        .parameter("jobType")
        .is_some_and(|wanted| wanted != kind);
    let serial = call
        .parameter("concurrencyMode")
        .is_some_and(|mode| !mode.eq_ignore_ascii_case("parallel"));
    let chunked = call
        .parameter("isPkChunkingEnabled")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    let nothing = other_kind || serial || chunked;
    let mut found = jobs.practice.jobs.list(jobs.practice.org.now());
    found.retain(|job| !nothing && job.order.operation.is_query() == queries && jobs.shows(job));
    let from = after.map_or(0, |after| {
        found.partition_point(|job| job.order.id.sequence() <= Some(after))
    });
    let page: Vec<Value> = found[from..].iter().take(PAGE).map(item).collect();
    let to = from + page.len();
    let next = (to < found.len())
        .then(|| found[to - 1].order.id.sequence())
        .flatten()
        .map(|last| {
            let resource = if queries { "query" } else { "ingest" };
            let locator = Id::generate(LOCATOR, last);
            format!("{}/jobs/{resource}?queryLocator={locator}-{to}", call.base)
        });
    let body = json!({ "done": next.is_none(), "records": page, "nextRecordsUrl": next });
    Ok(Answer::json(200, &body))
}

fn item(job: &Job) -> Value {
    let mut out = short(job);
    out["jobType"] = full(job)["jobType"].clone();
    out
}

/// The number of the last job before a page.
fn locator(text: &str) -> Result<u64, ApiError> {
    text.split_once('-')
        .and_then(|(id, _)| Id::parse(id))
        .filter(|id| id.prefix() == LOCATOR)
        .and_then(|id| id.sequence())
        .ok_or_else(|| ApiError::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator"))
}
