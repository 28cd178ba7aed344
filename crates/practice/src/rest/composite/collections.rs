//! `/composite/sobjects`: up to 200 rows created, changed, upserted or deleted in one write, with a result each.
//!
//! Must not know how a row is checked.

use std::collections::HashMap;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::{flag, invalid_input, list, row_error};
use crate::org::dml::{Body, Draft};
use crate::org::{ApiError, Id, Object};
use crate::rest::answer::Answer;
use crate::rest::call::Call;
use crate::rest::upsert::{self, Key};

/// Most rows of one call.
const MOST: usize = 200;
/// Most runs of rows of one type.
const MOST_CHUNKS: usize = 10;

/// A row of the body with its object.
type Row<'a> = (&'a Object, Map<String, Value>);
/// A row that was saved: its id, and for an upsert whether it is new.
type Saved = (Id, Option<bool>);
/// A row that was refused; the flag as in [`Saved`].
type Refused = (ApiError, Option<bool>);

/// Creates, changes or deletes.
pub(super) fn run(call: &Call<'_>) -> Result<Answer, ApiError> {
    match call.method {
        Method::DELETE => delete(call),
        Method::PATCH => update(call),
        _ => create(call),
    }
}

fn create(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (body, raw) = call.json_body()?;
    let rows = rows(call, &body, None)?;
    save(
        call,
        flag(&body, "allOrNone"),
        &rows,
        |draft, (object, fields)| {
            let body = Body { fields, raw };
            let id = draft.create(object, &body).map_err(|error| (error, None))?;
            Ok((id, None))
        },
    )
}

fn update(call: &Call<'_>) -> Result<Answer, ApiError> {
    let (body, raw) = call.json_body()?;
    let rows = rows(call, &body, None)?;
    save(
        call,
        flag(&body, "allOrNone"),
        &rows,
        |draft, (object, fields)| {
            let mut fields = fields.clone();
            let given = take(&mut fields, "Id");
            let result = given
                .as_ref()
                .and_then(Value::as_str)
                .ok_or_else(|| {
                    ApiError::row(
                        "MISSING_ARGUMENT",
                        "Id not specified in an update call",
                        &[],
                    )
                })
                .and_then(|text| row_id(object, text))
                .and_then(|id| {
                    let body = Body {
                        fields: &fields,
                        raw,
                    };
                    draft.update(object, id, &body, None).map_err(unknown_row)?;
                    Ok(id)
                });
            result.map(|id| (id, None)).map_err(|error| (error, None))
        },
    )
}

/// `DELETE /composite/sobjects?ids=`.
fn delete(call: &Call<'_>) -> Result<Answer, ApiError> {
    let ids = call
        .parameter("ids")
        .ok_or_else(|| invalid_input("The parameter ids is required."))?;
    let ids: Vec<&str> = ids.split(',').map(str::trim).collect();
    check_number(ids.len())?;
    let all_or_none = call
        .parameter("allOrNone")
        .is_some_and(|flag| flag.eq_ignore_ascii_case("true"));
    let schema = call.practice.org.schema();
    save(call, all_or_none, &ids, |draft, text| {
        let result = Id::parse(text)
            .ok_or_else(|| ApiError::malformed_id(text))
            .and_then(|id| {
                let object = schema
                    .object_by_prefix(id.prefix())
                    .filter(|object| draft.context.access.object(object).read)
                    .ok_or_else(|| unknown_row(ApiError::not_found()))?;
                draft.delete(object, id).map_err(unknown_row)?;
                Ok(id)
            });
        result.map(|id| (id, None)).map_err(|error| (error, None))
    })
}

/// `PATCH /composite/sobjects/X/Field`.
pub(super) fn upsert(call: &Call<'_>, object: &str, field: &str) -> Result<Answer, ApiError> {
    let object = call.object(object)?;
    let index = upsert::key_field(call, object, field)?;
    let key = &object.fields[index];
    let (body, raw) = call.json_body()?;
    let rows = rows(call, &body, Some(object))?;
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (_, fields) in &rows {
        if let Some(value) = key_text(fields, &key.name) {
            *seen.entry(value.to_lowercase()).or_default() += 1;
        }
    }
    save(
        call,
        flag(&body, "allOrNone"),
        &rows,
        |draft, (object, fields)| {
            let mut fields = fields.clone();
            let Some(value) = key_text(&fields, &key.name) else {
                let message = format!("{} not specified", key.name);
                let error = ApiError::row("MISSING_ARGUMENT", message, &[&key.name]);
                return Err((error, Some(false)));
            };
            take(&mut fields, &key.name);
            let found = Key {
                index,
                value: &value,
            }
            .find(draft, object);
            // What would have been created says so even when it was refused.
            let fresh = Some(found.as_ref().is_ok_and(Vec::is_empty));
            if seen
                .get(&value.to_lowercase())
                .is_some_and(|times| *times > 1)
            {
                let message = format!("Duplicate external id specified: {value}");
                return Err((
                    ApiError::row("DUPLICATE_EXTERNAL_ID", message, &[&key.name]),
                    fresh,
                ));
            }
            let saved = found.and_then(|found| {
                if let [_, _, ..] = found.as_slice() {
                    let message =
                        format!("More than one record found for external id field: {found:?}");
                    return Err(ApiError::row(
                        "DUPLICATE_EXTERNAL_ID",
                        message,
                        &[&key.name],
                    ));
                }
                let key = Key {
                    index,
                    value: &value,
                };
                upsert::save(
                    draft,
                    object,
                    &key,
                    found.first().copied(),
                    &mut fields,
                    raw,
                )
            });
            saved
                .map(|(id, created)| (id, Some(created)))
                .map_err(|error| (unknown_row(error), fresh))
        },
    )
}

/// The text of a key field in a row.
fn key_text(fields: &Map<String, Value>, key: &str) -> Option<String> {
    let (_, value) = fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Removes a field in any letter case.
fn take(fields: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let known = fields
        .keys()
        .find(|known| known.eq_ignore_ascii_case(name))?
        .clone();
    fields.shift_remove(&known)
}

/// The id of a row in a list, where a wrong one is an error of that row only.
fn row_id(object: &Object, text: &str) -> Result<Id, ApiError> {
    Id::parse(text)
        .ok_or_else(|| ApiError::malformed_id(text))
        .and_then(|id| {
            if id.prefix() == object.prefix {
                Ok(id)
            } else {
                Err(unknown_row(ApiError::not_found()))
            }
        })
}

/// In a list, a row that does not exist is a reference that leads nowhere.
fn unknown_row(error: ApiError) -> ApiError {
    if error.status == 404 && error.entry.code == "NOT_FOUND" {
        return ApiError::row(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            &[],
        );
    }
    error
}

fn check_number(rows: usize) -> Result<(), ApiError> {
    if rows > MOST {
        let message = format!(
            "record limit reached. cannot submit more than {MOST} records in this operation"
        );
        return Err(ApiError::new(400, "EXCEEDED_ID_LIMIT", message));
    }
    Ok(())
}

/// The rows of the body with their objects; `only` is the object that the address names.
fn rows<'a>(
    call: &Call<'a>,
    body: &Map<String, Value>,
    only: Option<&'a Object>,
) -> Result<Vec<Row<'a>>, ApiError> {
    let records = list(body, "records")?;
    check_number(records.len())?;
    let mut chunks = 0;
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(records.len());
    for record in records {
        let fields = record
            .as_object()
            .ok_or_else(|| invalid_input("A record must be a JSON object."))?;
        let name = record.pointer("/attributes/type").and_then(Value::as_str);
        let object = match (name, only) {
            (None, Some(only)) => only,
            (None, None) => {
                return Err(invalid_input("A record needs attributes with a type."));
            }
            (Some(name), _) => call
                .object(name)
                .map_err(|_| ApiError::invalid_type(name))?,
        };
        if only.is_some_and(|only| only.index != object.index) {
            return Err(invalid_input(format!(
                "All records must be of the type in the address, but one is of type {}.",
                object.name
            )));
        }
        if rows
            .last()
            .is_none_or(|(last, _)| last.index != object.index)
        {
            chunks += 1;
        }
        if chunks > MOST_CHUNKS {
            let message = format!(
                "The number of object chunks exceeds the limit of {MOST_CHUNKS}. Put records of one type together."
            );
            return Err(ApiError::new(400, "LIMIT_EXCEEDED", message));
        }
        rows.push((object, fields.clone()));
    }
    Ok(rows)
}

/// Saves each row, or with `all_or_none` all or none, and answers one result per row.
fn save<R>(
    call: &Call<'_>,
    all_or_none: bool,
    rows: &[R],
    mut one: impl FnMut(&mut Draft<'_>, &R) -> Result<Saved, Refused>,
) -> Result<Answer, ApiError> {
    let (results, durable) = call.write(|draft| {
        let mark = draft.mark();
        let mut results: Vec<Result<Saved, Refused>> = Vec::with_capacity(rows.len());
        for row in rows {
            let before = draft.mark();
            let result = one(draft, row);
            if let Err((error, _)) = &result {
                // A value of the wrong JSON type is an error of the body, not of a row.
                if error.entry.code == "JSON_PARSER_ERROR" {
                    return Err(error.clone());
                }
                draft.back_to(before);
            }
            results.push(result);
        }
        if all_or_none && results.iter().any(Result::is_err) {
            draft.back_to(mark);
            for result in &mut results {
                if let Ok((_, created)) = result {
                    *result = Err((rolled_back(), *created));
                }
            }
        }
        Ok(results)
    })?;
    for (id, _) in results.iter().flatten() {
        call.touch(*id);
    }
    let entries: Vec<Value> = results.iter().map(entry).collect();
    Ok(Answer::json(200, &entries).durable(durable))
}

fn rolled_back() -> ApiError {
    let message = "Record rolled back because not all records were valid and the request was using AllOrNone header";
    ApiError::row("ALL_OR_NONE_OPERATION_ROLLED_BACK", message, &[])
}

fn entry(result: &Result<Saved, Refused>) -> Value {
    let (mut entry, created) = match result {
        Ok((id, created)) => (json!({ "id": id, "success": true, "errors": [] }), created),
        Err((error, created)) => (
            json!({ "success": false, "errors": [row_error(error)] }),
            created,
        ),
    };
    if let Some(created) = created {
        entry["created"] = Value::Bool(*created);
    }
    entry
}
