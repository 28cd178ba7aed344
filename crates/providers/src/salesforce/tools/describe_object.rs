//! `salesforce_describe_object`: the fields and relationships of an object, short enough for an agent.
//!
//! Must not know: records.

use super::super::{describe, describe::Field, objects, rest, touches};
use async_trait::async_trait;
use gatelodge_model::{Effect, Result, Touches};
use gatelodge_provider::{
    Caller, Descriptor, Hides, Looking, ReadRequest, ReadTool, ToolRef, tool::reading,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The object: API name such as `Account` or `Invoice__c`, or its label.
    object: String,
    /// True for Salesforce's whole answer, which is long; leave it out for what is needed to query and write.
    full: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// API name.
    name: String,
    /// Name that people see.
    label: String,
    /// The same for several.
    label_plural: String,
    /// Whether the org defined it.
    custom: bool,
    /// First three characters of its records' ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_prefix: Option<String>,
    /// What the connected user can do with it: query, search, create, update, delete.
    supports: Vec<String>,
    /// The fields that the connected user can see; left out when `full` was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldOutput>,
    /// Lists of records that point to this object: names for `salesforce_related_records` and for subqueries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    child_relationships: Vec<ChildOutput>,
    /// Record types that the connected user can use, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    record_types: Vec<RecordTypeOutput>,
    /// Salesforce's whole answer, when `full` was asked.
    #[serde(skip_serializing_if = "Map::is_empty")]
    full: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each flag is one word for an agent and is left out where it is false"
)]
struct FieldOutput {
    /// API name.
    name: String,
    /// Name that people see.
    label: String,
    /// Salesforce's type, such as string, picklist, reference, currency, datetime.
    r#type: String,
    /// True when a new record must have a value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    /// True when it can neither be set on a new record nor changed by the connected user.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    read_only: bool,
    /// True when it can be set on a new record but not changed later.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    create_only: bool,
    /// True for the field that holds the record's name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    name_field: bool,
    /// True when `salesforce_upsert_record` can find records by it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    external_id: bool,
    /// True when it cannot be used in WHERE.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    not_filterable: bool,
    /// The longest text it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    /// The values of a picklist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    picklist: Vec<String>,
    /// True when only the values of `picklist` are taken.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    restricted: bool,
    /// The objects that a reference points to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<String>,
    /// The name to reach the referenced record's fields in SOQL, such as `Owner` in `Owner.Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    relationship: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ChildOutput {
    /// Name of the relationship.
    relationship: String,
    /// The object of those records.
    object: String,
    /// Their field that points here.
    field: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RecordTypeOutput {
    /// Name that people see.
    name: String,
    /// Value for the field `RecordTypeId`.
    id: String,
    /// Name for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    developer_name: Option<String>,
}

struct DescribeObject;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_describe_object",
        "Describe an object",
        "Describes a Salesforce object, standard or custom: its fields with type, required, picklist values and references, its relationships and what can be done with it. Shows only what the connected user can see. Call it before writing a query or a change for an object you do not know.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, DescribeObject))
}

#[async_trait]
impl ReadTool for DescribeObject {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::records(looking, &input.object, Some(&[]), Some(0)).await
    }

    fn withhold(result: &mut Value, hides: &dyn Hides) -> Result<()> {
        touches::withhold_described(result, hides);
        Ok(())
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Output> {
        let object = objects::describe(caller, "object", &input.object).await?;
        let wants_full = input.full == Some(true);
        let full = if wants_full {
            let path = rest::path(&["sobjects", &object.name, "describe"]);
            rest::get(caller, ReadRequest::get(path)).await?
        } else {
            Map::new()
        };
        let compact = |fields: Vec<Field>| fields.into_iter().map(field).collect();
        let record_types = record_types(object.record_type_infos);
        Ok(Output {
            supports: object.supports.words(),
            name: object.name,
            label: object.label,
            label_plural: object.label_plural,
            custom: object.custom,
            key_prefix: object.key_prefix,
            fields: if wants_full {
                Vec::new()
            } else {
                compact(object.fields)
            },
            child_relationships: if wants_full {
                Vec::new()
            } else {
                children(object.child_relationships)
            },
            record_types,
            full,
        })
    }
}

fn field(field: Field) -> FieldOutput {
    let is_text = matches!(
        field.kind.as_str(),
        "string" | "textarea" | "phone" | "url" | "email" | "encryptedstring"
    );
    FieldOutput {
        required: field.is_required(),
        read_only: !field.createable && !field.updateable,
        create_only: field.createable && !field.updateable,
        name_field: field.name_field,
        external_id: field.external_id || field.id_lookup && field.kind != "id",
        not_filterable: !field.filterable,
        length: (is_text && field.length > 0).then_some(field.length),
        restricted: field.restricted_picklist && !field.picklist_values.is_empty(),
        picklist: field
            .picklist_values
            .into_iter()
            .filter(|value| value.active)
            .map(|value| value.value)
            .collect(),
        references: field.reference_to,
        relationship: field.relationship_name,
        name: field.name,
        label: field.label,
        r#type: field.kind,
    }
}

fn children(relationships: Vec<describe::ChildRelationship>) -> Vec<ChildOutput> {
    relationships
        .into_iter()
        .filter_map(|child| {
            Some(ChildOutput {
                relationship: child.relationship_name?,
                object: child.child_object,
                field: child.field,
            })
        })
        .collect()
}

/// The master record type alone means that the object has none.
fn record_types(types: Vec<describe::RecordType>) -> Vec<RecordTypeOutput> {
    types
        .into_iter()
        .filter(|kind| kind.available && !kind.master)
        .map(|kind| RecordTypeOutput {
            name: kind.name,
            id: kind.record_type_id,
            developer_name: kind.developer_name,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ACCOUNT, Scripted};
    use serde_json::json;

    async fn described(input: Value) -> Value {
        let input = serde_json::from_value(input).unwrap();
        let output = DescribeObject.call(&Scripted::org(), input).await.unwrap();
        serde_json::to_value(output).unwrap()
    }

    #[tokio::test]
    async fn the_compact_form_is_enough_to_write() {
        // proves SF-2
        let invoice = described(json!({"object": "invoices"})).await;
        assert_eq!(invoice["name"], "Invoice__c");
        let field = |name: &str| {
            let fields = invoice["fields"].as_array().unwrap();
            fields
                .iter()
                .find(|field| field["name"] == name)
                .cloned()
                .unwrap()
        };
        assert_eq!(
            field("Status__c"),
            json!({"name": "Status__c", "label": "Status", "type": "picklist",
                   "picklist": ["Draft", "Sent", "Paid"], "restricted": true})
        );
        assert_eq!(
            field("Account__c"),
            json!({"name": "Account__c", "label": "Account", "type": "reference", "required": true,
                   "references": ["Account"], "relationship": "Account__r"})
        );
        assert_eq!(field("External_Id__c")["external_id"], true);
        assert_eq!(field("Total__c")["read_only"], true);
        assert!(invoice.get("full").is_none());
    }

    #[tokio::test]
    async fn relationships_are_named_and_the_answer_is_much_shorter() {
        let account = described(json!({"object": "Account"})).await;
        let children = account["child_relationships"].as_array().unwrap();
        assert!(children.contains(
            &json!({"relationship": "Contacts", "object": "Contact", "field": "AccountId"})
        ));
        assert!(
            children
                .iter()
                .all(|child| child["relationship"].is_string())
        );
        assert!(account.to_string().len() < ACCOUNT.len() / 2);
    }

    #[tokio::test]
    async fn the_full_form_is_salesforces_own() {
        let account = described(json!({"object": "account", "full": true})).await;
        let raw: Value = serde_json::from_str(ACCOUNT).unwrap();
        // `account` is found by the list of objects here; Salesforce itself ignores case.
        assert_eq!(account["full"], raw);
        assert!(account.get("fields").is_none());
    }
}
