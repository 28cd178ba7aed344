//! The work on an upload: 200 rows at a time through the same checks as every other write, each time one entry
//! of the log with the rows and what they changed.
//!
//! Must not know HTTP. After a stop the work goes on behind the last entry, so that no row is written twice.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::columns::Columns;
use super::csv::{CsvError, CsvReader};
use super::job::{Job, JobState, Operation, Order, RowOutcome};
use super::{BulkChange, work};
use crate::org::dml::{Body, Draft, DuplicateOptions, WriteContext};
use crate::org::{ApiError, Id, Object, Schema};
use crate::persistence::{Change, Durable, LogError};
use crate::state::Practice;

/// Rows that are written together.
const CHUNK: usize = 200;

/// Works through an upload.
///
/// # Errors
/// The log takes nothing more.
pub(super) async fn run(
    practice: &Practice,
    job: &Job,
    upload: Option<&str>,
) -> Result<(), LogError> {
    match rows(practice, job, upload).await {
        Ok(()) => work::finish(practice, job, None).await,
        Err(Stop::Reason(reason)) => work::finish(practice, job, Some(reason)).await,
        Err(Stop::Ended) => Ok(()),
        Err(Stop::Log(error)) => Err(error),
    }
}

/// Why an upload is not worked through to its end.
enum Stop {
    /// The job fails with this message.
    Reason(String),
    /// It was aborted or deleted meanwhile.
    Ended,
    Log(LogError),
}

impl From<CsvError> for Stop {
    fn from(error: CsvError) -> Self {
        Self::Reason(match error {
            CsvError::LineEnding(_) => format!("ClientInputError : {error}"),
            _ => format!("InvalidBatch : {error}"),
        })
    }
}

async fn rows(practice: &Practice, job: &Job, upload: Option<&str>) -> Result<(), Stop> {
    let Some(upload) = upload else {
        return Ok(());
    };
    let file = practice.files.reader(upload).map_err(CsvError::Io)?;
    let file = job.order.content.csv(file)?;
    let mut reader = CsvReader::new(file, job.order.dialect)?;
    if reader.header().is_empty() {
        return Ok(());
    }
    let schema = practice.org.schema();
    let gone = || Stop::Reason(format!("InvalidBatch : no access to {}", job.order.object));
    let object = schema.object(&job.order.object).ok_or_else(gone)?;
    let access = practice.org.access(job.order.user).ok_or_else(gone)?;
    let columns = Columns::read(schema, &access, object, reader.header())
        .map_err(|name| Stop::Reason(format!("InvalidBatch : Field name not found : {name}")))?;
    let needs_id = matches!(
        job.order.operation,
        Operation::Update | Operation::Delete | Operation::HardDelete
    );
    if needs_id && !columns.has_id() {
        let reason = "InvalidBatch : Field name not found : Id";
        return Err(Stop::Reason(reason.to_owned()));
    }
    for _ in 0..job.processed() {
        if reader.next_row()?.is_none() {
            return Ok(());
        }
    }
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        let mut broken = None;
        while chunk.len() < CHUNK && broken.is_none() {
            match reader.next_row() {
                Ok(Some(row)) => chunk.push(row),
                Ok(None) => break,
                Err(error) => broken = Some(error),
            }
        }
        let last = chunk.len() < CHUNK;
        if !chunk.is_empty() {
            let write = ChunkWrite {
                practice,
                order: &job.order,
                schema,
                object,
                columns: &columns,
            };
            write.run(&chunk)?.wait().await.map_err(Stop::Log)?;
        }
        match (broken, last) {
            (Some(error), _) => return Err(error.into()),
            (None, true) => return Ok(()),
            // Others may want to write too.
            (None, false) => tokio::task::yield_now().await,
        }
    }
}

struct ChunkWrite<'a> {
    practice: &'a Practice,
    order: &'a Order,
    schema: &'a Schema,
    object: &'a Object,
    columns: &'a Columns<'a>,
}

impl ChunkWrite<'_> {
    fn run(&self, chunk: &[csv::StringRecord]) -> Result<Durable, Stop> {
        let org = &self.practice.org;
        let job = self.order.id;
        let access = org.access(self.order.user).ok_or(Stop::Ended)?;
        let context = WriteContext {
            user: self.order.user,
            access,
            now: org.now(),
            client: self.order.client.clone(),
            assignment: self.order.assignment(),
            duplicates: DuplicateOptions::default(),
            most_records: self.practice.options.most_records,
            base: format!("/services/data/v{}.0", self.order.version),
            files: Arc::clone(&self.practice.files),
        };
        let outcomes = RefCell::new(Vec::new());
        let keep = |records| {
            let outcomes = outcomes.take();
            let change = BulkChange::Rows {
                job,
                outcomes,
                records,
            };
            self.practice.jobs.apply(&org.snapshot(), &change);
            self.practice.log.append(&Change::Bulk(change))
        };
        let written = org.write(
            context,
            |draft| {
                self.require_work()?;
                *outcomes.borrow_mut() = self.write(draft, chunk);
                Ok(())
            },
            |change| keep(Some(change.clone())),
        );
        match written {
            Ok(((), Some(durable))) => Ok(durable),
            // No row was saved, so that there was nothing to keep in order with.
            Ok(((), None)) => Ok(keep(None)),
            Err(_) => Err(Stop::Ended),
        }
    }

    /// Under the lock of all writes: behind an abort no row is written.
    fn require_work(&self) -> Result<(), ApiError> {
        let job = self
            .practice
            .jobs
            .find(self.order.id, self.practice.org.now());
        job.filter(|job| job.state == JobState::InProgress)
            .map(|_| ())
            .ok_or_else(ApiError::not_found)
    }

    fn write(&self, draft: &mut Draft<'_>, chunk: &[csv::StringRecord]) -> Vec<RowOutcome> {
        let key = self
            .order
            .external_id
            .as_deref()
            .and_then(|name| self.object.field_index(name));
        let mut seen: HashMap<String, usize> = HashMap::new();
        if let Some(key) = key {
            for row in chunk {
                *seen
                    .entry(self.key_cell(row, key).to_lowercase())
                    .or_default() += 1;
            }
        }
        let write = |row| {
            let outcome = match (self.order.operation, key) {
                (Operation::Upsert, Some(key)) => self.upsert(draft, row, key, &seen),
                (operation, _) => self.by_id(draft, row, operation),
            };
            outcome.unwrap_or_else(|error| RowOutcome::Failed {
                id: self.given_id(row),
                error: told(&error).into(),
            })
        };
        chunk.iter().map(write).collect()
    }

    fn by_id(
        &self,
        draft: &mut Draft<'_>,
        row: &csv::StringRecord,
        operation: Operation,
    ) -> Result<RowOutcome, ApiError> {
        if operation == Operation::Insert {
            if !self.columns.id(row).is_empty() {
                let message = "cannot specify Id in an insert call";
                return Err(ApiError::row(
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    message,
                    &["Id"],
                ));
            }
            let body = self.columns.body(row, None)?;
            let id = draft.create(self.object, &Body::from(&body))?;
            return Ok(RowOutcome::Saved { id, created: true });
        }
        let cell = self.columns.id(row).trim();
        if cell.is_empty() {
            let name = if operation == Operation::Update {
                "an update"
            } else {
                "a delete"
            };
            let message = format!("Id not specified in {name} call");
            return Err(ApiError::row("MISSING_ARGUMENT", message, &[]));
        }
        let id = self.record_id(cell)?;
        match operation {
            Operation::Update => {
                let body = self.columns.body(row, None)?;
                draft.update(self.object, id, &Body::from(&body), None)?;
            }
            Operation::HardDelete => draft.attempt(|draft| draft.erase(self.object, id))?,
            _ => draft.attempt(|draft| draft.delete(self.object, id))?,
        }
        Ok(RowOutcome::Saved { id, created: false })
    }

    fn upsert(
        &self,
        draft: &mut Draft<'_>,
        row: &csv::StringRecord,
        key: usize,
        seen: &HashMap<String, usize>,
    ) -> Result<RowOutcome, ApiError> {
        let field = &self.object.fields[key];
        let cell = self.key_cell(row, key);
        let mut body = self.columns.body(row, Some(key))?;
        let by_id = key == 0;
        if cell.is_empty() && !by_id {
            let message = format!("{} not specified", field.name);
            return Err(ApiError::row("MISSING_ARGUMENT", message, &[]));
        }
        if !cell.is_empty()
            && seen
                .get(&cell.to_lowercase())
                .is_some_and(|times| *times > 1)
        {
            let message = format!("Duplicate external id specified: {cell}");
            return Err(ApiError::row(
                "DUPLICATE_EXTERNAL_ID",
                message,
                &[&field.name],
            ));
        }
        let found = match (by_id, cell.is_empty()) {
            (_, true) => Vec::new(),
            (true, false) => vec![self.record_id(cell)?],
            (false, false) => draft.state().find_by_value(self.object, key, cell),
        };
        match found.as_slice() {
            [] => {
                if !cell.is_empty() {
                    body.insert(field.name.clone(), cell.into());
                }
                let id = draft.create(self.object, &Body::from(&body))?;
                Ok(RowOutcome::Saved { id, created: true })
            }
            [id] => {
                draft.update(self.object, *id, &Body::from(&body), None)?;
                Ok(RowOutcome::Saved {
                    id: *id,
                    created: false,
                })
            }
            several => {
                let ids: Vec<String> = several.iter().map(Id::to_string).collect();
                let message = format!(
                    "{}: more than one record found for external id field: [{}]",
                    field.name,
                    ids.join(", ")
                );
                Err(ApiError::row(
                    "DUPLICATE_EXTERNAL_ID",
                    message,
                    &[&field.name],
                ))
            }
        }
    }

    /// The value by which an upsert finds its row.
    fn key_cell<'r>(&self, row: &'r csv::StringRecord, key: usize) -> &'r str {
        match key {
            0 => self.columns.id(row),
            _ => self.columns.value(row, key),
        }
        .trim()
    }

    fn record_id(&self, cell: &str) -> Result<Id, ApiError> {
        let id = Id::parse(cell).ok_or_else(|| ApiError::malformed_id(cell))?;
        if self
            .schema
            .object_by_prefix(id.prefix())
            .is_some_and(|object| object.index == self.object.index)
        {
            Ok(id)
        } else {
            Err(not_there())
        }
    }

    /// The id of a row that was refused, when it names a record.
    fn given_id(&self, row: &csv::StringRecord) -> Option<Id> {
        Id::parse(self.columns.id(row).trim())
    }
}

fn not_there() -> ApiError {
    ApiError::row(
        "INVALID_CROSS_REFERENCE_KEY",
        "invalid cross reference id",
        &[],
    )
}

/// `CODE:message:fields --`.
fn told(error: &ApiError) -> String {
    // A path that does not exist is a record that does not exist here.
    if error.status == 404 && error.entry.code == "NOT_FOUND" {
        return told(&not_there());
    }
    let fields = error.entry.fields.as_deref().unwrap_or_default();
    let place = match fields {
        [] => "--".to_owned(),
        _ => format!("{} --", fields.join(",")),
    };
    format!("{}:{}:{place}", error.entry.code, error.entry.message)
}
