//! `/recent`: the records a user worked with.
//!
//! Must not know what counts as working with a record; the write handlers tell the org.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use crate::org::{ApiError, Object};

/// `GET /recent[?limit=200]`.
pub(super) fn recent(call: &Call<'_>) -> Result<Answer, ApiError> {
    let limit = match call.parameter("limit") {
        None => 200,
        Some(text) => text.parse::<usize>().ok().filter(|limit| (1..=200).contains(limit)).ok_or_else(|| {
            let message = format!("Invalid value for the parameter limit: '{text}'. Use a whole number from 1 to 200.");
            ApiError::new(400, "ILLEGAL_QUERY_PARAMETER_VALUE", message)
        })?,
    };
    Ok(Answer::json(200, &items(call, None, limit)))
}

/// The latest records of one object or of all, with type, id and name.
pub(super) fn items(call: &Call<'_>, only: Option<&Object>, limit: usize) -> Vec<Value> {
    let org = &call.practice.org;
    let state = call.snapshot();
    org.recent(call.user)
        .into_iter()
        .filter_map(|id| {
            let (object, record) = state.any_record(org.schema(), id)?;
            let wanted = only.is_none_or(|only| only.index == object.index);
            if !wanted || record.deleted(object) || !call.access.object(object).read {
                return None;
            }
            Some(json!({
                "attributes": { "type": object.name, "url": super::sobjects::location(call, object, id) },
                "Id": id,
                "Name": record.name(object).to_json(),
            }))
        })
        .take(limit)
        .collect()
}
