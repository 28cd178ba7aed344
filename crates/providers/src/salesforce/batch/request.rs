//! The one request of a batch.
//!
//! Must not know: host and credential; the keeper adds those.

use super::super::{
    ids::RecordId,
    rest,
    write::{Fields, fields::Setting, request},
};
use gatelodge_model::{FrozenRequest, Result};
use gatelodge_provider::Caller;
use serde_json::{Value, json};

/// A record as the request carries it: its type first, then an id or external id, then its fields.
pub(in super::super) fn record(
    object: &str,
    key: Option<(&str, &str)>,
    settings: &[Setting<'_>],
) -> Value {
    let mut record = Fields::new();
    record.insert("attributes".to_owned(), json!({ "type": object }));
    if let Some((name, value)) = key {
        record.insert(name.to_owned(), Value::from(value));
    }
    for setting in settings {
        record.insert(setting.field.name.clone(), setting.value.clone());
    }
    Value::Object(record)
}

/// `POST` or `PATCH` of records.
pub(in super::super) fn with_records(
    caller: &dyn Caller,
    method: &str,
    path: String,
    all_or_none: bool,
    records: Vec<Value>,
) -> FrozenRequest {
    let body = json!({ "allOrNone": all_or_none, "records": records });
    request::with_body(caller, method, path, &body)
}

/// `DELETE` of records: the ids are in the address.
pub(in super::super) fn delete(
    caller: &dyn Caller,
    all_or_none: bool,
    ids: &[RecordId],
) -> FrozenRequest {
    let ids: Vec<&str> = ids.iter().map(RecordId::as_str).collect();
    let path = format!(
        "{}?ids={}&allOrNone={all_or_none}",
        rest::path(&["composite", "sobjects"]),
        ids.join(",")
    );
    request::without_body(caller, "DELETE", path)
}

/// The fields that the frozen request sets, per record.
///
/// # Errors
/// `internal` where the body is none of this module's.
pub(in super::super) fn sent(request: &FrozenRequest) -> Result<Vec<Fields>> {
    #[derive(serde::Deserialize)]
    struct Body {
        records: Vec<Fields>,
    }
    let body: Body = serde_json::from_str(request.body.as_deref().unwrap_or_default())
        .map_err(gatelodge_model::Error::internal)?;
    let mut records = body.records;
    for record in &mut records {
        record.shift_remove("attributes");
        record.shift_remove("id");
    }
    Ok(records)
}
