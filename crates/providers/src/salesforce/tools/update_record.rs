//! `salesforce_update_record`: proposes new values in a record.
//!
//! Must not know: who decides.

use super::super::{
    ids::RecordId,
    objects, rest, touches,
    write::{
        Fields, answer, diff,
        fields::{self, Purpose},
        live, lookback, record_id, request, rules,
    },
};
use async_trait::async_trait;
use gatelodge_model::{
    Effect, Error, FieldChangeKind, FieldDiff, FrozenProposal, Preview, RecordChange,
    RecordVersion, Result, Touches,
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
    /// The record's id, 15 or 18 characters.
    id: String,
    /// The fields to change by API name, with their new values, such as `{"Phone": "+49 731 5550"}`; null clears a field.
    fields: Fields,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The record's id.
    id: String,
    /// API name of its object.
    object: String,
    /// Always true: the record was changed.
    updated: bool,
}

struct UpdateRecord;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_update_record",
        "Update a record",
        "Proposes new values for fields of a Salesforce record. A person sees each field before and after; if somebody changes the record meanwhile, nothing is written and the proposal is stale. Assignment rules do not run.",
        Effect::Write,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, UpdateRecord))
}

#[async_trait]
impl WriteTool for UpdateRecord {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::written(looking, &input.object, input.fields.keys(), 1).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        let id = RecordId::parse("id", &input.id)?;
        let object = objects::describe(caller, "object", &input.object).await?;
        objects::may(&object, object.supports.updateable, "change")?;
        let settings = fields::check(&object, &input.fields, Purpose::Update)?;
        let names: Vec<&str> = settings
            .iter()
            .map(|setting| setting.field.name.as_str())
            .collect();
        let now = live::read(caller, &object, &id, &names).await?;
        let path = rest::path(&["sobjects", &object.name, id.as_str()]);
        let mut request = request::with_body(caller, "PATCH", path, &fields::body(&settings));
        // Salesforce would run the rules of cases and leads on a change too: what is approved is the
        // shown change and no other.
        let mut notes: Vec<String> = rules::apply(&mut request, &object.name, false)
            .into_iter()
            .collect();
        request::only_if_unmodified(&mut request, now.modified());
        let changes = now.changes(&settings);
        if changes
            .iter()
            .all(|change| change.change == FieldChangeKind::Unchanged)
        {
            notes.push("The record holds all these values already.".to_owned());
        }
        Ok(PreparedWrite {
            request,
            record_versions: now.version(&object),
            preview: Preview::FieldDiff(FieldDiff {
                change: RecordChange::Update,
                record: Some(now.reference(&object)),
                object: object.name,
                object_label: object.label,
                fields: changes,
                notes,
            }),
        })
    }

    fn interpret(&self, frozen: &FrozenProposal, response: &ProviderResponse) -> Result<Output> {
        answer::accepted(response)?;
        output(frozen)
    }

    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled> {
        let result = serde_json::to_value(output(frozen)?).map_err(Error::internal)?;
        lookback::update(caller, frozen, result).await
    }

    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        live::current_versions(caller, frozen).await
    }
}

fn output(frozen: &FrozenProposal) -> Result<Output> {
    Ok(Output {
        id: record_id(frozen)?,
        object: diff(frozen)?.object.clone(),
        updated: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ME, Scripted, diff, freeze, header, raw, refusal, response};
    use gatelodge_model::ErrorKind;
    use serde_json::{Value, json};

    const ID: &str = "001dM00003jU9GxQAK";
    const PATH: &str = "sobjects/Account/001dM00003jU9GxQAK";
    const OTHER: &str = "005dM00000awSFKQA2";

    fn record(phone: &str, modifier: &str, stamp: &str) -> Value {
        json!({"attributes": {"type": "Account", "url": "/x"}, "Id": ID, "Name": "Acme", "Phone": phone,
               "AnnualRevenue": 5.0, "Website": null, "LastModifiedById": modifier,
               "LastModifiedDate": stamp, "SystemModstamp": stamp})
    }

    fn org(phone: &str, modifier: &str, stamp: &str) -> Scripted {
        Scripted::org().on(PATH, response(200, &record(phone, modifier, stamp)))
    }

    fn before() -> Scripted {
        org("1", OTHER, "2026-05-01T07:25:37.000+0000")
    }

    async fn frozen() -> FrozenProposal {
        let input = json!({"object": "account", "id": "001dM00003jU9Gx",
                           "fields": {"phone": "2", "AnnualRevenue": 5, "Website": ""}});
        let input = serde_json::from_value(input).unwrap();
        let prepared = UpdateRecord.prepare(&before(), input).await.unwrap();
        freeze("salesforce_update_record", prepared)
    }

    #[tokio::test]
    async fn the_preview_comes_from_a_live_read() {
        // proves SF-6, SF-9, APR-1, APR-2, APR-3
        let frozen = frozen().await;
        assert_eq!(frozen.request.method, "PATCH");
        assert_eq!(frozen.request.path, format!("/services/data/v66.0/{PATH}"));
        assert_eq!(
            frozen.request.body.as_deref(),
            Some(r#"{"Phone":"2","AnnualRevenue":5,"Website":""}"#)
        );
        assert_eq!(
            header(&frozen.request, "If-Unmodified-Since"),
            Some("Fri, 01 May 2026 07:25:37 GMT")
        );
        assert_eq!(header(&frozen.request, "Sforce-Auto-Assign"), Some("FALSE"));
        let diff = diff(&frozen.preview);
        assert_eq!(
            (diff.object.as_str(), diff.object_label.as_str()),
            ("Account", "Account")
        );
        let record = diff.record.as_ref().unwrap();
        assert_eq!(
            (record.id.as_str(), record.name.as_deref()),
            (ID, Some("Acme"))
        );
        let kinds: Vec<_> = diff
            .fields
            .iter()
            .map(|field| (field.api_name.as_str(), field.change))
            .collect();
        assert_eq!(
            kinds,
            [
                ("Phone", FieldChangeKind::Changed),
                ("AnnualRevenue", FieldChangeKind::Unchanged),
                ("Website", FieldChangeKind::Unchanged),
            ]
        );
        assert_eq!(
            (&diff.fields[0].before, &diff.fields[0].after),
            (&json!("1"), &json!("2"))
        );
        assert_eq!(diff.fields[0].label, "Account Phone");
        assert_eq!(
            frozen.record_versions[0].version,
            "2026-05-01T07:25:37.000+0000"
        );
    }

    #[tokio::test]
    async fn a_record_that_changed_has_another_version() {
        // proves APR-4
        let frozen = frozen().await;
        let same = UpdateRecord
            .current_versions(&before(), &frozen)
            .await
            .unwrap();
        assert_eq!(same, frozen.record_versions);
        let changed = org("9", OTHER, "2026-05-01T08:00:00.000+0000");
        let changed = UpdateRecord
            .current_versions(&changed, &frozen)
            .await
            .unwrap();
        assert_ne!(changed, frozen.record_versions);
        let gone = UpdateRecord
            .current_versions(&Scripted::org(), &frozen)
            .await
            .unwrap();
        assert!(gone.is_empty());
    }

    #[tokio::test]
    async fn the_answer_is_read() {
        let frozen = frozen().await;
        let output = UpdateRecord.interpret(&frozen, &raw(204, "")).unwrap();
        assert_eq!(
            serde_json::to_value(output).unwrap(),
            json!({"id": ID, "object": "Account", "updated": true})
        );
        let changed = refusal(
            412,
            "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
            "changed",
            &[],
        );
        assert_eq!(
            UpdateRecord
                .interpret(&frozen, &changed)
                .unwrap_err()
                .kind(),
            ErrorKind::Stale
        );
        let locked = refusal(400, "UNABLE_TO_LOCK_ROW", "busy", &[]);
        assert_eq!(
            UpdateRecord.interpret(&frozen, &locked).unwrap_err().kind(),
            ErrorKind::ProviderRejected
        );
    }

    #[tokio::test]
    async fn a_lost_answer_is_judged_by_the_record() {
        let frozen = frozen().await;
        let later = "2026-05-02T11:00:00.000+0000";
        for (org, happened) in [
            (before(), Some(false)),
            (org("2", ME, later), Some(true)),
            (org("2", OTHER, later), None),
            (org("3", ME, later), None),
            (Scripted::org(), None),
        ] {
            let told = match UpdateRecord.reconcile(&org, &frozen).await.unwrap() {
                Reconciled::Happened { result, .. } => {
                    assert_eq!(result["id"], ID);
                    Some(true)
                }
                Reconciled::NotSeen { .. } => Some(false),
                Reconciled::Unclear { evidence } => {
                    assert!(evidence.contains("Salesforce"), "{evidence}");
                    None
                }
            };
            assert_eq!(told, happened);
        }
    }

    #[tokio::test]
    async fn wrong_input_never_becomes_a_proposal() {
        for (input, field) in [
            (
                json!({"object": "Account", "id": "1", "fields": {"Phone": "2"}}),
                "id",
            ),
            (
                json!({"object": "Account", "id": ID, "fields": {}}),
                "fields",
            ),
            (
                json!({"object": "Account", "id": ID, "fields": {"Phon": "2"}}),
                "fields.Phon",
            ),
        ] {
            let parsed = serde_json::from_value(input.clone()).unwrap();
            let error = UpdateRecord.prepare(&before(), parsed).await.unwrap_err();
            assert_eq!(error.field(), Some(field), "{input}");
        }
    }
}
