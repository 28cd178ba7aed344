//! Rows by external id: reading, upsert, deleting.
//!
//! Must not know how rows are checked.

use axum::http::Method;
use axum::http::header::LOCATION;
use serde_json::{Map, Value as Json, json};

use super::answer::Answer;
use super::call::Call;
use super::{path_id, rows, sobjects};
use crate::org::dml::{Body, Draft};
use crate::org::{ApiError, Id, Object};

/// An external id: the field and the value to look for.
pub(super) struct Key<'a> {
    /// Position of the field; 0 is the record id itself.
    pub(super) index: usize,
    pub(super) value: &'a str,
}

impl Key<'_> {
    /// The live rows that have it.
    ///
    /// # Errors
    /// 404 when the key is the record id and is no id of this object.
    pub(super) fn find(&self, draft: &Draft<'_>, object: &Object) -> Result<Vec<Id>, ApiError> {
        if self.index == 0 {
            return Ok(vec![path_id(object, self.value)?]);
        }
        Ok(draft.state().find_by_value(object, self.index, self.value))
    }
}

/// Position of a field that may serve as a key.
///
/// # Errors
/// 404 when there is no such field for this user, or when it is no key.
pub(super) fn key_field(call: &Call<'_>, object: &Object, field: &str) -> Result<usize, ApiError> {
    call.access
        .field(object, field)
        .filter(|index| object.fields[*index].external_id || object.fields[*index].id_lookup)
        .ok_or_else(|| ApiError::no_external_id(field))
}

/// `/sobjects/X/Field/VALUE`.
pub(super) fn route(
    call: &Call<'_>,
    object: &Object,
    field: &str,
    value: &str,
) -> Result<Answer, ApiError> {
    let index = key_field(call, object, field)?;
    call.allow(&["GET", "PATCH", "DELETE"], || {
        let state = call.snapshot();
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
            (&Method::PATCH, _) => upsert(call, object, &Key { index, value }),
            (_, []) => Err(ApiError::not_found()),
            (_, [id]) if call.method == Method::DELETE => rows::row(call, object, *id),
            (_, [id]) => rows::read(call, object, rows::live(call, &state, object, *id)?),
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

fn upsert(call: &Call<'_>, object: &Object, key: &Key<'_>) -> Result<Answer, ApiError> {
    let (mut fields, raw) = call.json_body()?;
    let field = &object.fields[key.index];
    if fields
        .keys()
        .any(|name| name.eq_ignore_ascii_case(&field.name))
    {
        let message = format!(
            "The {} field should not be specified in the sobject data.",
            field.name
        );
        return Err(ApiError::row("INVALID_FIELD", message, &[&field.name]));
    }
    let update_only = call
        .parameter("updateOnly")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    // Looked up again under the lock: two upserts of one value at the same time must not make two rows.
    let ((id, created), durable) = call.write(|draft| {
        let found = key.find(draft, object)?.first().copied();
        if found.is_none() && update_only {
            return Err(ApiError::not_found());
        }
        save(draft, object, key, found, &mut fields, raw)
    })?;
    call.touch(id);
    if !created && call.version <= 45 {
        return Ok(Answer::empty(204).durable(durable));
    }
    let body = json!({ "id": id, "success": true, "errors": [], "created": created });
    let answer = Answer::json(if created { 201 } else { 200 }, &body);
    Ok(answer
        .header(LOCATION, &sobjects::location(call, object, id))
        .durable(durable))
}

/// Changes the row that was found, or creates one with the key. Tells whether it is new.
///
/// # Errors
/// The row errors of the platform.
pub(super) fn save(
    draft: &mut Draft<'_>,
    object: &Object,
    key: &Key<'_>,
    found: Option<Id>,
    fields: &mut Map<String, Json>,
    raw: &str,
) -> Result<(Id, bool), ApiError> {
    if let Some(id) = found {
        draft.update(object, id, &Body { fields, raw }, None)?;
        return Ok((id, false));
    }
    let name = object.fields[key.index].name.clone();
    fields.insert(name, Json::String(key.value.to_owned()));
    let id = draft.create(object, &Body { fields, raw })?;
    Ok((id, true))
}
