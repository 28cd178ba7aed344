//! The envelope of all answers: 200 with `ok`, even for what failed; only limits have a status of their own.
//!
//! Must not know the methods.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Why a method did not do what it was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Failure {
    /// The word for it.
    Word(&'static str),
    /// The word, and what is wrong with which argument.
    Explained(&'static str, Vec<String>),
    /// The token lacks a scope.
    MissingScope {
        needed: &'static str,
        provided: String,
    },
    /// Too many requests; the seconds to wait.
    Limited(i64),
}

impl From<&'static str> for Failure {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}

/// What a method answers with, without `ok`.
pub(super) type Answer = Result<Map<String, Value>, Failure>;

/// The fields of an object literal.
pub(super) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Adds a warning, in both places that it is told in.
pub(super) fn warn(fields: &mut Map<String, Value>, warning: &str) {
    let known = fields.get("warning").and_then(Value::as_str);
    let all = known.map_or_else(|| warning.to_owned(), |known| format!("{known},{warning}"));
    let list: Vec<&str> = all.split(',').collect();
    let metadata = fields
        .entry("response_metadata")
        .or_insert_with(|| json!({}));
    metadata["warnings"] = json!(list);
    fields.insert("warning".to_owned(), all.into());
}

/// The answer on the wire.
pub(super) fn render(answer: Answer) -> Response {
    let mut body = json!({ "ok": true });
    let failure = match answer {
        Ok(fields) => {
            if let Some(object) = body.as_object_mut() {
                object.extend(fields);
            }
            return Json(body).into_response();
        }
        Err(failure) => failure,
    };
    body["ok"] = false.into();
    match failure {
        Failure::Word(word) => body["error"] = word.into(),
        Failure::Explained(word, messages) => {
            body["error"] = word.into();
            body["response_metadata"] = json!({ "messages": messages });
        }
        Failure::MissingScope { needed, provided } => {
            body["error"] = "missing_scope".into();
            body["needed"] = needed.into();
            body["provided"] = provided.into();
        }
        Failure::Limited(seconds) => {
            body["error"] = "ratelimited".into();
            let wait = (header::RETRY_AFTER, HeaderValue::from(seconds));
            return (StatusCode::TOO_MANY_REQUESTS, [wait], Json(body)).into_response();
        }
    }
    Json(body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_add_up() {
        let mut answer = fields(json!({}));
        warn(&mut answer, "missing_charset");
        warn(&mut answer, "message_truncated");
        let expected = json!({
            "warning": "missing_charset,message_truncated",
            "response_metadata": { "warnings": ["missing_charset", "message_truncated"] },
        });
        assert_eq!(Value::from(answer), expected);
    }
}
