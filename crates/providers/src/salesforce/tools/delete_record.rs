//! `salesforce_delete_record`: proposes that a record goes to the recycle bin.
//!
//! Must not know: who decides.

use super::super::{
    describe::{Field, Object},
    ids::RecordId,
    objects, rest, touches,
    write::{
        answer, diff,
        live::{self, Live},
        lookback, record_id, request,
    },
};
use async_trait::async_trait;
use gatelodge_model::{
    Effect, Error, FieldChange, FieldChangeKind, FieldDiff, FrozenProposal, Preview, RecordChange,
    RecordVersion, Result, Touches,
};
use gatelodge_provider::{
    Caller, Descriptor, Looking, PreparedWrite, ProviderResponse, ReadRequest, Reconciled, ToolRef,
    WriteTool, tool::writing,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Values that tell nobody whether this is the right record.
const SYSTEM: [&str; 9] = [
    "Id",
    "IsDeleted",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "LastViewedDate",
    "LastReferencedDate",
];

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The object: API name such as `Account` or `Invoice__c`, or its label.
    object: String,
    /// The record's id, 15 or 18 characters.
    id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The record's id.
    id: String,
    /// API name of its object.
    object: String,
    /// Always true: the record was deleted.
    deleted: bool,
}

struct DeleteRecord;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_delete_record",
        "Delete a record",
        "Proposes to delete a Salesforce record. A person sees the whole record first. It goes to the recycle bin, from where it can be restored in Salesforce for 15 days.",
        Effect::Destructive,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, DeleteRecord))
}

#[async_trait]
impl WriteTool for DeleteRecord {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::written(looking, &input.object, [], 1).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        let id = RecordId::parse("id", &input.id)?;
        let object = objects::describe(caller, "object", &input.object).await?;
        objects::may(&object, object.supports.deletable, "delete")?;
        let path = rest::path(&["sobjects", &object.name, id.as_str()]);
        let values = rest::get(caller, ReadRequest::get(path.clone())).await?;
        let now = Live { id, values };
        let mut notes = vec!["The record goes to the recycle bin for 15 days.".to_owned()];
        notes.extend(dependents(&object));
        Ok(PreparedWrite {
            request: request::without_body(caller, "DELETE", path),
            record_versions: now.version(&object),
            preview: Preview::FieldDiff(FieldDiff {
                change: RecordChange::Delete,
                record: Some(now.reference(&object)),
                fields: removals(&object, &now),
                object: object.name,
                object_label: object.label,
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
        lookback::delete(caller, frozen, result).await
    }

    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        live::current_versions(caller, frozen).await
    }
}

/// Every value that goes, but for those of the system and the parts that a compound value repeats.
pub(super) fn removals(object: &Object, now: &Live) -> Vec<FieldChange> {
    shown(object)
        .filter_map(|field| {
            let before = now.value(&field.name);
            (!before.is_null()).then(|| FieldChange {
                api_name: field.name.clone(),
                label: field.label.clone(),
                before,
                after: Value::Null,
                change: FieldChangeKind::Removed,
            })
        })
        .collect()
}

/// The fields whose values tell whether this is the right record.
pub(super) fn shown(object: &Object) -> impl Iterator<Item = &Field> {
    object
        .fields
        .iter()
        .filter(|field| !SYSTEM.contains(&field.name.as_str()))
        .filter(|field| !matches!(field.kind.as_str(), "address" | "location" | "base64"))
}

/// Which lists of records Salesforce deletes along.
pub(super) fn dependents(object: &Object) -> Option<String> {
    let names: Vec<&str> = object
        .child_relationships
        .iter()
        .filter(|child| child.cascade_delete)
        .filter_map(|child| child.relationship_name.as_deref())
        .collect();
    if names.is_empty() {
        return None;
    }
    let shown = names.iter().take(8).copied().collect::<Vec<_>>().join(", ");
    let more = match names.len().saturating_sub(8) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "Salesforce deletes what belongs to it as well: {shown}{more}."
    ))
}

fn output(frozen: &FrozenProposal) -> Result<Output> {
    Ok(Output {
        id: record_id(frozen)?,
        object: diff(frozen)?.object.clone(),
        deleted: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, diff, freeze, header, raw, refusal, response};
    use gatelodge_model::ErrorKind;
    use serde_json::json;

    const ID: &str = "001dM00003jU9GxQAK";
    const PATH: &str = "sobjects/Account/001dM00003jU9GxQAK";

    fn org() -> Scripted {
        let record = json!({"attributes": {"type": "Account", "url": "/x"}, "Id": ID, "Name": "Acme",
            "Phone": "1", "Website": null, "BillingAddress": {"city": "Ulm"}, "IsDeleted": false,
            "LastModifiedDate": "2026-05-01T07:25:37.000+0000", "SystemModstamp": "2026-05-01T07:25:37.000+0000"});
        Scripted::org().on(PATH, response(200, &record))
    }

    async fn frozen() -> FrozenProposal {
        let input = serde_json::from_value(json!({"object": "Account", "id": ID})).unwrap();
        let prepared = DeleteRecord.prepare(&org(), input).await.unwrap();
        freeze("salesforce_delete_record", prepared)
    }

    #[tokio::test]
    async fn the_preview_shows_what_goes() {
        // proves SF-6, APR-1, APR-2
        let frozen = frozen().await;
        assert_eq!(frozen.request.method, "DELETE");
        assert_eq!(frozen.request.path, format!("/services/data/v66.0/{PATH}"));
        assert_eq!(frozen.request.body, None);
        assert!(header(&frozen.request, "Sforce-Call-Options").is_some());
        let diff = diff(&frozen.preview);
        assert_eq!(diff.change, RecordChange::Delete);
        assert_eq!(diff.record.as_ref().unwrap().name.as_deref(), Some("Acme"));
        let shown: Vec<_> = diff
            .fields
            .iter()
            .map(|field| (field.api_name.as_str(), field.change))
            .collect();
        assert_eq!(
            shown,
            [
                ("Name", FieldChangeKind::Removed),
                ("Phone", FieldChangeKind::Removed)
            ]
        );
        assert_eq!(
            diff.notes[0],
            "The record goes to the recycle bin for 15 days."
        );
        assert!(diff.notes[1].contains("Contacts"), "{:?}", diff.notes);
        assert_eq!(frozen.record_versions.len(), 1);
    }

    #[tokio::test]
    async fn the_answer_and_a_lost_answer_are_read() {
        let frozen = frozen().await;
        let output = DeleteRecord.interpret(&frozen, &raw(204, "")).unwrap();
        assert!(output.deleted && output.id == ID);
        let gone = refusal(404, "ENTITY_IS_DELETED", "entity is deleted", &[]);
        let error = DeleteRecord.interpret(&frozen, &gone).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderNotFound);

        let there = DeleteRecord.reconcile(&org(), &frozen).await.unwrap();
        assert!(matches!(there, Reconciled::NotSeen { .. }));
        let deleted = DeleteRecord
            .reconcile(&Scripted::org().on(PATH, gone), &frozen)
            .await
            .unwrap();
        assert!(matches!(deleted, Reconciled::Happened { .. }));
        let refused = refusal(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
            &[],
        );
        assert!(
            DeleteRecord
                .reconcile(&Scripted::org().on(PATH, refused), &frozen)
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn a_missing_record_is_no_proposal() {
        let input = serde_json::from_value(json!({"object": "Account", "id": ID})).unwrap();
        let error = DeleteRecord
            .prepare(&Scripted::org(), input)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderNotFound);
    }
}
