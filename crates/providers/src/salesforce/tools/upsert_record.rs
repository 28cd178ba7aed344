//! `salesforce_upsert_record`: proposes a record by its external id, new or changed.
//!
//! What will happen is known before anybody decides: the record is looked up, and the proposal is either
//! to create it (a PATCH by external id, which cannot make a second one) or to change exactly the record
//! that was found (a PATCH by its id, which cannot create another). Must not know: who decides.

use super::super::{
    describe::{Field, Object},
    ids::RecordId,
    objects, rest, touches, values,
    write::{
        Fields, answer, diff,
        fields::{self, Purpose, Setting},
        live::{self, Live},
        lookback, lookback_create, record_id, request, rules,
    },
};
use async_trait::async_trait;
use gatelodge_model::{
    Effect, Error, FieldDiff, FrozenProposal, Preview, RecordChange, RecordVersion, Result, Touches,
};
use gatelodge_provider::{
    Caller, Descriptor, Looking, PreparedWrite, ProviderResponse, Reconciled, ToolRef, WriteTool,
    tool::writing,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The object: API name such as `Account` or `Invoice__c`, or its label.
    object: String,
    /// API name of the field that identifies the record, such as `External_Id__c`; `salesforce_describe_object` marks such fields with `external_id`.
    external_id_field: String,
    /// The value of that field.
    external_id: String,
    /// The other fields by API name, with their values; null clears a field.
    fields: Fields,
    /// Whether the org's assignment rules choose the owner of a case, lead or account; true if left out.
    assignment_rules: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The record's id.
    id: String,
    /// API name of its object.
    object: String,
    /// True when the record is new, false when an existing one was changed.
    created: bool,
}

struct UpsertRecord;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_upsert_record",
        "Create or update a record by external id",
        "Proposes to create a Salesforce record with an external id, or to change the one that has it. The record is looked up first, so that a person sees which of the two will happen and every field before and after.",
        Effect::Write,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, UpsertRecord))
}

#[async_trait]
impl WriteTool for UpsertRecord {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let fields = input.fields.keys().chain([&input.external_id_field]);
        touches::written(looking, &input.object, fields, 1).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        let object = objects::describe(caller, "object", &input.object).await?;
        let key = key_field(&object, &input)?;
        let path = rest::path(&["sobjects", &object.name, &key.name, &input.external_id]);
        let names: Vec<&str> = input
            .fields
            .keys()
            .filter_map(|name| object.field(name))
            .map(|field| field.name.as_str())
            .collect();
        let response = caller
            .read(live::with_fields(path.clone(), &object, &names))
            .await?;
        let run = input.assignment_rules.unwrap_or(true);
        match rest::json::<Fields>(&response) {
            Ok(values) => change(caller, &object, &input.fields, values, run),
            Err(error) if response.status == 404 && live::is_missing(&error) => {
                create(caller, &object, key, &input, path, run)
            }
            Err(error) => Err(error),
        }
    }

    fn interpret(&self, frozen: &FrozenProposal, response: &ProviderResponse) -> Result<Output> {
        if diff(frozen)?.change == RecordChange::Update {
            answer::accepted(response)?;
            return output(frozen, &record_id(frozen)?, false);
        }
        let saved = answer::saved(response)?;
        output(
            frozen,
            saved.id(),
            saved.created.unwrap_or(response.status == 201),
        )
    }

    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled> {
        let result = |id: &str, created: bool| {
            serde_json::to_value(output(frozen, id, created)?).map_err(Error::internal)
        };
        if diff(frozen)?.change == RecordChange::Update {
            let result = result(&record_id(frozen)?, false)?;
            return lookback::update(caller, frozen, result).await;
        }
        lookback_create::upsert(caller, frozen, |id| result(id, true)).await
    }

    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        if diff(frozen)?.change == RecordChange::Update {
            return live::current_versions(caller, frozen).await;
        }
        // A record that has come into being since has a version where the proposal has none.
        live::versions_at(caller, &diff(frozen)?.object, &frozen.request.path).await
    }
}

/// The field that identifies records.
pub(super) fn key<'object>(object: &'object Object, given: &str) -> Result<&'object Field> {
    let is_key = |field: &&Field| (field.external_id || field.id_lookup) && field.kind != "id";
    let keys = || object.fields.iter().filter(is_key);
    keys()
        .find(|field| field.name.eq_ignore_ascii_case(given))
        .ok_or_else(|| {
            let choices: Vec<String> = keys().map(|field| field.name.clone()).collect();
            let shown: String = given.chars().take(80).collect();
            let known = if choices.is_empty() {
                "none".to_owned()
            } else {
                choices.join(", ")
            };
            Error::invalid(
                "external_id_field",
                format!(
                    "'{shown}' is no external id of {} ({}) that the connected user can see. Its external ids: {known}.",
                    object.label, object.name
                ),
            )
            .with_choices(choices)
        })
}

/// The field that identifies the record, and a value that can stand in a path.
fn key_field<'object>(object: &'object Object, input: &Input) -> Result<&'object Field> {
    let key = key(object, &input.external_id_field)?;
    if !rest::is_segment(input.external_id.trim()) {
        return Err(Error::invalid(
            "external_id",
            "`external_id` is empty, only dots, or holds a backslash or control character; records cannot be found by that. Use salesforce_query and salesforce_update_record.",
        ));
    }
    values::check(key, &Value::String(input.external_id.clone()))
        .map_err(|reason| Error::invalid("external_id", format!("'{}': {reason}.", key.name)))?;
    if input
        .fields
        .keys()
        .any(|name| name.eq_ignore_ascii_case(&key.name))
    {
        return Err(Error::invalid(
            format!("fields.{}", key.name),
            format!(
                "'{}' is given by `external_id`; leave it out of `fields`.",
                key.name
            ),
        ));
    }
    Ok(key)
}

fn change(
    caller: &dyn Caller,
    object: &Object,
    given: &Fields,
    values: Fields,
    run: bool,
) -> Result<PreparedWrite> {
    let id = values.get("Id").and_then(Value::as_str).unwrap_or_default();
    let id = RecordId::parse("id", id)
        .map_err(|_| Error::internal("a record found by its external id has no id"))?;
    let now = Live { id, values };
    let settings = fields::check(object, given, Purpose::Update)?;
    let path = rest::path(&["sobjects", &object.name, now.id.as_str()]);
    let mut request = request::with_body(caller, "PATCH", path, &fields::body(&settings));
    let mut notes = vec!["A record with this external id exists; it will be changed.".to_owned()];
    notes.extend(rules::apply(&mut request, &object.name, run));
    request::only_if_unmodified(&mut request, now.modified());
    Ok(PreparedWrite {
        request,
        record_versions: now.version(object),
        preview: Preview::FieldDiff(FieldDiff {
            change: RecordChange::Update,
            object: object.name.clone(),
            object_label: object.label.clone(),
            record: Some(now.reference(object)),
            fields: now.changes(&settings),
            notes,
        }),
    })
}

fn create(
    caller: &dyn Caller,
    object: &Object,
    key: &Field,
    input: &Input,
    path: String,
    run: bool,
) -> Result<PreparedWrite> {
    let key_value = Value::String(input.external_id.clone());
    let mut all = Fields::new();
    all.insert(key.name.clone(), key_value);
    all.extend(input.fields.clone());
    let settings = fields::check(object, &all, Purpose::Create)?;
    // Salesforce takes the external id from the path and refuses it in the body.
    let in_body: Vec<Setting<'_>> = settings
        .iter()
        .filter(|setting| setting.field.name != key.name)
        .cloned()
        .collect();
    let mut request = request::with_body(caller, "PATCH", path, &fields::body(&in_body));
    let mut notes = vec!["No record has this external id; a new one will be created.".to_owned()];
    notes.extend(rules::apply(&mut request, &object.name, run));
    Ok(PreparedWrite {
        request,
        record_versions: Vec::new(),
        preview: Preview::FieldDiff(FieldDiff {
            change: RecordChange::Create,
            object: object.name.clone(),
            object_label: object.label.clone(),
            record: None,
            fields: live::additions(&settings),
            notes,
        }),
    })
}

fn output(frozen: &FrozenProposal, id: &str, created: bool) -> Result<Output> {
    Ok(Output {
        id: id.to_owned(),
        object: diff(frozen)?.object.clone(),
        created,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{
        ME, Scripted, Unreachable, diff, freeze, header, raw, refusal, response,
    };
    use gatelodge_model::ErrorKind;
    use serde_json::json;

    const ID: &str = "a00dM00003jU9GxQAK";
    const KEY: &str = "sobjects/Invoice__c/External_Id__c/A%2F1";
    const STAMP: &str = "2026-05-01T07:25:37.000+0000";

    fn record(amount: f64, creator: &str, stamp: &str) -> Value {
        json!({"attributes": {"type": "Invoice__c", "url": "/x"}, "Id": ID, "Name": "INV-1",
               "Amount__c": amount, "Account__c": "001dM00003jU9GxQAK", "CreatedById": creator,
               "LastModifiedById": creator, "LastModifiedDate": stamp, "SystemModstamp": stamp})
    }

    fn empty() -> Scripted {
        Scripted::org()
    }

    fn holding(amount: f64, creator: &str, stamp: &str) -> Scripted {
        let record = response(200, &record(amount, creator, stamp));
        Scripted::org()
            .on(KEY, record.clone())
            .on("sobjects/Invoice__c/a00dM00003jU9GxQAK", record)
    }

    fn input() -> Input {
        serde_json::from_value(
            json!({"object": "invoice", "external_id_field": "external_id__c",
            "external_id": "A/1", "fields": {"Amount__c": 7, "Account__c": "001dM00003jU9Gx"}}),
        )
        .unwrap()
    }

    async fn frozen(org: &Scripted) -> FrozenProposal {
        freeze(
            "salesforce_upsert_record",
            UpsertRecord.prepare(org, input()).await.unwrap(),
        )
    }

    #[tokio::test]
    async fn an_absent_record_will_be_created() {
        // proves SF-7, SF-9, S7
        let frozen = frozen(&empty()).await;
        assert_eq!(frozen.request.method, "PATCH");
        assert_eq!(frozen.request.path, format!("/services/data/v66.0/{KEY}"));
        assert_eq!(
            frozen.request.body.as_deref(),
            Some(r#"{"Amount__c":7,"Account__c":"001dM00003jU9Gx"}"#)
        );
        assert_eq!(header(&frozen.request, "If-Unmodified-Since"), None);
        let diff = diff(&frozen.preview);
        assert_eq!(diff.change, RecordChange::Create);
        assert_eq!(diff.fields[0].api_name, "External_Id__c");
        assert_eq!(diff.fields[0].after, json!("A/1"));
        assert!(diff.notes[0].contains("will be created"));
        let created = json!({"id": ID, "success": true, "errors": [], "created": true});
        let output = UpsertRecord
            .interpret(&frozen, &response(201, &created))
            .unwrap();
        assert!(output.created && output.id == ID);
    }

    #[tokio::test]
    async fn a_present_record_will_be_changed() {
        // proves SF-7, SF-9
        let frozen = frozen(&holding(5.0, ME, STAMP)).await;
        assert_eq!(
            frozen.request.path,
            "/services/data/v66.0/sobjects/Invoice__c/a00dM00003jU9GxQAK"
        );
        assert_eq!(
            header(&frozen.request, "If-Unmodified-Since"),
            Some("Fri, 01 May 2026 07:25:37 GMT")
        );
        let diff = diff(&frozen.preview);
        assert_eq!(diff.change, RecordChange::Update);
        assert_eq!(diff.record.as_ref().unwrap().id, ID);
        assert_eq!(diff.fields[0].before, json!(5.0));
        for answer in [
            raw(204, ""),
            response(200, &json!({"id": ID, "created": false})),
        ] {
            let output = UpsertRecord.interpret(&frozen, &answer).unwrap();
            assert!(!output.created && output.id == ID);
        }
        let stale = refusal(
            412,
            "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
            "changed",
            &[],
        );
        assert_eq!(
            UpsertRecord.interpret(&frozen, &stale).unwrap_err().kind(),
            ErrorKind::Stale
        );
    }

    #[tokio::test]
    async fn a_record_that_came_into_being_makes_the_proposal_stale() {
        // proves APR-4
        let frozen = frozen(&empty()).await;
        let before = UpsertRecord
            .current_versions(&empty(), &frozen)
            .await
            .unwrap();
        assert_eq!(before, frozen.record_versions);
        let after = holding(7.0, ME, STAMP);
        let after = UpsertRecord
            .current_versions(&after, &frozen)
            .await
            .unwrap();
        assert_ne!(after, frozen.record_versions);
    }

    // proves SFB-ERR-30
    #[tokio::test]
    async fn a_lost_answer_is_judged_by_the_external_id() {
        let frozen = frozen(&empty()).await;
        let told = UpsertRecord.reconcile(&empty(), &frozen).await.unwrap();
        assert!(matches!(told, Reconciled::NotSeen { .. }), "{told:?}");
        let told = UpsertRecord
            .reconcile(&holding(7.0, ME, STAMP), &frozen)
            .await
            .unwrap();
        let Reconciled::Happened { result, .. } = told else {
            panic!("{told:?}")
        };
        assert_eq!(
            result,
            json!({"id": ID, "object": "Invoice__c", "created": true})
        );
        for org in [
            holding(7.0, "005dM00000awSFKQA2", STAMP),
            holding(8.0, ME, STAMP),
        ] {
            let told = UpsertRecord.reconcile(&org, &frozen).await.unwrap();
            assert!(matches!(told, Reconciled::Unclear { .. }), "{told:?}");
        }
    }

    #[tokio::test]
    async fn several_records_with_one_external_id_are_refused() {
        let several = raw(300, r#"["/services/data/v66.0/sobjects/Invoice__c/a00"]"#);
        let error = UpsertRecord
            .prepare(&empty().on(KEY, several), input())
            .await
            .unwrap_err();
        assert_eq!(error.provider().unwrap().code, "MULTIPLE_CHOICES");
        assert!(UpsertRecord.prepare(&Unreachable, input()).await.is_err());
    }

    #[tokio::test]
    async fn wrong_input_never_becomes_a_proposal() {
        for (change, field) in [
            (
                json!({"external_id_field": "Amount__c"}),
                "external_id_field",
            ),
            (json!({"external_id_field": "Id"}), "external_id_field"),
            (json!({"external_id": " "}), "external_id"),
            (json!({"external_id": ".."}), "external_id"),
            (json!({"external_id": "a\\b"}), "external_id"),
            (json!({"external_id": "x".repeat(41)}), "external_id"),
            (
                json!({"fields": {"External_Id__c": "A/1"}}),
                "fields.External_Id__c",
            ),
            (json!({"fields": {"Amount__c": 7}}), "fields"),
        ] {
            let mut given = json!({"object": "Invoice__c", "external_id_field": "External_Id__c",
                "external_id": "A/1", "fields": {"Account__c": "001dM00003jU9Gx"}});
            for (key, value) in change.as_object().unwrap() {
                given[key] = value.clone();
            }
            let parsed = serde_json::from_value(given).unwrap();
            let error = UpsertRecord.prepare(&empty(), parsed).await.unwrap_err();
            assert_eq!(error.field(), Some(field), "{change}");
        }
    }
}
