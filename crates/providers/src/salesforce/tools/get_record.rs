//! `salesforce_get_record`: one record by object and id.
//!
//! Must not know: related records.

use super::super::{ids::RecordId, names, objects, pages, rest, touches};
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
    /// The record's id, 15 or 18 characters.
    id: String,
    /// API names of the fields to read; left out: all that the connected user can see.
    fields: Option<Vec<String>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The record: Salesforce's fields and values, and `attributes.type`, the object's API name.
    record: Map<String, Value>,
}

struct GetRecord;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_get_record",
        "Read a record",
        "Reads one Salesforce record by its object and id. Name the `fields` you need: a whole record is long. For fields of related records use salesforce_query.",
        Effect::Read,
        super::SCOPES,
    )?;
    Ok(reading(descriptor, GetRecord))
}

#[async_trait]
impl ReadTool for GetRecord {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let fields = input.fields.as_deref().filter(|fields| !fields.is_empty());
        touches::records(looking, &input.object, fields, Some(1)).await
    }

    fn withhold(result: &mut Value, hides: &dyn Hides) -> Result<()> {
        touches::withhold_records(result, hides)
    }

    async fn call(&self, caller: &dyn Caller, input: Input) -> Result<Output> {
        let id = RecordId::parse("id", &input.id)?;
        let fields = field_list(input.fields.as_deref())?;
        let given = input.object.trim();
        let answer = if names::is_api_name(given) {
            read(caller, given, &id, fields.as_deref()).await
        } else {
            let object = objects::find(caller, "object", given).await?;
            return Ok(Output {
                record: read(caller, &object, &id, fields.as_deref()).await?,
            });
        };
        let record = match answer {
            Err(error) if objects::is_unknown(&error) => {
                // Salesforce answers an unknown object and an unknown record alike: find out which.
                let object = objects::find(caller, "object", given).await?;
                if object.eq_ignore_ascii_case(given) {
                    return Err(error);
                }
                read(caller, &object, &id, fields.as_deref()).await?
            }
            answer => answer?,
        };
        Ok(Output { record })
    }
}

async fn read(
    caller: &dyn Caller,
    object: &str,
    id: &RecordId,
    fields: Option<&str>,
) -> Result<Map<String, Value>> {
    let mut request = ReadRequest::get(rest::path(&["sobjects", object, id.as_str()]));
    if let Some(fields) = fields {
        request = request.query("fields", fields);
    }
    let mut record = rest::get(caller, request).await?;
    pages::tidy(&mut record);
    Ok(record)
}

/// The fields as Salesforce wants them; an empty list is none.
fn field_list(fields: Option<&[String]>) -> Result<Option<String>> {
    let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
        return Ok(None);
    };
    for (index, name) in fields.iter().enumerate() {
        names::check(&format!("fields[{index}]"), name)?;
    }
    Ok(Some(fields.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, Unreachable, refusal, response};
    use gatelodge_model::ErrorKind;
    use serde_json::json;

    fn input(value: Value) -> Input {
        serde_json::from_value(value).unwrap()
    }

    fn org() -> Scripted {
        Scripted::org().on(
            "sobjects/Invoice__c/a00dM00003jU9GxQAK",
            response(
                200,
                &json!({"attributes": {"type": "Invoice__c", "url": "/x"}, "Name": "INV-1"}),
            ),
        )
    }

    #[tokio::test]
    async fn a_record_is_read_by_name_or_word() {
        // proves SF-5, SF-12
        for object in ["Invoice__c", "invoice"] {
            let org = org();
            let wanted = input(
                json!({"object": object, "id": "a00dM00003jU9Gx", "fields": ["Name", "Amount__c"]}),
            );
            let output = GetRecord.call(&org, wanted).await.unwrap();
            assert_eq!(output.record["Name"], "INV-1");
            assert_eq!(org.last_query("fields").as_deref(), Some("Name,Amount__c"));
        }
    }

    #[tokio::test]
    async fn an_unknown_record_is_not_an_unknown_object() {
        let missing = input(json!({"object": "Account", "id": "001dM00003jU9Gx"}));
        let error = GetRecord.call(&org(), missing).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderNotFound);
        let unknown = input(json!({"object": "Acount", "id": "001dM00003jU9Gx"}));
        let error = GetRecord.call(&org(), unknown).await.unwrap_err();
        assert_eq!(error.field(), Some("object"));
    }

    #[tokio::test]
    async fn a_hidden_field_is_explained() {
        // proves SF-8
        let org = org().on(
            "sobjects/Account/001dM00003jU9GxQAK",
            refusal(
                400,
                "INVALID_FIELD",
                "No such column 'Secret__c' on sobject of type Account",
                &[],
            ),
        );
        let wanted =
            input(json!({"object": "Account", "id": "001dM00003jU9Gx", "fields": ["Secret__c"]}));
        let error = GetRecord.call(&org, wanted).await.unwrap_err();
        assert!(error.hint().unwrap().text.contains("field-level security"));
    }

    #[tokio::test]
    async fn nothing_but_names_and_ids_gets_into_the_path() {
        // proves S7
        for (bad, field) in [
            (json!({"object": "Account", "id": "../../limits"}), "id"),
            (
                json!({"object": "Account", "id": "001dM00003jU9Gx", "fields": ["Name&x=1"]}),
                "fields[0]",
            ),
            (
                json!({"object": "Account", "id": "001dM00003jU9Gx", "fields": ["Name", "a,b"]}),
                "fields[1]",
            ),
        ] {
            let error = GetRecord
                .call(&Unreachable, input(bad.clone()))
                .await
                .unwrap_err();
            assert_eq!(error.field(), Some(field), "{bad}");
        }
        let org = org();
        let evil = input(json!({"object": "Account/../../x", "id": "001dM00003jU9Gx"}));
        assert_eq!(
            GetRecord.call(&org, evil).await.unwrap_err().field(),
            Some("object")
        );
        assert!(
            org.requests()
                .iter()
                .all(|request| !request.path.contains(".."))
        );
    }
}
