//! The list of objects, and the page of one object: records with search and paging, and its fields.
//!
//! Shows everything to everyone on this machine; what a profile sees is on the page of a record.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::cell::{Row, cell, name_of};
use super::frame::Frame;
use crate::org::{Field, FieldType, Id, Object, Record, Value};
use crate::state::Practice;

/// Records on a page.
const PAGE: usize = 25;
/// Columns beside the name.
const COLUMNS: usize = 4;

struct ObjectLine {
    name: String,
    label: String,
    prefix: String,
    fields: usize,
    records: usize,
}

#[derive(Template)]
#[template(path = "objects.html")]
struct ObjectsTemplate {
    frame: Frame,
    objects: Vec<ObjectLine>,
}

/// `GET /practice/objects`
pub(super) async fn list(State(practice): State<Arc<Practice>>) -> Response {
    let state = practice.org.snapshot();
    let line = |object: &Object| ObjectLine {
        name: object.name.clone(),
        label: object.plural.clone(),
        prefix: prefix_of(object),
        fields: object.fields.len(),
        records: state.table(object).live_count(),
    };
    let page = ObjectsTemplate {
        frame: Frame::new(&practice, "/practice/objects"),
        objects: practice.org.schema().objects.iter().map(line).collect(),
    };
    super::html(StatusCode::OK, &page)
}

fn prefix_of(object: &Object) -> String {
    String::from_utf8_lossy(&object.prefix).into_owned()
}

struct FieldLine {
    name: String,
    label: String,
    kind: String,
    required: bool,
    writable: &'static str,
    about: String,
}

struct ObjectPage {
    name: String,
    plural: String,
    prefix: String,
    query: String,
    name_label: String,
    columns: Vec<String>,
    rows: Vec<Row>,
    fields: Vec<FieldLine>,
    total: usize,
    first: usize,
    last: usize,
    earlier: Option<String>,
    later: Option<String>,
}

#[derive(Template)]
#[template(path = "object.html")]
struct ObjectTemplate {
    frame: Frame,
    page: ObjectPage,
}

#[derive(Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    q: String,
    page: usize,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            q: String::new(),
            page: 1,
        }
    }
}

/// `GET /practice/objects/{name}`
pub(super) async fn one(
    State(practice): State<Arc<Practice>>,
    Path(name): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let Some(object) = practice.org.schema().object(&name) else {
        return super::not_found().await;
    };
    // A query that cannot be read asks for nothing special.
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let page = ObjectTemplate {
        frame: Frame::new(&practice, "/practice/objects"),
        page: page_of(&practice, object, wanted.q.trim(), wanted.page.max(1)),
    };
    super::html(StatusCode::OK, &page)
}

fn page_of(practice: &Practice, object: &Object, query: &str, number: usize) -> ObjectPage {
    let state = practice.org.snapshot();
    let needle = query.to_lowercase();
    let (wanted_id, mut total) = (Id::parse(query), 0);
    let start = (number - 1).saturating_mul(PAGE);
    let columns = columns_of(object);
    let mut rows = Vec::new();
    for record in state.live(object) {
        if !needle.is_empty() && wanted_id != Some(record.id) && !holds(record, &needle) {
            continue;
        }
        if total >= start && rows.len() < PAGE {
            let cells = columns.iter().map(|index| {
                let field = &object.fields[*index];
                cell(&practice.org, &state, field, &record.values[*index])
            });
            rows.push(Row {
                id: record.id,
                name: name_of(object, record),
                cells: cells.collect(),
            });
        }
        total += 1;
    }
    let last = start + rows.len();
    let address = |page: usize| {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        format!("/practice/objects/{}?q={query}&page={page}", object.name)
    };
    let name_field = object
        .name_field
        .map(|index| object.fields[index].label.clone());
    ObjectPage {
        name: object.name.clone(),
        plural: object.plural.clone(),
        prefix: prefix_of(object),
        query: query.to_owned(),
        name_label: name_field.unwrap_or_else(|| "Record".to_owned()),
        columns: columns
            .iter()
            .map(|index| object.fields[*index].label.clone())
            .collect(),
        first: (start + 1).min(last),
        earlier: (number > 1 && total > 0).then(|| address(number - 1)),
        later: (last < total).then(|| address(number + 1)),
        fields: object.fields.iter().map(line_of).collect(),
        rows,
        total,
        last,
    }
}

fn holds(record: &Record, needle: &str) -> bool {
    record.values.iter().any(|value| match value {
        Value::Text(text) => text.to_lowercase().contains(needle),
        Value::Int(_) | Value::Double(_) => value.as_number() == needle.parse().ok(),
        _ => false,
    })
}

/// Columns beside the name: the first fields that tell records apart.
fn columns_of(object: &Object) -> Vec<usize> {
    let telling = |index: &usize| {
        let field = &object.fields[*index];
        let kind = matches!(
            field.kind,
            FieldType::String
                | FieldType::Reference
                | FieldType::Picklist
                | FieldType::Email
                | FieldType::Phone
                | FieldType::Currency
                | FieldType::Date
        );
        let part_of_name = matches!(field.name.as_str(), "FirstName" | "LastName" | "Salutation");
        let part_of_address = field
            .compound
            .as_deref()
            .is_some_and(|compound| compound.ends_with("Address"));
        let system = matches!(
            field.name.as_str(),
            "CreatedById" | "LastModifiedById" | "RecordTypeId" | "ParentId" | "MasterRecordId"
        );
        kind && !part_of_name && !part_of_address && !system && Some(*index) != object.name_field
    };
    (1..object.fields.len())
        .filter(telling)
        .take(COLUMNS)
        .collect()
}

fn line_of(field: &Field) -> FieldLine {
    let mut about = Vec::new();
    if !field.references.is_empty() {
        about.push(format!("to {}", field.references.join(", ")));
    }
    if field.external_id {
        about.push("external id".to_owned());
    }
    if field.unique {
        about.push("unique".to_owned());
    }
    if field.calculated {
        about.push("formula".to_owned());
    }
    if field.auto_number {
        about.push("automatic number".to_owned());
    }
    let shown: Vec<&str> = field
        .picklist
        .iter()
        .take(8)
        .map(|value| value.value.as_str())
        .collect();
    if !shown.is_empty() {
        let more = if field.picklist.len() > shown.len() {
            ", …"
        } else {
            ""
        };
        about.push(format!("{}{more}", shown.join(", ")));
    }
    let kind = match field.length {
        0 => field.kind.name().to_owned(),
        length => format!("{} ({length})", field.kind.name()),
    };
    FieldLine {
        name: field.name.clone(),
        label: field.label.clone(),
        kind,
        required: !field.nillable && field.createable && !field.defaulted_on_create,
        writable: match (field.createable, field.updateable) {
            (true, true) => "yes",
            (true, false) => "on create",
            (false, true) => "on update",
            (false, false) => "no",
        },
        about: about.join("; "),
    }
}
