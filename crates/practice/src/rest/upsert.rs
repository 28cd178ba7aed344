//! Rows by external id: reading, upsert, deleting.
//!
//! Must not know how rows are checked.

use axum::http::Method;
use axum::http::header::LOCATION;
use serde_json::{Value as Json, json};

use super::answer::Answer;
use super::call::Call;
use super::{path_id, rows, sobjects};
use crate::org::dml::Body;
use crate::org::{ApiError, Id, Object};

/// `/sobjects/X/Field/VALUE`.
pub(super) fn route(
    call: &Call<'_>,
    object: &Object,
    field: &str,
    value: &str,
) -> Result<Answer, ApiError> {
    let index = call
        .access
        .field(object, field)
        .filter(|index| object.fields[*index].external_id || object.fields[*index].id_lookup)
        .ok_or_else(|| ApiError::no_external_id(field))?;
    call.allow(&["DELETE", "GET", "PATCH"], || {
        let state = call.practice.org.snapshot();
        let found = if index == 0 {
            let id = path_id(object, value)?;
            state
                .record(object, id)
                .map(|record| record.id)
                .into_iter()
                .collect()
        } else {
            state.find_by_value(object, index, value)
        };
        match (&call.method, found.as_slice()) {
            (_, [_, _, ..]) => Ok(several(call, object, &found)),
            (&Method::PATCH, _) => upsert(call, object, index, value),
            (_, []) => Err(ApiError::not_found()),
            (_, [id]) if call.method == Method::DELETE => rows::row(call, object, *id),
            (_, [id]) => rows::read(call, object, rows::live(&state, object, *id)?),
        }
    })
}

/// 300 with the addresses of all rows that match.
fn several(call: &Call<'_>, object: &Object, found: &[Id]) -> Answer {
    let addresses: Vec<String> = found
        .iter()
        .map(|id| sobjects::location(call, object, *id))
        .collect();
    Answer::json(300, &addresses)
}

fn upsert(call: &Call<'_>, object: &Object, index: usize, value: &str) -> Result<Answer, ApiError> {
    let (mut fields, raw) = call.json_body()?;
    let key = &object.fields[index];
    if fields
        .keys()
        .any(|name| name.eq_ignore_ascii_case(&key.name))
    {
        let message = format!(
            "The {} field should not be specified in the sobject data.",
            key.name
        );
        return Err(ApiError::row("INVALID_FIELD", message, &[&key.name]));
    }
    let update_only = call
        .parameter("updateOnly")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    // Looked up again under the lock: two upserts of one value at the same time must not make two rows.
    let ((id, created), durable) = call.write(|draft| {
        let found = if index == 0 {
            vec![path_id(object, value)?]
        } else {
            draft.state().find_by_value(object, index, value)
        };
        if let Some(id) = found.first() {
            draft.update(
                object,
                *id,
                &Body {
                    fields: &fields,
                    raw,
                },
                None,
            )?;
            return Ok((*id, false));
        }
        if update_only || index == 0 {
            return Err(ApiError::not_found());
        }
        fields.insert(key.name.clone(), Json::String(value.to_owned()));
        Ok((
            draft.create(
                object,
                &Body {
                    fields: &fields,
                    raw,
                },
            )?,
            true,
        ))
    })?;
    call.practice.org.touch(call.user, id);
    if !created && call.version <= 45 {
        return Ok(Answer::empty(204).durable(durable));
    }
    let body = json!({ "id": id, "success": true, "errors": [], "created": created });
    let answer = Answer::json(if created { 201 } else { 200 }, &body);
    Ok(answer
        .header(LOCATION, &sobjects::location(call, object, id))
        .durable(durable))
}
