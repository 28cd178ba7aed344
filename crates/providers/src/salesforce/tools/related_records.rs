//! `salesforce_related_records`: the records that belong to a record, or the one that it points to.
//!
//! Must not know: relationships of relationships; `salesforce_query` does those.

use super::super::{
    describe::{self, ChildRelationship, Field, Object},
    ids::RecordId,
    names, objects, pages,
    pages::Page,
    rest, touches,
};
use async_trait::async_trait;
use gatelodge_model::{Effect, Error, Result, Touches};
use gatelodge_provider::{
    Caller, Descriptor, Hides, Looking, ReadRequest, ReadTool, ToolRef, tool::reading,
};
use gatelodge_soql::escape_string;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

const MOST: u32 = 2_000;

/// What tells which record it is; not every object calls its name `Name`.
const NAMES: [&str; 7] = [
    "attributes",
    "Id",
    "Name",
    "CaseNumber",
    "OrderNumber",
    "ContractNumber",
    "Subject",
];

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The object of the record to start from: API name such as `Account`, or its label.
    object: String,
    /// That record's id, 15 or 18 characters.
    id: String,
    /// Name of the relationship: a list such as `Contacts` or `Invoices__r`, or a parent such as `Owner`. `salesforce_describe_object` lists them.
    relationship: String,
    /// API names of the fields to read of the related records; left out: id and name.
    fields: Option<Vec<String>>,
    /// At most this many records, 1 to 2000; without it pages have 200.
    #[schemars(range(min = 1, max = 2000))]
    limit: Option<u32>,
    /// `cursor` of the previous answer, for its next page.
    cursor: Option<String>,
}

struct RelatedRecords;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Page>(
        "salesforce_related_records",
        "List related records",
        "Lists the records that are related to a Salesforce record by the name of a relationship, such as the Contacts of an Account, or reads the one record that it points to, such as the Owner of a Case.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, RelatedRecords))
}

#[async_trait]
impl ReadTool for RelatedRecords {
    type Input = Input;
    type Output = Page;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let fields = input.fields.as_deref().unwrap_or_default();
        touches::related(
            looking,
            &input.object,
            &input.relationship,
            fields,
            input.limit,
        )
        .await
    }

    fn withhold(result: &mut Value, hides: &dyn Hides) -> Result<()> {
        touches::withhold_records(result, hides)
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Page> {
        let id = RecordId::parse("id", &input.id)?;
        let limit = pages::check_limit(input.limit, MOST)?;
        let fields = input.fields.unwrap_or_default();
        for (index, name) in fields.iter().enumerate() {
            let argument = format!("fields[{index}]");
            name.split('.')
                .try_for_each(|part| names::check(&argument, part).map(|_| ()))?;
        }
        if let Some(cursor) = &input.cursor {
            return pages::next(caller, cursor, limit)
                .await
                .map_err(pages::explain_lost_cursor);
        }
        let object = objects::describe(caller, "object", &input.object).await?;
        let wanted = input.relationship.trim();
        let is_wanted =
            |name: Option<&str>| name.is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        if let Some(child) = object
            .child_relationships
            .iter()
            .find(|child| is_wanted(child.relationship_name.as_deref()))
        {
            return children(caller, child, &id, fields, limit).await;
        }
        let lookup = object
            .fields
            .iter()
            .find(|field| is_wanted(field.relationship_name.as_deref()));
        match lookup {
            Some(lookup) => parent(caller, &object.name, &id, lookup, &fields).await,
            None => Err(unknown(&object, wanted)),
        }
    }

    fn into_json(page: Page) -> Result<Value> {
        Ok(page.into_json())
    }
}

async fn children(
    caller: &dyn Caller,
    child: &ChildRelationship,
    id: &RecordId,
    mut fields: Vec<String>,
    limit: Option<u32>,
) -> Result<Page> {
    names::check("relationship", &child.child_object)?;
    names::check("relationship", &child.field)?;
    if fields.is_empty() {
        let related = describe::object(caller, &child.child_object).await?;
        fields.push("Id".to_owned());
        fields.extend(related.name_field().map(|field| field.name.clone()));
    }
    let at_most = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
    let soql = format!(
        "SELECT {} FROM {} WHERE {} = '{}'{at_most}",
        fields.join(", "),
        child.child_object,
        child.field,
        escape_string(id.as_str()),
    );
    pages::query(caller, soql, limit).await
}

/// "sObject Relationships": the one record that a lookup points to.
async fn parent(
    caller: &dyn Caller,
    object: &str,
    id: &RecordId,
    lookup: &Field,
    fields: &[String],
) -> Result<Page> {
    let relationship = lookup.relationship_name.as_deref().unwrap_or_default();
    let path = rest::path(&["sobjects", object, id.as_str(), relationship]);
    let mut request = ReadRequest::get(path);
    if !fields.is_empty() {
        request = request.query("fields", fields.join(","));
    }
    let record = match rest::get::<Map<String, Value>>(caller, request).await {
        Ok(mut record) => {
            pages::tidy(&mut record);
            if fields.is_empty() {
                // Salesforce sends every field; without a wish, id and name are told.
                record.retain(|key, _| NAMES.contains(&key.as_str()));
            }
            Some(record)
        }
        Err(error) if objects::is_unknown(&error) => {
            // An empty lookup and an unknown record look alike here; the lookup itself tells.
            let path = rest::path(&["sobjects", object, id.as_str()]);
            let request = ReadRequest::get(path).query("fields", lookup.name.as_str());
            let record: Map<String, Value> = rest::get(caller, request).await?;
            if record
                .get(&lookup.name)
                .is_some_and(|value| !value.is_null())
            {
                return Err(error);
            }
            None
        }
        Err(error) => return Err(error),
    };
    let records: Vec<_> = record.into_iter().collect();
    Ok(Page {
        total_size: u64::from(!records.is_empty()),
        records,
        done: true,
        cursor: None,
    })
}

fn unknown(object: &Object, wanted: &str) -> Error {
    let shown: String = wanted.chars().take(80).collect();
    let known = || {
        let lists = object.child_relationships.iter();
        let parents = object.fields.iter();
        lists
            .filter_map(|child| child.relationship_name.as_deref())
            .chain(parents.filter_map(|field| field.relationship_name.as_deref()))
    };
    let near = names::near(wanted, known());
    let message = format!(
        "{} ({}) has no relationship '{shown}'.{}",
        object.label,
        object.name,
        names::did_you_mean(&near)
    );
    Error::invalid("relationship", message).with_choices(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, Unreachable, response};
    use serde_json::json;

    const ID: &str = "001dM00003jU9GxQAK";

    fn input(value: Value) -> Input {
        serde_json::from_value(value).unwrap()
    }

    fn org() -> Scripted {
        let contact =
            json!({"attributes": {"type": "Contact", "url": "/x"}, "Id": "003", "Name": "Ada"});
        let owner = json!({"attributes": {"type": "User", "url": "/x"}, "Id": "005", "Name": "Bo", "Email": "b@x"});
        Scripted::org()
            .on(
                "query",
                response(
                    200,
                    &json!({"totalSize": 1, "done": true, "records": [contact]}),
                ),
            )
            .on(
                "sobjects/Account/001dM00003jU9GxQAK/Owner",
                response(200, &owner),
            )
    }

    #[tokio::test]
    async fn a_list_is_queried_by_its_own_field() {
        let org = org();
        let wanted = input(json!({"object": "Account", "id": ID, "relationship": "contacts"}));
        let page = RelatedRecords.call(&org, wanted).await.unwrap();
        assert_eq!(page.records[0]["Name"], "Ada");
        assert_eq!(
            org.last_query("q").as_deref(),
            Some("SELECT Id, Name FROM Contact WHERE AccountId = '001dM00003jU9GxQAK'")
        );
        let wanted = json!({"object": "Account", "id": ID, "relationship": "Contacts",
                            "fields": ["Email", "Owner.Name"], "limit": 5});
        RelatedRecords.call(&org, input(wanted)).await.unwrap();
        assert_eq!(
            org.last_query("q").as_deref(),
            Some(
                "SELECT Email, Owner.Name FROM Contact WHERE AccountId = '001dM00003jU9GxQAK' LIMIT 5"
            )
        );
    }

    #[tokio::test]
    async fn a_parent_is_one_record() {
        let wanted = input(json!({"object": "account", "id": ID, "relationship": "owner"}));
        let page = RelatedRecords.call(&org(), wanted).await.unwrap();
        assert_eq!(page.total_size, 1);
        assert_eq!(
            Value::Object(page.records[0].clone()),
            json!({"attributes": {"type": "User"}, "Id": "005", "Name": "Bo"})
        );
    }

    #[tokio::test]
    async fn an_empty_lookup_is_no_record_and_no_failure() {
        let wanted = || input(json!({"object": "Account", "id": ID, "relationship": "Parent"}));
        let record = json!({"attributes": {"type": "Account"}, "ParentId": null});
        let org = org().on(
            "sobjects/Account/001dM00003jU9GxQAK",
            response(200, &record),
        );
        let page = RelatedRecords.call(&org, wanted()).await.unwrap();
        assert!(page.records.is_empty() && page.done && page.total_size == 0);
        // The record itself is unknown.
        assert!(
            RelatedRecords
                .call(&Scripted::org(), wanted())
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn an_unknown_relationship_gives_the_near_ones() {
        let wanted = input(json!({"object": "Account", "id": ID, "relationship": "Contact"}));
        let error = RelatedRecords.call(&org(), wanted).await.unwrap_err();
        assert_eq!(error.field(), Some("relationship"));
        assert!(error.choices().contains(&"Contacts".to_owned()));
    }

    #[tokio::test]
    async fn fields_cannot_add_to_the_statement() {
        // proves S7
        for field in ["Id FROM User", "Id,Name", "", "Name)", "a..b"] {
            let wanted = json!({"object": "Account", "id": ID, "relationship": "Contacts", "fields": [field]});
            let error = RelatedRecords
                .call(&Unreachable, input(wanted))
                .await
                .unwrap_err();
            assert_eq!(error.field(), Some("fields[0]"), "{field}");
        }
    }
}
