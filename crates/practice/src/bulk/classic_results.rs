//! What a finished batch of the first Bulk API answers: the outcome of each row, or the rows that it found.
//!
//! Must not know HTTP.

use std::sync::Arc;

use bytes::Bytes;
use chrono::NaiveTime;
use serde_json::{Map, Value as Json, json};

use super::csv::write_line;
use super::dialect::Dialect;
use super::found::FoundRows;
use super::job::RowOutcome;
use crate::org::query::ExportedRow;
use crate::org::{Object, Schema, Value};
use crate::state::Practice;

/// `Id,Success,Created,Error` of each row, in the order of the upload.
pub fn outcome_csv<'a>(outcomes: impl IntoIterator<Item = &'a RowOutcome>) -> Vec<u8> {
    let dialect = Dialect::default();
    let mut out = Vec::new();
    write_line(&mut out, dialect, ["Id", "Success", "Created", "Error"]);
    for outcome in outcomes {
        match outcome {
            RowOutcome::Saved { id, created } => {
                let (id, created) = (id.to_string(), created.to_string());
                write_line(&mut out, dialect, [&*id, "true", &*created, ""]);
            }
            RowOutcome::Failed { id, error } => {
                let id = id.map(|id| id.to_string()).unwrap_or_default();
                write_line(&mut out, dialect, [&*id, "false", "false", &**error]);
            }
        }
    }
    out
}

impl RowOutcome {
    /// The outcome as JSON results tell it.
    pub fn classic_json(&self) -> Json {
        match self {
            Self::Saved { id, created } => {
                json!({ "success": true, "created": created, "id": id, "errors": [] })
            }
            Self::Failed { id, error } => {
                let (code, rest) = error.split_once(':').unwrap_or((error, ""));
                let (message, fields) = rest.rsplit_once(':').unwrap_or((rest, ""));
                let fields = fields.trim_end_matches("--").trim_end();
                let fields: Vec<&str> = fields.split(',').filter(|name| !name.is_empty()).collect();
                json!({
                    "success": false, "created": false, "id": id,
                    "errors": [{
                        "statusCode": code, "message": message, "fields": fields, "extendedErrorDetails": null,
                    }],
                })
            }
        }
    }
}

/// The rows of a query as a JSON list, made one by one while it is sent.
pub fn json_rows(
    practice: &Arc<Practice>,
    rows: &FoundRows,
    base: String,
) -> impl Iterator<Item = std::io::Result<Bytes>> + Send + 'static {
    let practice = Arc::clone(practice);
    let mut export = rows.from(practice.org.schema(), 0);
    let names: Vec<String> = export.columns().map(|(name, _)| name.to_owned()).collect();
    let mut before = "[";
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let schema = practice.org.schema();
        let object = &schema.objects[export.object()];
        let Some(row) = export.next_row(schema) else {
            ended = true;
            let end = if before == "[" { "[]" } else { "]" };
            return Some(Ok(Bytes::from_static(end.as_bytes())));
        };
        let record = record(schema, object, &names, row, &base);
        let piece = format!("{before}{record}");
        before = ",";
        Some(Ok(Bytes::from(piece)))
    })
}

fn record(
    schema: &Schema,
    object: &Object,
    names: &[String],
    row: ExportedRow<'_>,
    base: &str,
) -> Json {
    let id = row.id();
    let address = format!("{base}/sobjects/{}/{id}", object.name);
    let mut out = Map::from_iter([(
        "attributes".to_owned(),
        json!({ "type": object.name, "url": address }),
    )]);
    for (name, value) in names.iter().zip(row.values()) {
        put(schema, Some(object), &mut out, name, &value);
    }
    for value in out.values_mut().skip(1) {
        forget_missing(value);
    }
    out.into()
}

/// A parent of which nothing is known is not there.
fn forget_missing(value: &mut Json) {
    if let Json::Object(parent) = value {
        parent.values_mut().skip(1).for_each(forget_missing);
        if parent.values().skip(1).all(Json::is_null) {
            *value = Json::Null;
        }
    }
}

/// Puts a value where its name says: `Account.Owner.Name` into the objects of both parents.
fn put(
    schema: &Schema,
    object: Option<&Object>,
    out: &mut Map<String, Json>,
    name: &str,
    value: &Value,
) {
    let Some((relationship, rest)) = name.split_once('.') else {
        out.insert(name.to_owned(), plain(value));
        return;
    };
    let reference =
        object.and_then(|object| Some(&object.fields[object.relationship(relationship)?]));
    let parent = reference
        .filter(|field| field.references.len() == 1)
        .and_then(|field| schema.object(&field.references[0]));
    let inner = out.entry(relationship).or_insert_with(|| {
        let kind = parent.map_or("Name", |parent| parent.name.as_str());
        json!({ "attributes": { "type": kind } })
    });
    if let Json::Object(inner) = inner {
        put(schema, parent, inner, rest, value);
    }
}

/// Moments are milliseconds in this form.
fn plain(value: &Value) -> Json {
    match value {
        Value::DateTime(at) => at.timestamp_millis().into(),
        Value::Date(date) => date
            .and_time(NaiveTime::MIN)
            .and_utc()
            .timestamp_millis()
            .into(),
        other => other.to_json(),
    }
}
