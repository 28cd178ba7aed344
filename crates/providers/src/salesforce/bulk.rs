//! Long results by Bulk API 2.0 ("Bulk API 2.0 Developer Guide, Query"): a job is started once, and its rows are
//! fetched in pieces for seven days.
//!
//! Must not know: who fetches them. The job lives at Salesforce and belongs to the connected user there, so
//! nothing of it is kept here.

mod written;

use super::{
    error,
    files::csv::{self, Rows},
    ids::RecordId,
    rest, rows, statement, touches,
};
use async_trait::async_trait;
use gatelodge_model::{Error, ErrorKind, Result, Retry, Touches, WhoMustAct};
use gatelodge_provider::{
    Caller, ExportPart, ExportPiece, Exports, Looking, ProviderResponse, ReadRequest,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Rows in one piece: each counts as a call at Salesforce, and its rows in the budget when it begins.
const ROWS: u32 = 50_000;

/// The longest refusal that is read.
const REFUSAL_BYTES: usize = 1024 * 1024;

/// The prefix of ids of jobs.
const JOB: &str = "750";

/// The body that starts a job: these members and values, and no other.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Start {
    operation: Operation,
    query: String,
    content_type: ContentType,
    column_delimiter: ColumnDelimiter,
    line_ending: LineEnding,
}

#[derive(Serialize, Deserialize)]
enum Operation {
    #[serde(rename = "query")]
    Query,
    #[serde(rename = "queryAll")]
    QueryAll,
}

#[derive(Serialize, Deserialize)]
enum ContentType {
    #[serde(rename = "CSV")]
    Csv,
}

#[derive(Serialize, Deserialize)]
enum ColumnDelimiter {
    #[serde(rename = "COMMA")]
    Comma,
}

#[derive(Serialize, Deserialize)]
enum LineEnding {
    #[serde(rename = "LF")]
    Lf,
}

/// What Salesforce tells of a job.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) state: String,
    #[serde(default)]
    pub(super) object: Option<String>,
    #[serde(default)]
    pub(super) number_records_processed: Option<u64>,
    #[serde(default)]
    pub(super) error_message: Option<String>,
}

fn jobs() -> String {
    rest::path(&["jobs", "query"])
}

/// The request that starts a job for a checked statement.
pub(super) fn start(soql: String, deleted: bool) -> Result<ReadRequest> {
    let body = Start {
        operation: if deleted {
            Operation::QueryAll
        } else {
            Operation::Query
        },
        query: soql,
        content_type: ContentType::Csv,
        column_delimiter: ColumnDelimiter::Comma,
        line_ending: LineEnding::Lf,
    };
    let body = serde_json::to_string(&body).map_err(Error::internal)?;
    Ok(ReadRequest::start(jobs(), body))
}

/// Agrees to the start of a query job and to nothing else: the fixed address, the fixed members, and a statement
/// that only reads.
pub(super) fn may_start(path: &str, body: &str) -> Result<()> {
    let denied = || {
        Error::new(
            ErrorKind::EgressDenied,
            "Only the start of an export may be sent this way. Nothing was sent.",
        )
    };
    if path != jobs() {
        return Err(denied());
    }
    let start: Start = serde_json::from_str(body).map_err(|_| denied())?;
    statement::export(&start.query).map(|_| ())
}

/// Reads a job.
pub(super) async fn job(caller: &dyn Caller, export: &str) -> Result<Job> {
    let id = job_id(export)?;
    let path = rest::path(&["jobs", "query", id.as_str()]);
    rest::get(caller, ReadRequest::get(path)).await
}

fn job_id(export: &str) -> Result<RecordId> {
    let id = RecordId::parse("export", export)?;
    if id.as_str().starts_with(JOB) {
        Ok(id)
    } else {
        Err(Error::invalid(
            "export",
            "`export` is none that salesforce_export gave: those start with 750.",
        ))
    }
}

/// Rows of a job as Salesforce gives them.
pub(super) struct Results {
    /// CSV with a header.
    pub(super) text: String,
    pub(super) next: Option<String>,
}

/// Reads rows of a finished job.
pub(super) async fn results(
    caller: &dyn Caller,
    export: &str,
    locator: Option<&str>,
    most: u32,
) -> Result<Results> {
    let response = caller.read(results_request(export, locator, most)?).await?;
    if !response.is_success() {
        return Err(error::read(&response));
    }
    Ok(Results {
        next: next(response.header(LOCATOR)),
        text: text(&response)?,
    })
}

fn results_request(export: &str, locator: Option<&str>, most: u32) -> Result<ReadRequest> {
    let id = job_id(export)?;
    let path = rest::path(&["jobs", "query", id.as_str(), "results"]);
    let request = ReadRequest::get(path)
        .query("maxRecords", most.to_string())
        .header("Accept", "text/csv");
    Ok(match locator {
        Some(locator) => request.query("locator", locator),
        None => request,
    })
}

/// Says where the next rows begin.
const LOCATOR: &str = "sforce-locator";

/// The literal word ends the rows.
fn next(locator: Option<&str>) -> Option<String> {
    locator
        .filter(|locator| *locator != "null")
        .map(str::to_owned)
}

fn text(response: &ProviderResponse) -> Result<String> {
    String::from_utf8(response.body.to_vec()).map_err(|_| odd("rows that are no text"))
}

fn odd(what: &str) -> Error {
    Error::new(
        ErrorKind::ProviderUnavailable,
        format!("Salesforce answered with {what}."),
    )
}

/// The rows of a CSV text as objects by column.
pub(super) fn objects(text: &str) -> Result<Vec<Map<String, Value>>> {
    let (header, rows) = parted(text)?;
    rows.map(|row| {
        let cells = row.map_err(|error| odd(&format!("no table, {error}")))?;
        Ok(object(&header, cells))
    })
    .collect()
}

fn parted(text: &str) -> Result<(Vec<String>, Rows<'_>)> {
    let mut rows = Rows::new(text, ',');
    let header = rows
        .next()
        .transpose()
        .map_err(|error| odd(&format!("no table, {error}")))?
        .unwrap_or_default();
    Ok((csv::columns(header), rows))
}

/// The columns of a CSV text.
pub(super) fn columns(text: &str) -> Result<Vec<String>> {
    Ok(parted(text)?.0)
}

/// An empty cell is null: Salesforce writes both alike.
fn object(header: &[String], cells: Vec<String>) -> Map<String, Value> {
    let values = cells.into_iter().map(|cell| {
        if cell.is_empty() {
            Value::Null
        } else {
            Value::String(cell)
        }
    });
    header.iter().cloned().zip(values).collect()
}

/// Refuses rows of a job that is not finished, with what to do.
pub(super) fn require_finished(job: &Job) -> Result<()> {
    match job.state.as_str() {
        "JobComplete" => Ok(()),
        "Failed" | "Aborted" => Err(Error::new(
            ErrorKind::ProviderRejected,
            format!(
                "Salesforce could not finish the export: {}",
                job.error_message.as_deref().unwrap_or("it was stopped.")
            ),
        )
        .with_hint(
            WhoMustAct::Caller,
            "Correct the statement and start a new export.",
        )),
        _ => Err(Error::new(
            ErrorKind::Conflict,
            "Salesforce is still preparing the export.",
        )
        .with_retry(Retry::Later)
        .with_hint(
            WhoMustAct::Nobody,
            "Ask again in a few seconds; salesforce_get_export tells how far it is.",
        )),
    }
}

/// Exports as the hub streams them.
pub(super) struct BulkExports;

#[async_trait]
impl Exports for BulkExports {
    async fn touches(&self, looking: Looking<'_>, export: &str) -> Result<Touches> {
        touches::export(looking, export).await
    }

    async fn piece(&self, caller: &dyn Caller, part: &ExportPart) -> Result<ExportPiece> {
        if part.position.is_none() {
            require_finished(&job(caller, &part.export).await?)?;
        }
        let request = results_request(&part.export, part.position.as_deref(), ROWS)?;
        let answer = caller.download(request).await?;
        if !answer.is_success() {
            return Err(error::read(&answer.whole(REFUSAL_BYTES).await?));
        }
        let rows = answer
            .header(rows::NUMBER_HEADER)
            .and_then(|number| number.trim().parse().ok())
            .ok_or_else(|| odd("rows without their number"))?;
        Ok(ExportPiece {
            rows,
            next: next(answer.header(LOCATOR)),
            body: written::rows(answer.body, part.clone(), rows),
        })
    }
}

#[cfg(test)]
mod tests;
