//! `salesforce_create_record`: proposes a new record.
//!
//! Must not know: who decides.

use super::super::{
    objects, rest, touches,
    write::{
        Fields, answer,
        fields::{self, Purpose},
        live, lookback_create, request, rules,
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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The object: API name such as `Account` or `Invoice__c`, or its label.
    object: String,
    /// The fields of the new record by API name, such as `{"LastName": "Lovelace", "AccountId": "001…"}`.
    fields: Fields,
    /// Whether the org's assignment rules choose the owner of a new case, lead or account; true if left out.
    assignment_rules: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The new record's id.
    id: String,
    /// API name of its object.
    object: String,
    /// Always true: the record was created.
    created: bool,
}

struct CreateRecord;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_create_record",
        "Create a record",
        "Proposes a new Salesforce record. Fields are checked first; a person sees every field before it is created. Where the record may exist already, use salesforce_upsert_record with an external id.",
        Effect::Write,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, CreateRecord))
}

#[async_trait]
impl WriteTool for CreateRecord {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::written(looking, &input.object, input.fields.keys(), 1).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        let object = objects::describe(caller, "object", &input.object).await?;
        objects::may(&object, object.supports.createable, "create")?;
        let settings = fields::check(&object, &input.fields, Purpose::Create)?;
        let path = rest::path(&["sobjects", &object.name]);
        let mut request = request::with_body(caller, "POST", path, &fields::body(&settings));
        let run = input.assignment_rules.unwrap_or(true);
        let notes = rules::apply(&mut request, &object.name, run);
        let changes = live::additions(&settings);
        Ok(PreparedWrite {
            request,
            preview: Preview::FieldDiff(FieldDiff {
                change: RecordChange::Create,
                object: object.name,
                object_label: object.label,
                record: None,
                fields: changes,
                notes: notes.into_iter().collect(),
            }),
            record_versions: Vec::new(),
        })
    }

    fn interpret(&self, frozen: &FrozenProposal, response: &ProviderResponse) -> Result<Output> {
        output(frozen, answer::saved(response)?.id())
    }

    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled> {
        lookback_create::create(caller, frozen, |id| {
            serde_json::to_value(output(frozen, id)?).map_err(Error::internal)
        })
        .await
    }

    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        live::current_versions(caller, frozen).await
    }
}

fn output(frozen: &FrozenProposal, id: &str) -> Result<Output> {
    Ok(Output {
        id: id.to_owned(),
        object: super::super::write::diff(frozen)?.object.clone(),
        created: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ME, Scripted, diff, freeze, header, raw, refusal, response};
    use gatelodge_model::{ErrorKind, FieldChangeKind};
    use serde_json::{Value, json};

    async fn prepared(input: Value) -> Result<PreparedWrite> {
        let input = serde_json::from_value(input).unwrap();
        CreateRecord.prepare(&Scripted::org(), input).await
    }

    async fn frozen() -> FrozenProposal {
        let input = json!({"object": "Case", "fields": {"Subject": "Broken", "Priority": "High"}});
        freeze("salesforce_create_record", prepared(input).await.unwrap())
    }

    #[tokio::test]
    async fn the_preview_and_the_request_say_the_same() {
        // proves SF-6, SF-9, SF-15, APR-1, APR-2
        let frozen = frozen().await;
        assert_eq!(frozen.request.method, "POST");
        assert_eq!(frozen.request.path, "/services/data/v66.0/sobjects/Case");
        assert_eq!(
            frozen.request.body.as_deref(),
            Some(r#"{"Subject":"Broken","Priority":"High"}"#)
        );
        assert_eq!(
            header(&frozen.request, "Content-Type"),
            Some("application/json")
        );
        assert_eq!(header(&frozen.request, "Sforce-Auto-Assign"), Some("TRUE"));
        assert_eq!(
            header(&frozen.request, "Sforce-Call-Options"),
            Some("client=gatelodge/Claude-Desktop")
        );
        let diff = diff(&frozen.preview);
        assert_eq!(
            (diff.change, diff.object.as_str()),
            (RecordChange::Create, "Case")
        );
        assert_eq!(diff.notes, ["Assignment rules will run."]);
        assert_eq!(diff.fields[0].api_name, "Subject");
        assert_eq!(
            (&diff.fields[0].before, &diff.fields[0].after),
            (&json!(null), &json!("Broken"))
        );
        assert_eq!(diff.fields[0].change, FieldChangeKind::Added);
    }

    #[tokio::test]
    async fn assignment_rules_can_be_left_out() {
        // proves SF-15
        let input =
            json!({"object": "case", "fields": {"Subject": "x"}, "assignment_rules": false});
        let prepared = prepared(input).await.unwrap();
        assert_eq!(
            header(&prepared.request, "Sforce-Auto-Assign"),
            Some("FALSE")
        );
        assert_eq!(
            diff(&prepared.preview).notes,
            ["Assignment rules will not run."]
        );
    }

    #[tokio::test]
    async fn wrong_input_never_becomes_a_proposal() {
        for (input, field) in [
            (json!({"object": "Nonsense", "fields": {"A": 1}}), "object"),
            (
                json!({"object": "Contact", "fields": {"FirstName": "Ada"}}),
                "fields",
            ),
            (
                json!({"object": "Contact", "fields": {"LastName": "L", "Emial": "x"}}),
                "fields.Emial",
            ),
        ] {
            assert_eq!(
                prepared(input.clone()).await.unwrap_err().field(),
                Some(field),
                "{input}"
            );
        }
    }

    #[tokio::test]
    async fn the_answer_is_read() {
        let frozen = frozen().await;
        let saved = json!({"id": "500dM00003jU9GxQAK", "success": true, "errors": []});
        let output = CreateRecord
            .interpret(&frozen, &response(201, &saved))
            .unwrap();
        assert_eq!(
            (output.id.as_str(), output.object.as_str()),
            ("500dM00003jU9GxQAK", "Case")
        );
        let refused = refusal(
            400,
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "Say more",
            &["Subject"],
        );
        let error = CreateRecord.interpret(&frozen, &refused).unwrap_err();
        assert_eq!(error.provider().unwrap().fields, ["Subject"]);
        let unclear = CreateRecord
            .interpret(&frozen, &raw(201, "<html>"))
            .unwrap_err();
        assert_eq!(unclear.kind(), ErrorKind::UnknownOutcome);
    }

    #[tokio::test]
    async fn a_lost_answer_is_found_again() {
        let frozen = frozen().await;
        let case = |id: &str, subject: &str, priority: &str| json!({"Id": id, "Subject": subject, "Priority": priority});
        let found = |records: Vec<Value>| {
            let page = json!({"totalSize": records.len(), "done": true, "records": records});
            Scripted::org().on("query", response(200, &page))
        };
        let org = found(vec![
            case("1", "Other", "High"),
            case("2", "Broken", "High"),
        ]);
        let Reconciled::Happened { result, .. } =
            CreateRecord.reconcile(&org, &frozen).await.unwrap()
        else {
            panic!("it happened")
        };
        assert_eq!(
            result,
            json!({"id": "2", "object": "Case", "created": true})
        );
        assert_eq!(
            org.last_query("q").unwrap(),
            format!(
                "SELECT Id, Subject, Priority FROM Case WHERE CreatedById = '{ME}' AND CreatedDate >= 2026-05-02T10:00:00Z ORDER BY CreatedDate DESC LIMIT 2000"
            )
        );
        let many: Vec<Value> = (0..2_000).map(|_| case("1", "Other", "High")).collect();
        for (records, happened) in [
            (vec![], Some(false)),
            (many, None),
            (vec![case("1", "Other", "High")], Some(false)),
            (vec![case("1", "Broken", "Low")], None),
            (
                vec![case("1", "Broken", "High"), case("2", "Broken", "High")],
                None,
            ),
        ] {
            let told = CreateRecord
                .reconcile(&found(records.clone()), &frozen)
                .await
                .unwrap();
            let told = match told {
                Reconciled::Happened { .. } => Some(true),
                Reconciled::NotSeen { .. } => Some(false),
                Reconciled::Unclear { .. } => None,
            };
            assert_eq!(told, happened, "{records:?}");
        }
    }
}
