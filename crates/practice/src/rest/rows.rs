//! Single rows: reading, changing, deleting, and walking to related rows.
//!
//! Must not know external ids; those are in `upsert`.

use axum::http::Method;

use super::answer::Answer;
use super::call::Call;
use super::conditions::{Conditions, Edition};
use super::query;
use crate::org::dml::Body;
use crate::org::render::write_record;
use crate::org::sharing::may_read;
use crate::org::{ApiError, Id, Object, Record, State};

/// `/sobjects/X/ID`.
pub(super) fn row(call: &Call<'_>, object: &Object, id: Id) -> Result<Answer, ApiError> {
    call.allow(&["GET", "PATCH", "DELETE"], || match call.method {
        Method::DELETE => delete(call, object, id),
        Method::PATCH => update(call, object, id),
        _ => {
            let state = call.snapshot();
            let record = live(call, &state, object, id)?;
            call.touch(id);
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
    let edition = Edition::of_row(object, record);
    Conditions::of_read(call).read(call, &edition, || {
        let mut out = Vec::with_capacity(4096);
        write_record(&mut out, &call.base, object, record, &fields);
        Answer::bytes(out)
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

/// A record that is not in the recycle bin, and that the caller may see.
pub(super) fn live<'a>(
    call: &Call<'_>,
    state: &'a State,
    object: &Object,
    id: Id,
) -> Result<&'a Record, ApiError> {
    let schema = call.practice.org.schema();
    state
        .record(object, id)
        .filter(|record| !record.deleted(object))
        .filter(|record| may_read(schema, state, call.user, object, record))
        .map(AsRef::as_ref)
        .ok_or_else(ApiError::not_found)
}

fn update(call: &Call<'_>, object: &Object, id: Id) -> Result<Answer, ApiError> {
    let conditions = Conditions::of_write(call)?;
    let (fields, raw) = call.json_body()?;
    let ((), durable) = call.write(|draft| {
        let record = draft.existing(object, id)?;
        conditions.check_write(&Edition::of_row(object, &record))?;
        let body = Body {
            fields: &fields,
            raw,
        };
        draft.update(object, id, &body, None)
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
    let record = live(call, &state, object, id)?;
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
        let names: Vec<&str> = fields
            .iter()
            .map(|field| owner.fields[*field].name.as_str())
            .collect();
        // A list of children is a query, with its pages.
        let statement = format!(
            "SELECT {} FROM {} WHERE {} = '{id}'",
            names.join(","),
            owner.name,
            owner.fields[child.field].name
        );
        query::answer(call, &statement, false)
    })
}
