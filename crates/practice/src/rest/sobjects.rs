//! `/sobjects`: describe answers, creating, and the way to single rows.
//!
//! Must not know how a row is checked or kept.

use axum::http::header::LOCATION;
use serde::Serialize;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::conditions::{Conditions, Edition};
use super::{blobs, feeds, layouts, listviews, pages, path_id, recent, rows, upsert};
use crate::org::dml::Body;
use crate::org::schema::{describe_global, describe_object, summary};
use crate::org::{ApiError, Id, Object};

/// `GET /sobjects`.
pub(super) fn global(call: &Call<'_>) -> Result<Answer, ApiError> {
    let schema = call.practice.org.schema();
    metadata(call, &describe_global(schema, &call.access, call.urls()))
}

/// An answer about objects, which a client need not read again while it stays the same.
pub(super) fn metadata(call: &Call<'_>, value: &impl Serialize) -> Result<Answer, ApiError> {
    let answer = Answer::json(200, value);
    let edition = Edition::of_metadata(&answer.body, call.practice.started);
    Conditions::of_read(call).read(call, &edition, || answer)
}

/// Everything below `/sobjects/`.
pub(super) fn route(call: &Call<'_>, segments: &[&str]) -> Result<Answer, ApiError> {
    let Some((name, rest)) = segments.split_first() else {
        return global(call);
    };
    let object = call.object(name)?;
    match rest {
        [] => call.allow(&["GET", "POST"], || {
            if call.method == axum::http::Method::POST {
                create(call, object)
            } else {
                Ok(summary_page(call, object))
            }
        }),
        ["describe"] => call.allow(&["GET"], || {
            let schema = call.practice.org.schema();
            metadata(
                call,
                &describe_object(schema, &call.access, object, call.urls()),
            )
        }),
        ["describe", rest @ ..] => layouts::route(call, object, rest),
        ["listviews", rest @ ..] => listviews::route(call, object, rest),
        ["quickActions"] if object.searchable => {
            call.allow(&["GET"], || pages::quick_actions(call))
        }
        ["deleted"] => call.allow(&["GET"], || feeds::deleted(call, object)),
        ["updated"] => call.allow(&["GET"], || feeds::updated(call, object)),
        ["Id" | "id" | "ID"] => call.allow(&["POST"], || create(call, object)),
        [id] => rows::row(call, object, path_id(object, id)?),
        [field, value] => match Id::parse(field).filter(|id| id.prefix() == object.prefix) {
            Some(id) => match blobs::field(call, object, value) {
                Some(field) => call.allow(&["GET"], || blobs::read(call, object, id, field)),
                None => rows::related(call, object, id, value),
            },
            None => upsert::route(call, object, field, value),
        },
        _ => Err(ApiError::not_found()),
    }
}

fn summary_page(call: &Call<'_>, object: &Object) -> Answer {
    let page = json!({
        "objectDescribe": summary(object, &call.access, call.urls()),
        "recentItems": recent::items(call, Some(object), 10),
    });
    Answer::json(200, &page)
}

/// `POST /sobjects/X`.
fn create(call: &Call<'_>, object: &Object) -> Result<Answer, ApiError> {
    let (fields, raw) = match blobs::multipart_fields(call, object) {
        Some(fields) => (fields?, ""),
        None => call.json_body()?,
    };
    let (id, durable) = call.write(|draft| {
        draft.create(
            object,
            &Body {
                fields: &fields,
                raw,
            },
        )
    })?;
    call.touch(id);
    Ok(created(call, object, id).durable(durable))
}

/// 201 with the id of a new row.
fn created(call: &Call<'_>, object: &Object, id: Id) -> Answer {
    Answer::json(201, &json!({ "id": id, "success": true, "errors": [] }))
        .header(LOCATION, &location(call, object, id))
}

pub(super) fn location(call: &Call<'_>, object: &Object, id: Id) -> String {
    format!("{}/sobjects/{}/{id}", call.base, object.name)
}
