//! Duplicate rules: a new record that looks like one that exists.
//!
//! Must not know how the answer is sent; it only makes its data.
//! Source of the shapes: "Duplicate Rule Header" and "Duplicate Result", Salesforce developer references.

use serde_json::{Value as Json, json};

use super::Draft;
use crate::org::error::ApiError;
use crate::org::id::Id;
use crate::org::schema::{DuplicateRule, Object};
use crate::org::state::Record;
use crate::org::value::{Value, order_text};

/// What `Sforce-Duplicate-Rule-Header` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DuplicateOptions {
    /// Save although a rule found duplicates, where the rule permits it.
    pub allow_save: bool,
    /// Show the records that were found.
    pub include_details: bool,
}

impl DuplicateOptions {
    /// Reads the value of the header; unknown words are ignored.
    pub fn of_header(header: &str) -> Self {
        let is_set = |name: &str| {
            header.split([',', ';']).any(|part| {
                part.split_once('=').is_some_and(|(key, value)| {
                    key.trim().eq_ignore_ascii_case(name)
                        && value.trim().eq_ignore_ascii_case("true")
                })
            })
        };
        Self {
            allow_save: is_set("allowSave"),
            include_details: is_set("includeRecordDetails"),
        }
    }
}

impl Draft<'_> {
    /// Refuses a new record that a duplicate rule finds again.
    pub(super) fn check_duplicates(
        &self,
        object: &Object,
        record: &Record,
    ) -> Result<(), ApiError> {
        for rule in &object.rules.duplicates {
            if rule.allow_save && self.context.duplicates.allow_save {
                continue;
            }
            let found = self.matches(object, rule, record);
            if !found.is_empty() {
                return Err(self.duplicates(object, rule, &found));
            }
        }
        Ok(())
    }

    /// Live records with the same values; a rule needs all of them to be given.
    fn matches(&self, object: &Object, rule: &DuplicateRule, record: &Record) -> Vec<Id> {
        let Some(first) = rule.fields.first() else {
            return Vec::new();
        };
        let Some(text) = record.values[*first].as_text() else {
            return Vec::new();
        };
        let same = |other: &Record| {
            rule.fields.iter().all(
                |field| match (&other.values[*field], &record.values[*field]) {
                    (Value::Text(a), Value::Text(b)) => order_text(a, b).is_eq(),
                    (Value::Null, _) => false,
                    (a, b) => a == b,
                },
            )
        };
        let mut found = self.state().find_by_value(object, *first, text);
        found.retain(|id| {
            *id != record.id
                && self
                    .state()
                    .record(object, *id)
                    .is_some_and(|other| same(other))
        });
        found
    }

    fn duplicates(&self, object: &Object, rule: &DuplicateRule, found: &[Id]) -> ApiError {
        let mut error = ApiError::row("DUPLICATES_DETECTED", rule.message.as_str(), &[]);
        if !self.context.duplicates.include_details {
            return error;
        }
        let record = |id: &Id| -> Json {
            json!({
                "additionalInformation": [],
                "fieldDiffs": [],
                "matchConfidence": 100.0,
                "record": {
                    "attributes": {
                        "type": object.name,
                        "url": format!("{}/sobjects/{}/{id}", self.context.base, object.name),
                    },
                    "Id": id,
                },
            })
        };
        let records: Vec<Json> = found.iter().map(record).collect();
        error.entry.duplicate_result = Some(Box::new(json!({
            "allowSave": rule.allow_save,
            "duplicateRule": rule.name,
            "duplicateRuleEntityType": object.name,
            "errorMessage": rule.message,
            "matchResults": [{
                "entityType": object.name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": records,
                "rule": format!("{}_Match", rule.name),
                "size": found.len(),
                "success": true,
            }],
        })));
        error
    }
}
