//! The bytes of a record: `/sobjects/X/ID/Field` down, and bodies of several parts up.
//!
//! Must not know where bytes are kept or how a record is checked.

use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::Call;
use super::{multipart, rows};
use crate::org::dml::BlobReference;
use crate::org::schema::FieldType;
use crate::org::{ApiError, Id, Object};

/// Position of a field that holds bytes.
pub(super) fn field(call: &Call<'_>, object: &Object, name: &str) -> Option<usize> {
    call.access
        .field(object, name)
        .filter(|field| object.fields[*field].kind == FieldType::Base64)
}

/// `GET /sobjects/X/ID/Field`.
pub(super) fn read(
    call: &Call<'_>,
    object: &Object,
    id: Id,
    field: usize,
) -> Result<Answer, ApiError> {
    let state = call.practice.org.snapshot();
    let record = rows::live(call, &state, object, id)?;
    let blob = BlobReference::of(&record.values[field]).ok_or_else(ApiError::not_found)?;
    let bytes = call.practice.files.read(&blob.name).map_err(|error| {
        let message = format!("The file could not be read: {error}");
        ApiError::new(500, "UNKNOWN_EXCEPTION", message)
    })?;
    let kind = record
        .get(object, "ContentType")
        .as_text()
        .unwrap_or("application/octetstream");
    Ok(Answer::bytes(bytes.to_vec()).header(CONTENT_TYPE, kind))
}

/// The fields of a body of several parts: one with JSON, and one with bytes for each field that holds them.
pub(super) fn multipart_fields(
    call: &Call<'_>,
    object: &Object,
) -> Option<Result<Map<String, Value>, ApiError>> {
    let boundary = multipart::boundary(call.header("content-type").unwrap_or_default())?;
    Some(fields(call, object, &boundary))
}

fn fields(
    call: &Call<'_>,
    object: &Object,
    boundary: &str,
) -> Result<Map<String, Value>, ApiError> {
    let invalid =
        |message: &str| ApiError::new(400, "INVALID_MULTIPART_REQUEST", message.to_owned());
    let parts =
        multipart::parts(&call.body, boundary).map_err(|error| invalid(&error.to_string()))?;
    let mut out: Option<Map<String, Value>> = None;
    let mut blobs = Vec::new();
    for part in &parts {
        match field(call, object, &part.name) {
            Some(index) => {
                let name = object.fields[index].name.clone();
                blobs.push((name, STANDARD.encode(&part.body).into()));
            }
            // The part with the fields has a name of the caller's own, such as `entity_content`.
            None if out.is_none() => {
                out =
                    Some(serde_json::from_slice(&part.body).map_err(|error| {
                        ApiError::new(400, "JSON_PARSER_ERROR", error.to_string())
                    })?);
            }
            None => return Err(invalid(&format!("The part '{}' is no field", part.name))),
        }
    }
    let mut out = out.ok_or_else(|| invalid("The multipart request has no part with fields"))?;
    out.extend(blobs);
    Ok(out)
}
