//! `GET` and `POST /composite/sobjects/X`: many rows by id, in the order of the ids.
//!
//! Must not know queries; a row is found by its id alone.

use axum::http::Method;
use serde_json::Value;

use super::{invalid_input, list};
use crate::org::render::write_record;
use crate::org::{ApiError, Id};
use crate::rest::answer::Answer;
use crate::rest::call::Call;
use crate::rest::rows;

/// Most ids of one call.
const MOST: usize = 2_000;

/// `GET …?ids=&fields=` and `POST … {"ids":[…],"fields":[…]}`.
pub(super) fn run(call: &Call<'_>, object: &str) -> Result<Answer, ApiError> {
    let object = call.object(object)?;
    let (ids, fields) = if call.method == Method::POST {
        let (body, _) = call.json_body()?;
        (texts(list(&body, "ids")?)?, texts(list(&body, "fields")?)?)
    } else {
        (parameter(call, "ids")?, parameter(call, "fields")?)
    };
    if ids.len() > MOST {
        let message = format!(
            "record limit reached. cannot submit more than {MOST} records in this operation"
        );
        return Err(ApiError::new(400, "EXCEEDED_ID_LIMIT", message));
    }
    let fields = rows::named_fields(call, object, &fields.join(","))?;
    let state = call.snapshot();
    let mut out = b"[".to_vec();
    for (index, text) in ids.iter().enumerate() {
        let id = Id::parse(text).ok_or_else(|| ApiError::malformed_id(text))?;
        if index > 0 {
            out.push(b',');
        }
        match rows::live(call, &state, object, id) {
            Ok(record) => write_record(&mut out, &call.base, object, record, &fields),
            Err(_) => out.extend_from_slice(b"null"),
        }
    }
    out.push(b']');
    Ok(Answer::bytes(out))
}

fn texts(values: &[Value]) -> Result<Vec<String>, ApiError> {
    let texts = values.iter().map(|value| value.as_str().map(str::to_owned));
    texts
        .collect::<Option<_>>()
        .ok_or_else(|| invalid_input("ids and fields must be lists of texts."))
}

fn parameter(call: &Call<'_>, name: &str) -> Result<Vec<String>, ApiError> {
    let list = call
        .parameter(name)
        .ok_or_else(|| invalid_input(format!("The parameter {name} is required.")))?;
    let parts = list
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    Ok(parts.map(str::to_owned).collect())
}
