//! The page of one record: its fields as a profile sees them, and the records that point at it.
//!
//! Must not change anything.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::cell::{Cell, Row, cell, name_of};
use super::frame::Frame;
use crate::org::access::{ADMINISTRATOR, Access};
use crate::org::{Id, Object, Record};
use crate::state::Practice;

/// Records of a related list.
const RELATED: usize = 10;

struct FieldLine {
    label: String,
    name: String,
    cell: Cell,
    editable: bool,
}

struct Related {
    label: String,
    total: usize,
    rows: Vec<Row>,
}

struct RecordPage {
    id: Id,
    name: String,
    object: String,
    label: String,
    plural: String,
    deleted: bool,
    profile: String,
    profiles: Vec<String>,
    fields: Vec<FieldLine>,
    hidden: usize,
    related: Vec<Related>,
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordTemplate {
    frame: Frame,
    page: RecordPage,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    /// Name of a profile.
    #[serde(rename = "as")]
    profile: String,
}

/// `GET /{id}`, the address that a real org has for a record.
pub(super) async fn short(
    State(practice): State<Arc<Practice>>,
    Path(id): Path<String>,
) -> Response {
    match found(&practice, &id) {
        Some(id) => super::redirect(StatusCode::FOUND, &format!("/practice/records/{id}")),
        None => super::not_found().await,
    }
}

/// `GET /lightning/r/{object}/{id}/view`, the same in Lightning.
pub(super) async fn lightning(
    state: State<Arc<Practice>>,
    Path((_, id)): Path<(String, String)>,
) -> Response {
    short(state, Path(id)).await
}

fn found(practice: &Practice, id: &str) -> Option<Id> {
    let id = Id::parse(id)?;
    let state = practice.org.snapshot();
    state.any_record(practice.org.schema(), id).map(|_| id)
}

/// `GET /practice/records/{id}`
pub(super) async fn one(
    State(practice): State<Arc<Practice>>,
    Path(id): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    // A query that cannot be read asks for nothing special.
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let state = practice.org.snapshot();
    let record = Id::parse(&id).and_then(|id| state.any_record(practice.org.schema(), id));
    let Some((object, record)) = record else {
        return super::not_found().await;
    };
    let page = RecordTemplate {
        frame: Frame::new(&practice, "/practice/objects"),
        page: page_of(&practice, object, record, &wanted.profile),
    };
    super::html(StatusCode::OK, &page)
}

fn page_of(practice: &Practice, object: &Object, record: &Record, profile: &str) -> RecordPage {
    let org = &practice.org;
    let state = org.snapshot();
    let mut profiles: Vec<String> = org.users().into_iter().map(|user| user.profile).collect();
    profiles.sort();
    profiles.dedup();
    let known = profiles.iter().find(|known| *known == profile);
    let profile = known.cloned().unwrap_or_else(|| ADMINISTRATOR.to_owned());
    let access = Access::for_profile(org.schema(), &profile);
    let mut fields = Vec::new();
    for (index, field) in object.fields.iter().enumerate() {
        if access.readable(object, index) {
            fields.push(FieldLine {
                label: field.label.clone(),
                name: field.name.clone(),
                cell: cell(org, &state, field, &record.values[index]),
                editable: access.object(object).edit
                    && access.editable(object, index)
                    && field.updateable,
            });
        }
    }
    RecordPage {
        id: record.id,
        name: name_of(object, record),
        object: object.name.clone(),
        label: object.label.clone(),
        plural: object.plural.clone(),
        deleted: record.deleted(object),
        hidden: object.fields.len() - fields.len(),
        related: related(practice, object, record.id, &access),
        fields,
        profile,
        profiles,
    }
}

fn related(practice: &Practice, object: &Object, id: Id, access: &Access) -> Vec<Related> {
    let org = &practice.org;
    let state = org.snapshot();
    let mut lists = Vec::new();
    for child in object
        .children
        .iter()
        .filter(|child| child.relationship.is_some())
    {
        let children = &org.schema().objects[child.object];
        if !access.readable(children, child.field) {
            continue;
        }
        let ids = state.find_by_value(children, child.field, &id.to_string());
        if ids.is_empty() {
            continue;
        }
        let rows = ids.iter().take(RELATED).filter_map(|id| {
            let record = state.record(children, *id)?;
            Some(Row {
                id: record.id,
                name: name_of(children, record),
                cells: Vec::new(),
            })
        });
        lists.push(Related {
            label: children.plural.clone(),
            total: ids.len(),
            rows: rows.collect(),
        });
    }
    lists
}
