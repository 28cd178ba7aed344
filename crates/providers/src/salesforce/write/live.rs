//! The record as it is now: what a preview shows as "before", and which version it has.
//!
//! Must not know: what shall become of it.

use super::super::{describe::Object, ids::RecordId, objects, rest, values};
use super::{Fields, fields::Setting};
use gatelodge_model::{
    FieldChange, FieldChangeKind, FrozenProposal, RecordRef, RecordVersion, Result,
};
use gatelodge_provider::{Caller, ReadRequest};
use serde_json::Value;

/// Marks a record's version; moves with every change, also by automation.
pub(in super::super) const VERSION: &str = "SystemModstamp";

/// When a person or program last changed it; what conditional requests compare.
pub(in super::super) const MODIFIED: &str = "LastModifiedDate";

/// Who did.
pub(in super::super) const MODIFIER: &str = "LastModifiedById";

/// A record's values, read now.
pub(in super::super) struct Live {
    pub(in super::super) id: RecordId,
    pub(in super::super) values: Fields,
}

/// Reads the named fields of a record, with its name and version.
pub(in super::super) async fn read(
    caller: &dyn Caller,
    object: &Object,
    id: &RecordId,
    names: &[&str],
) -> Result<Live> {
    let path = rest::path(&["sobjects", &object.name, id.as_str()]);
    let values = rest::get(caller, with_fields(path, object, names)).await?;
    Ok(Live {
        id: id.clone(),
        values,
    })
}

/// A read of the named fields and of those that every preview needs.
pub(in super::super) fn with_fields(path: String, object: &Object, names: &[&str]) -> ReadRequest {
    let mut wanted: Vec<&str> = names.to_vec();
    wanted.extend(object.present(&["Id", VERSION, MODIFIED, MODIFIER]));
    wanted.extend(object.name_field().map(|field| field.name.as_str()));
    let mut unique: Vec<&str> = Vec::with_capacity(wanted.len());
    for name in wanted {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    ReadRequest::get(path).query("fields", unique.join(","))
}

impl Live {
    /// A field's value; null where it is empty.
    pub(in super::super) fn value(&self, name: &str) -> Value {
        self.values.get(name).cloned().unwrap_or(Value::Null)
    }

    /// A field's text.
    pub(in super::super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(Value::as_str)
    }

    /// Id and name, for people.
    pub(in super::super) fn reference(&self, object: &Object) -> RecordRef {
        RecordRef {
            id: self.id.to_string(),
            name: object
                .name_field()
                .and_then(|field| self.text(&field.name))
                .map(str::to_owned),
        }
    }

    /// The version; none for the few objects without that mark.
    pub(in super::super) fn version(&self, object: &Object) -> Vec<RecordVersion> {
        self.text(VERSION)
            .map(|version| RecordVersion {
                object: object.name.clone(),
                id: self.id.to_string(),
                version: version.to_owned(),
            })
            .into_iter()
            .collect()
    }

    /// The last change as an HTTP date (RFC 9110 §5.6.7), for `If-Unmodified-Since`.
    pub(in super::super) fn modified(&self) -> Option<String> {
        let instant = values::instant(self.text(MODIFIED)?)?;
        Some(
            instant
                .to_utc()
                .format("%a, %d %b %Y %H:%M:%S GMT")
                .to_string(),
        )
    }

    /// The settings beside the values of now.
    pub(in super::super) fn changes(&self, settings: &[Setting<'_>]) -> Vec<FieldChange> {
        settings
            .iter()
            .map(|setting| compare(setting, self.value(&setting.field.name)))
            .collect()
    }
}

/// The settings of a new record.
pub(in super::super) fn additions(settings: &[Setting<'_>]) -> Vec<FieldChange> {
    settings
        .iter()
        .map(|setting| compare(setting, Value::Null))
        .collect()
}

fn compare(setting: &Setting<'_>, before: Value) -> FieldChange {
    let field = setting.field;
    let unchanged = values::same(&field.kind, &before, &setting.value);
    let after = if unchanged {
        before.clone()
    } else {
        emptied(&setting.value)
    };
    let mut change = FieldChange::compare(field.name.clone(), field.label.clone(), before, after);
    if unchanged {
        change.change = FieldChangeKind::Unchanged;
    }
    change
}

/// An empty text clears a field; a preview shows it as that.
fn emptied(value: &Value) -> Value {
    match value {
        Value::String(text) if text.trim().is_empty() => Value::Null,
        value => value.clone(),
    }
}

/// The versions that the records of a proposal have now; a missing record is left out.
pub(in super::super) async fn current_versions(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
) -> Result<Vec<RecordVersion>> {
    let mut versions = Vec::with_capacity(frozen.record_versions.len());
    for known in &frozen.record_versions {
        let path = rest::path(&["sobjects", &known.object, &known.id]);
        versions.extend(versions_at(caller, &known.object, &path).await?);
    }
    Ok(versions)
}

/// The version of the record at a path; none where there is no record.
pub(in super::super) async fn versions_at(
    caller: &dyn Caller,
    object: &str,
    path: &str,
) -> Result<Vec<RecordVersion>> {
    let request = ReadRequest::get(path).query("fields", format!("Id,{VERSION}"));
    match rest::get::<Fields>(caller, request).await {
        Ok(values) => {
            let text = |name: &str| values.get(name).and_then(Value::as_str).unwrap_or_default();
            Ok(vec![RecordVersion {
                object: object.to_owned(),
                id: text("Id").to_owned(),
                version: text(VERSION).to_owned(),
            }])
        }
        Err(error) if is_missing(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Whether an error says that a record is not there.
pub(in super::super) fn is_missing(error: &gatelodge_model::Error) -> bool {
    objects::is_unknown(error)
}
