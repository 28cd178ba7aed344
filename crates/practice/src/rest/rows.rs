//! Single rows: reading, changing, deleting, and walking to related rows.
//!
//! Must not know external ids; those are in `upsert`.

use axum::http::Method;
use axum::http::header::LAST_MODIFIED;

use super::answer::Answer;
use super::call::Call;
use crate::org::dml::Body;
use crate::org::render::write_record;
use crate::org::{ApiError, Id, Object, Record, State, Value};

/// `/sobjects/X/ID`.
pub(super) fn row(call: &Call<'_>, object: &Object, id: Id) -> Result<Answer, ApiError> {
    call.allow(&["DELETE", "GET", "PATCH"], || match call.method {
        Method::DELETE => delete(call, object, id),
        Method::PATCH => update(call, object, id),
        _ => {
            let state = call.snapshot();
            let record = live(&state, object, id)?;
            read(call, object, record)
        }
    })
}

/// The row as JSON, with the fields of `?fields=` or all.
pub(super) fn read(call: &Call<'_>, object: &Object, record: &Record) -> Result<Answer, ApiError> {
    let fields = match call.parameter("fields") {
        Some(list) => named_fields(call, object, list)?,
        None => call.visible_fields(object),
    };
    let modified = match record.get(object, "LastModifiedDate") {
        Value::DateTime(at) => Some(*at),
        _ => None,
    };
    if let (Some(modified), Ok(Some(since))) = (modified, call.date_header("if-modified-since"))
        && modified <= since
    {
        return Ok(Answer::empty(304));
    }
    let mut out = Vec::with_capacity(4096);
    write_record(&mut out, &call.base, object, record, &fields);
    let answer = Answer::bytes(out);
    Ok(match modified {
        Some(at) => answer.header(
            LAST_MODIFIED,
            &at.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        ),
        None => answer,
    })
}

/// Field positions of a comma-separated list.
pub(super) fn named_fields(
    call: &Call<'_>,
    object: &Object,
    list: &str,
) -> Result<Vec<usize>, ApiError> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| {
            call.access
                .field(object, name)
                .ok_or_else(|| ApiError::no_such_column(name, &object.name))
        })
        .collect()
}

/// A record that is not in the recycle bin.
pub(super) fn live<'a>(state: &'a State, object: &Object, id: Id) -> Result<&'a Record, ApiError> {
    state
        .record(object, id)
        .filter(|record| !record.deleted(object))
        .map(AsRef::as_ref)
        .ok_or_else(ApiError::not_found)
}

fn update(call: &Call<'_>, object: &Object, id: Id) -> Result<Answer, ApiError> {
    let unmodified_since = call.date_header("if-unmodified-since")?;
    let (fields, raw) = call.json_body()?;
    let ((), durable) = call.write(|draft| {
        draft.update(
            object,
            id,
            &Body {
                fields: &fields,
                raw,
            },
            unmodified_since,
        )
    })?;
    call.touch(id);
    Ok(Answer::empty(204).durable(durable))
}

fn delete(call: &Call<'_>, object: &Object, id: Id) -> Result<Answer, ApiError> {
    let ((), durable) = call.write(|draft| draft.delete(object, id))?;
    Ok(Answer::empty(204).durable(durable))
}

/// `/sobjects/X/ID/Relationship`: the parent row, or the child rows.
pub(super) fn related(
    call: &Call<'_>,
    object: &Object,
    id: Id,
    name: &str,
) -> Result<Answer, ApiError> {
    let org = &call.practice.org;
    let state = call.snapshot();
    let record = live(&state, object, id)?;
    if let Some(field) = object
        .relationship(name)
        .filter(|field| call.access.readable(object, *field))
    {
        let target = record.values[field]
            .as_id()
            .ok_or_else(ApiError::not_found)?;
        let parent = org
            .schema()
            .object_by_prefix(target.prefix())
            .ok_or_else(ApiError::not_found)?;
        if !call.access.object(parent).read {
            return Err(ApiError::not_found());
        }
        return row(call, parent, target);
    }
    let child = object.child(name).ok_or_else(ApiError::not_found)?;
    let owner = &org.schema().objects[child.object];
    if !call.access.readable(owner, child.field) {
        return Err(ApiError::not_found());
    }
    call.allow(&["GET"], || {
        let fields = match call.parameter("fields") {
            Some(list) => named_fields(call, owner, list)?,
            None => call.visible_fields(owner),
        };
        let rows: Vec<&Record> = state
            .live(owner)
            .filter(|other| other.values[child.field] == Value::Id(id))
            .map(AsRef::as_ref)
            .collect();
        let mut out = Vec::with_capacity(4096);
        crate::org::value::write_display(
            &mut out,
            format_args!("{{\"totalSize\":{},\"done\":true,\"records\":[", rows.len()),
        );
        for (index, row) in rows.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_record(&mut out, &call.base, owner, row, &fields);
        }
        out.extend_from_slice(b"]}");
        Ok(Answer::bytes(out))
    })
}
