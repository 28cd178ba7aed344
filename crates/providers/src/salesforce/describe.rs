//! What an object looks like: the part of Salesforce's describe answers that tools use
//! ("REST API Developer Guide, sObject Describe").
//!
//! Must not know: what a tool does with it. Unknown keys are ignored: every release adds some. Nothing is
//! kept between calls: fields that a person may see change with permissions.

use super::rest;
use gatelodge_model::Result;
use gatelodge_provider::{Caller, ReadRequest};
use serde::Deserialize;

/// An object with its fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) label_plural: String,
    pub(super) key_prefix: Option<String>,
    pub(super) custom: bool,
    #[serde(flatten)]
    pub(super) supports: Supports,
    pub(super) fields: Vec<Field>,
    pub(super) child_relationships: Vec<ChildRelationship>,
    pub(super) record_type_infos: Vec<RecordType>,
}

/// What can be done with an object.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Salesforce's answer has one flag per operation"
)]
pub(super) struct Supports {
    pub(super) queryable: bool,
    pub(super) searchable: bool,
    pub(super) createable: bool,
    pub(super) updateable: bool,
    pub(super) deletable: bool,
    pub(super) undeletable: bool,
}

/// A field.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "Salesforce's answer has one flag per property, under these names"
)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) length: usize,
    pub(super) nillable: bool,
    pub(super) createable: bool,
    pub(super) updateable: bool,
    pub(super) defaulted_on_create: bool,
    pub(super) calculated: bool,
    pub(super) auto_number: bool,
    pub(super) external_id: bool,
    pub(super) id_lookup: bool,
    pub(super) name_field: bool,
    pub(super) filterable: bool,
    pub(super) restricted_picklist: bool,
    pub(super) picklist_values: Vec<PicklistValue>,
    pub(super) reference_to: Vec<String>,
    pub(super) relationship_name: Option<String>,
    pub(super) compound_field_name: Option<String>,
}

/// A value of a picklist.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PicklistValue {
    pub(super) value: String,
    pub(super) active: bool,
}

/// Records of another object that point to this one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ChildRelationship {
    pub(super) relationship_name: Option<String>,
    #[serde(rename = "childSObject")]
    pub(super) child_object: String,
    pub(super) field: String,
    pub(super) cascade_delete: bool,
}

/// A record type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those of Salesforce's answer"
)]
pub(super) struct RecordType {
    pub(super) name: String,
    pub(super) developer_name: Option<String>,
    pub(super) record_type_id: String,
    pub(super) available: bool,
    pub(super) master: bool,
}

/// The list of all objects, without fields.
#[derive(Debug, Deserialize)]
pub(super) struct Global {
    pub(super) sobjects: Vec<Listed>,
}

/// An entry of that list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) label_plural: String,
    pub(super) key_prefix: Option<String>,
    pub(super) custom: bool,
    pub(super) deprecated_and_hidden: bool,
    #[serde(flatten)]
    pub(super) supports: Supports,
}

impl Supports {
    /// The operations in words of the tools.
    pub(super) fn words(&self) -> Vec<String> {
        [
            (self.queryable, "query"),
            (self.searchable, "search"),
            (self.createable, "create"),
            (self.updateable, "update"),
            (self.deletable, "delete"),
        ]
        .into_iter()
        .filter(|(supported, _)| *supported)
        .map(|(_, word)| word.to_owned())
        .collect()
    }
}

impl Object {
    /// What people call several of its records.
    pub(super) fn plural(&self) -> &str {
        if self.label_plural.is_empty() {
            &self.label
        } else {
            &self.label_plural
        }
    }

    /// The field that holds a record's name; activities and cases have another than `Name`.
    pub(super) fn name_field(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.name_field)
    }

    /// A field by its API name, whatever the case.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Those of the named system fields that the object has and the person may see.
    pub(super) fn present<'name>(&self, names: &[&'name str]) -> Vec<&'name str> {
        names
            .iter()
            .copied()
            .filter(|name| self.field(name).is_some())
            .collect()
    }
}

impl Field {
    /// Whether a new record must have a value.
    pub(super) fn is_required(&self) -> bool {
        self.createable && !self.nillable && !self.defaulted_on_create && self.kind != "boolean"
    }
}

/// Reads an object's describe answer; `name` must be an API name.
pub(super) async fn object(caller: &dyn Caller, name: &str) -> Result<Object> {
    let path = rest::path(&["sobjects", name, "describe"]);
    rest::get(caller, ReadRequest::get(path)).await
}

/// Reads the list of all objects.
pub(super) async fn global(caller: &dyn Caller) -> Result<Global> {
    rest::get(caller, ReadRequest::get(rest::path(&["sobjects"]))).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ACCOUNT, CASE, GLOBAL, INVOICE};

    #[test]
    fn recorded_answers_are_read() {
        // proves SF-2
        let account: Object = serde_json::from_str(ACCOUNT).unwrap();
        assert_eq!(account.name, "Account");
        assert_eq!(account.name_field().unwrap().name, "Name");
        assert!(account.field("name").unwrap().is_required());
        assert!(!account.field("OwnerId").unwrap().is_required());
        assert!(account.supports.queryable && account.supports.deletable);
        let case: Object = serde_json::from_str(CASE).unwrap();
        assert_eq!(case.name_field().unwrap().name, "CaseNumber");
        let invoice: Object = serde_json::from_str(INVOICE).unwrap();
        assert!(invoice.custom && invoice.field("External_Id__c").unwrap().external_id);
        assert_eq!(
            invoice.present(&["SystemModstamp", "Nothing"]),
            ["SystemModstamp"]
        );
        let global: Global = serde_json::from_str(GLOBAL).unwrap();
        assert!(
            global
                .sobjects
                .iter()
                .any(|listed| listed.deprecated_and_hidden)
        );
    }
}
