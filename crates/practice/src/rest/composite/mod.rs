//! The composite family: several requests or several rows in one call, which counts as one.
//!
//! Must not know how a row is checked or what a subrequest does; every subrequest takes the way of a request of
//! its own. Source of the shapes: "Composite Resources", REST API Developer Guide.

mod batch;
mod collections;
mod graph;
mod reference;
mod requests;
mod retrieve;
mod tree;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use crate::org::ApiError;

/// Text of the requests that were undone because another one failed.
const ROLLED_BACK: &str =
    "The transaction was rolled back since another operation in the same transaction failed.";

/// Everything below `/composite`.
pub(super) fn route(call: &Call<'_>, segments: &[&str]) -> Result<Answer, ApiError> {
    match segments {
        [] => call.allow(&["GET", "POST"], || {
            if call.method == axum::http::Method::POST {
                requests::run(call)
            } else {
                Ok(resources(call))
            }
        }),
        ["batch"] => call.allow(&["POST"], || batch::run(call)),
        ["graph"] if call.version >= graph::SINCE => call.allow(&["POST"], || graph::run(call)),
        ["tree", object] => call.allow(&["POST"], || tree::run(call, object)),
        ["sobjects"] => call.allow(&["POST", "PATCH", "DELETE"], || collections::run(call)),
        ["sobjects", object] => call.allow(&["GET", "POST"], || retrieve::run(call, object)),
        ["sobjects", object, field] => {
            call.allow(&["PATCH"], || collections::upsert(call, object, field))
        }
        _ => Err(ApiError::not_found()),
    }
}

/// `GET /composite`.
fn resources(call: &Call<'_>) -> Answer {
    let mut out = Map::new();
    for name in ["tree", "batch", "sobjects", "graph"] {
        if name != "graph" || call.version >= graph::SINCE {
            out.insert(
                name.to_owned(),
                format!("{}/composite/{name}", call.base).into(),
            );
        }
    }
    Answer::json(200, &out)
}

/// May the resource be asked inside a composite call? Those that hold requests themselves may not.
fn may_be_inside(segments: &[String]) -> bool {
    let inner = segments.get(1).map(String::as_str);
    match segments.first().map(String::as_str) {
        Some("composite") => matches!(inner, Some("sobjects" | "tree")),
        Some("jobs") => false,
        _ => true,
    }
}

/// The error of a body that lacks something.
fn invalid_input(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "INVALID_INPUT", message)
}

/// A flag of a body; absent means no.
fn flag(body: &Map<String, Value>, name: &str) -> bool {
    body.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// The list of a body.
fn list<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], ApiError> {
    body.get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(|| {
            invalid_input(format!(
                "The request body needs a list with the name '{name}'."
            ))
        })
}

/// An error as the results of rows spell it.
fn row_error(error: &ApiError) -> Value {
    json!({
        "statusCode": error.entry.code,
        "message": error.entry.message,
        "fields": error.entry.fields.as_deref().unwrap_or_default(),
    })
}
