//! The body of a write: from JSON fields to checked values.
//!
//! Must not know how a record is saved.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::Draft;
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::{Field, FieldType, Object};
use crate::org::sharing::Level;
use crate::org::state::Record;
use crate::org::value::Value;
use crate::org::wire;

/// The JSON object of a write.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    pub fields: &'a Map<String, Json>,
    /// The text it was read from, for line and column in messages.
    pub raw: &'a str,
}

impl Draft<'_> {
    /// Reads the fields of a body, in the order of the body.
    pub(super) fn read_body(
        &self,
        object: &Object,
        body: &Body<'_>,
        creating: bool,
    ) -> Result<Vec<(usize, Value)>, ApiError> {
        let access = Arc::clone(&self.context.access);
        let mut values = Vec::with_capacity(body.fields.len());
        let mut refused: Vec<&str> = Vec::new();
        for (name, json) in body.fields {
            if name == "attributes" {
                continue;
            }
            if name.eq_ignore_ascii_case("Id") {
                let message = "The Id field should not be specified in the sobject data.";
                return Err(ApiError::row("INVALID_FIELD", message, &["Id"]));
            }
            if let (Json::Object(key), Some(field)) = (json, object.relationship(name))
                && access.readable(object, field)
            {
                if !access.editable(object, field) {
                    refused.push(&object.fields[field].name);
                    continue;
                }
                values.push((field, self.by_external_id(&object.fields[field], key)?));
                continue;
            }
            let Some(index) = access.field(object, name) else {
                let message = format!("No such column '{name}' on sobject of type {}", object.name);
                return Err(ApiError::new(400, "INVALID_FIELD", message));
            };
            let field = &object.fields[index];
            let open = if creating {
                field.createable
            } else {
                field.updateable
            };
            if !open || !access.editable(object, index) {
                refused.push(&field.name);
                continue;
            }
            if field.kind == FieldType::Base64 {
                values.push((index, self.keep_bytes(field, json)?));
                continue;
            }
            let value = wire::given(field, json, || position(body.raw, name))?;
            let value = match (field.kind, value) {
                // On a check box, nothing means no.
                (FieldType::Boolean, Value::Null) => Value::Bool(false),
                (_, value) => value,
            };
            values.push((index, value));
        }
        if !refused.is_empty() {
            let message = format!(
                "Unable to create/update fields: {}. Please check the security settings of this field and verify that \
                 it is read/write for your profile or permission set.",
                refused.join(", ")
            );
            return Err(ApiError::row(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                message,
                &refused,
            ));
        }
        Ok(values)
    }

    /// Checks that need other records: references and unique values.
    pub(super) fn check(
        &self,
        object: &Object,
        given: &[(usize, Value)],
        record: &Record,
        old: Option<&Record>,
    ) -> Result<(), ApiError> {
        for (index, value) in given {
            let field = &object.fields[*index];
            if old.is_some_and(|old| old.values[*index] == *value) {
                continue;
            }
            // The record type has its own words, and its own check.
            let checked = field.kind == FieldType::Reference && field.name != "RecordTypeId";
            if let (true, Value::Id(target)) = (checked, value) {
                self.check_reference(object, field, *target)?;
            }
            if let (true, Some(text)) = (field.unique, value.as_text())
                && let Some(other) = self.state().table(object).by_unique(*index, text)
                && other != record.id
            {
                let message = format!(
                    "duplicate value found: {} duplicates value on record with id: {}",
                    field.name,
                    other.short()
                );
                return Err(ApiError::row("DUPLICATE_VALUE", message, &[&field.name]));
            }
        }
        Ok(())
    }

    fn check_reference(&self, object: &Object, field: &Field, target: Id) -> Result<(), ApiError> {
        let wrong_type = || {
            let message = format!("{}: id value of incorrect type: {target}", field.label);
            ApiError::row("MALFORMED_ID", message, &[&field.name])
        };
        let Some(aim) = self.schema.object_by_prefix(target.prefix()) else {
            return Err(wrong_type());
        };
        if !field.references.contains(&aim.name) {
            return Err(wrong_type());
        }
        let Some(record) = self.state().record(aim, target) else {
            return Err(ApiError::row(
                "INVALID_CROSS_REFERENCE_KEY",
                "invalid cross reference id",
                &[&field.name],
            ));
        };
        if record.deleted(aim) {
            return Err(ApiError {
                status: 400,
                ..ApiError::deleted()
            });
        }
        if !self.context.access.object(aim).read || self.level(aim, record) < Level::Read {
            return Err(ApiError::no_cross_access(target));
        }
        if field.name == "OwnerId" && aim.name == "User" && !record.get(aim, "IsActive").as_bool() {
            let message = format!(
                "operation performed with inactive user [{}] as owner of {}",
                target.short(),
                object.label.to_lowercase()
            );
            return Err(ApiError::row("INACTIVE_OWNER_OR_USER", message, &[]));
        }
        if field.name == "OwnerId" && aim.name == "User" {
            self.check_new_owner(object, record, aim)?;
        }
        Ok(())
    }

    /// `{"Account__r": {"External__c": "v"}}`: the parent by one of its external ids.
    fn by_external_id(&self, field: &Field, key: &Map<String, Json>) -> Result<Value, ApiError> {
        let invalid = || {
            let message = format!(
                "invalid reference for field {}: give one external id field of the parent",
                field.name
            );
            ApiError::row("INVALID_FIELD", message, &[&field.name])
        };
        let mut entries = key.iter().filter(|(name, _)| *name != "attributes");
        let (Some((name, value)), None) = (entries.next(), entries.next()) else {
            return Err(invalid());
        };
        let parent = field
            .references
            .first()
            .and_then(|name| self.schema.object(name))
            .ok_or_else(invalid)?;
        let index = self
            .context
            .access
            .field(parent, name)
            .ok_or_else(invalid)?;
        if !parent.fields[index].id_lookup && !parent.fields[index].external_id {
            return Err(invalid());
        }
        let wanted = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        match self
            .state()
            .find_by_value(parent, index, &wanted)
            .as_slice()
        {
            [id] => Ok(Value::Id(*id)),
            [] => {
                let message = format!(
                    "Foreign key external ID: {} not found for field {} in entity {}",
                    wanted.to_lowercase(),
                    parent.fields[index].name,
                    parent.name
                );
                Err(ApiError::row("INVALID_FIELD", message, &[]))
            }
            _ => {
                let message = format!("More than one record found for external id field: {wanted}");
                Err(ApiError::row("DUPLICATE_EXTERNAL_ID", message, &[]))
            }
        }
    }
}

/// Line and column just behind the value of a key, as the platform's parser reports them.
fn position(raw: &str, key: &str) -> (usize, usize) {
    let Some(start) = raw.find(&format!("\"{key}\"")) else {
        return (1, 1);
    };
    let rest = &raw[start + key.len() + 2..];
    let mut in_text = false;
    let mut end = rest.len();
    for (offset, character) in rest.char_indices() {
        match character {
            '"' => in_text = !in_text,
            ',' | '}' if !in_text => {
                end = offset;
                break;
            }
            _ => {}
        }
    }
    let before = &raw[..start + key.len() + 2 + rest[..end].trim_end().len()];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    (line, column)
}
