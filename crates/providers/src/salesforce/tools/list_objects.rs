//! `salesforce_list_objects`: which objects the connected user sees, and what each supports.
//!
//! Must not know: fields.

use super::super::{describe, describe::Listed, pages, touches};
use async_trait::async_trait;
use gatelodge_model::{Effect, Result, Touches};
use gatelodge_provider::{Caller, Descriptor, Hides, Looking, ReadTool, ToolRef, tool::reading};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const MOST: u32 = 2_000;
const USUAL: u32 = 200;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Only objects whose API name or label contains this text; upper and lower case are the same.
    search: Option<String>,
    /// True for custom objects only (names ending in `__c`, `__mdt`, `__e`), false for standard objects only.
    custom: Option<bool>,
    /// True for objects that can be queried with SOQL only, false for those that cannot.
    queryable: Option<bool>,
    /// At most this many objects, 1 to 2000; 200 if left out. `total` tells how many there are.
    #[schemars(range(min = 1, max = 2000))]
    limit: Option<u32>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The objects, in Salesforce's order.
    objects: Vec<Entry>,
    /// How many objects fit, shown or not.
    total: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    /// API name: what other tools take as `object`.
    name: String,
    /// Name that people see.
    label: String,
    /// Whether the org defined it.
    custom: bool,
    /// What the connected user can do with it: query, search, create, update, delete.
    supports: Vec<String>,
    /// First three characters of its records' ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_prefix: Option<String>,
}

struct ListObjects;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_list_objects",
        "List objects",
        "Lists the standard and custom objects of the Salesforce org that the connected user can see, each with what it supports: query, search, create, update, delete. Use `search` to find an object by a part of its name.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, ListObjects))
}

#[async_trait]
impl ReadTool for ListObjects {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let _ = (looking, input);
        Ok(Touches::nothing())
    }

    fn withhold(result: &mut Value, hides: &dyn Hides) -> Result<()> {
        touches::withhold_listed(result, hides);
        Ok(())
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Output> {
        let limit = pages::check_limit(input.limit, MOST)?.unwrap_or(USUAL);
        let global = describe::global(caller).await?;
        let fitting: Vec<Listed> = global
            .sobjects
            .into_iter()
            .filter(|entry| fits(entry, &input))
            .collect();
        Ok(Output {
            total: fitting.len(),
            objects: fitting
                .into_iter()
                .take(usize::try_from(limit).unwrap_or(usize::MAX))
                .map(|entry| Entry {
                    supports: entry.supports.words(),
                    name: entry.name,
                    label: entry.label,
                    custom: entry.custom,
                    key_prefix: entry.key_prefix,
                })
                .collect(),
        })
    }
}

fn fits(entry: &Listed, input: &Input) -> bool {
    let contains = |text: &str| {
        let text = text.trim().to_lowercase();
        [&entry.name, &entry.label, &entry.label_plural]
            .into_iter()
            .any(|name| name.to_lowercase().contains(&text))
    };
    !entry.deprecated_and_hidden
        && input.custom.is_none_or(|custom| custom == entry.custom)
        && input
            .queryable
            .is_none_or(|queryable| queryable == entry.supports.queryable)
        && input.search.as_deref().is_none_or(contains)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::Scripted;
    use serde_json::{Value, json};

    async fn listed(input: Value) -> Value {
        let input = serde_json::from_value(input).unwrap();
        let output = ListObjects.call(&Scripted::org(), input).await.unwrap();
        serde_json::to_value(output).unwrap()
    }

    #[tokio::test]
    async fn objects_tell_what_they_support() {
        // proves SF-1
        let all = listed(json!({})).await;
        let names = all["objects"].as_array().unwrap();
        let account = names
            .iter()
            .find(|entry| entry["name"] == "Account")
            .unwrap();
        assert_eq!(
            account,
            &json!({"name": "Account", "label": "Account", "custom": false,
                    "supports": ["query", "search", "create", "update", "delete"], "key_prefix": "001"})
        );
        let history = names
            .iter()
            .find(|entry| entry["name"] == "AccountHistory")
            .unwrap();
        assert_eq!(history["supports"], json!(["query"]));
        assert!(!names.iter().any(|entry| entry["name"] == "OldThing__c"));
    }

    #[tokio::test]
    async fn filters_narrow_the_list() {
        let custom = listed(json!({"custom": true})).await;
        assert_eq!(custom["total"], 1);
        assert_eq!(custom["objects"][0]["name"], "Invoice__c");
        let found = listed(json!({"search": " OPPORT"})).await;
        assert_eq!(found["objects"][0]["name"], "Opportunity");
        let one = listed(json!({"limit": 1})).await;
        assert_eq!(one["objects"].as_array().unwrap().len(), 1);
        assert!(one["total"].as_u64().unwrap() > 5);
        assert_eq!(listed(json!({"queryable": false})).await["total"], 0);
    }

    #[tokio::test]
    async fn a_wrong_limit_is_named() {
        let input = serde_json::from_value(json!({"limit": 0})).unwrap();
        let error = ListObjects.call(&Scripted::org(), input).await.unwrap_err();
        assert_eq!(error.field(), Some("limit"));
    }
}
