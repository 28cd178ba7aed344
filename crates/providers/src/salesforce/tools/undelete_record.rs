//! `salesforce_undelete_record`: proposes that a record comes back from the recycle bin.
//!
//! Must not know: who decides, and how the request carries the session.

use super::super::{
    batch::read,
    describe::Object,
    ids::RecordId,
    objects, pages, soap, touches,
    write::{
        Fields, diff,
        live::{self, Live},
        record_id,
    },
};
use super::delete_record::shown;
use async_trait::async_trait;
use gatelodge_model::{
    Effect, Error, ErrorKind, FieldChange, FieldDiff, FrozenProposal, Preview, RecordChange,
    RecordVersion, Result, Touches, WhoMustAct,
};
use gatelodge_provider::{
    Caller, Descriptor, Looking, PreparedWrite, ProviderResponse, Reconciled, ToolRef, WriteTool,
    tool::writing,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Tells whether a record is in the recycle bin.
const DELETED: &str = "IsDeleted";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The object: API name such as `Account` or `Invoice__c`, or its label.
    object: String,
    /// The deleted record's id, 15 or 18 characters.
    id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Output {
    /// The record's id.
    id: String,
    /// API name of its object.
    object: String,
    /// Always true: the record is there again.
    restored: bool,
}

struct UndeleteRecord;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, Output>(
        "salesforce_undelete_record",
        "Restore a deleted record",
        "Proposes to take a Salesforce record out of the recycle bin, with what was deleted along with it. A person sees the whole record first. Possible for 15 days after the deletion.",
        Effect::Write,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, UndeleteRecord))
}

#[async_trait]
impl WriteTool for UndeleteRecord {
    type Input = Input;
    type Output = Output;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::written(looking, &input.object, [], 1).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        let id = RecordId::parse("id", &input.id)?;
        let object = objects::describe(caller, "object", &input.object).await?;
        objects::may(&object, object.supports.undeletable, "restore")?;
        let mut names = read::names(&object, shown(&object).map(|field| field.name.as_str()));
        names.push(DELETED);
        if object.field(live::MODIFIER).is_some() {
            names.push("LastModifiedBy.Name");
        }
        let (fields, limit) = read::selection(&names);
        let values = find(caller, &object.name, &id, &fields, limit)
            .await?
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::ProviderNotFound,
                    format!(
                        "The connected user sees no record {id} of {}, not even in the recycle bin.",
                        object.label
                    ),
                )
                .with_hint(
                    WhoMustAct::Caller,
                    "Check the id and the object. After 15 days a deleted record is gone for good.",
                )
            })?;
        if !is_deleted(&values) {
            return Err(Error::invalid(
                "id",
                format!("The record {id} is not deleted; there is nothing to restore."),
            ));
        }
        let now = Live { id, values };
        Ok(PreparedWrite {
            request: soap::undelete(caller, &now.id),
            record_versions: now.version(&object),
            preview: Preview::FieldDiff(FieldDiff {
                change: RecordChange::Restore,
                record: Some(now.reference(&object)),
                fields: returning(&object, &now),
                notes: notes(&object, &now),
                object: object.name,
                object_label: object.label,
            }),
        })
    }

    fn interpret(&self, frozen: &FrozenProposal, response: &ProviderResponse) -> Result<Output> {
        let output = output(frozen)?;
        soap::undeleted(response, &output.id)?;
        Ok(output)
    }

    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled> {
        let output = output(frozen)?;
        let id = RecordId::parse("id", &output.id)?;
        let fields = format!("Id, {DELETED}");
        Ok(
            match find(caller, &output.object, &id, &fields, "").await? {
                Some(now) if is_deleted(&now) => Reconciled::NotSeen {
                    evidence: format!("The record {id} is still in the recycle bin."),
                },
                Some(_) => Reconciled::Happened {
                    result: serde_json::to_value(output).map_err(Error::internal)?,
                    evidence: format!(
                        "The record {id}, which was in the recycle bin at the preview, is there again."
                    ),
                },
                None => Reconciled::Unclear {
                    evidence: format!(
                        "The record {id} is neither among the records nor in the recycle bin that the connected user sees. A Salesforce administrator can look for it."
                    ),
                },
            },
        )
    }

    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        let mut versions = Vec::with_capacity(frozen.record_versions.len());
        for known in &frozen.record_versions {
            let id = RecordId::parse("id", &known.id)?;
            let fields = format!("Id, {DELETED}, {}", live::VERSION);
            // A record that is there again is another state than the one that was shown.
            let now = find(caller, &known.object, &id, &fields, "").await?;
            versions.extend(now.filter(is_deleted).and_then(|now| {
                Some(RecordVersion {
                    version: now.get(live::VERSION)?.as_str()?.to_owned(),
                    ..known.clone()
                })
            }));
        }
        Ok(versions)
    }
}

/// The record with this id, in the recycle bin or not.
async fn find(
    caller: &dyn Caller,
    object: &str,
    id: &RecordId,
    fields: &str,
    limit: &str,
) -> Result<Option<Fields>> {
    let soql = format!("SELECT {fields} FROM {object} WHERE Id = '{id}'{limit}");
    let page = pages::query_all(caller, soql).await?;
    Ok(page.records.into_iter().next())
}

fn is_deleted(record: &Fields) -> bool {
    record.get(DELETED) == Some(&Value::Bool(true))
}

/// Every value that comes back, but for those of the system.
fn returning(object: &Object, now: &Live) -> Vec<FieldChange> {
    shown(object)
        .filter_map(|field| {
            let after = now.value(&field.name);
            (!after.is_null()).then(|| {
                FieldChange::compare(field.name.clone(), field.label.clone(), Value::Null, after)
            })
        })
        .collect()
}

/// Since when and by whom, and what else comes back. A deletion is the last change of a deleted record.
fn notes(object: &Object, now: &Live) -> Vec<String> {
    let by = now
        .values
        .get("LastModifiedBy")
        .and_then(|user| user.get("Name"))
        .and_then(Value::as_str);
    let when = now.text(live::VERSION);
    let deleted = match (when, by) {
        (Some(when), Some(by)) => Some(format!("It was deleted at {when} by {by}.")),
        (Some(when), None) => Some(format!("It was deleted at {when}.")),
        (None, _) => None,
    };
    let along = object.child_relationships.iter().any(|child| child.cascade_delete).then(|| {
        "What Salesforce deleted along with it comes back as well; links to records that are gone stay empty.".to_owned()
    });
    deleted.into_iter().chain(along).collect()
}

fn output(frozen: &FrozenProposal) -> Result<Output> {
    Ok(Output {
        id: record_id(frozen)?,
        object: diff(frozen)?.object.clone(),
        restored: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scripted, diff, freeze, page};
    use gatelodge_model::{CredentialPlace, FieldChangeKind};
    use serde_json::json;

    const ID: &str = "001dM00003jU9GxQAK";

    fn org(deleted: bool, version: &str) -> Scripted {
        let record = json!({"attributes": {"type": "Account", "url": "/x"}, "Id": ID, "Name": "Acme",
            "Phone": "1", "Website": null, "IsDeleted": deleted, "SystemModstamp": version,
            "LastModifiedBy": {"attributes": {"type": "User"}, "Name": "Ben Carter"}});
        Scripted::org().on("queryAll", page(&[record]))
    }

    async fn prepare(org: &Scripted) -> Result<PreparedWrite> {
        let input = serde_json::from_value(json!({"object": "Account", "id": ID})).unwrap();
        UndeleteRecord.prepare(org, input).await
    }

    async fn frozen() -> FrozenProposal {
        let prepared = prepare(&org(true, "v1")).await.unwrap();
        freeze("salesforce_undelete_record", prepared)
    }

    #[tokio::test]
    async fn the_preview_shows_what_comes_back() {
        // proves SF-6a, APR-1, APR-2
        let frozen = frozen().await;
        assert_eq!(frozen.request.credential, CredentialPlace::SoapSession);
        assert!(soap::session_element(&frozen.request).is_ok());
        let diff = diff(&frozen.preview);
        assert_eq!(diff.change, RecordChange::Restore);
        assert_eq!(diff.record.as_ref().unwrap().name.as_deref(), Some("Acme"));
        let shown: Vec<_> = diff
            .fields
            .iter()
            .map(|field| (field.api_name.as_str(), field.change))
            .collect();
        assert_eq!(
            shown,
            [
                ("Name", FieldChangeKind::Added),
                ("Phone", FieldChangeKind::Added)
            ]
        );
        assert_eq!(diff.notes[0], "It was deleted at v1 by Ben Carter.");
        assert_eq!(frozen.record_versions[0].version, "v1");
    }

    #[tokio::test]
    async fn what_is_not_in_the_bin_is_no_proposal() {
        // proves SF-6a
        let error = prepare(&org(false, "v1")).await.unwrap_err();
        assert_eq!(error.field(), Some("id"));
        let none = Scripted::org().on("queryAll", page(&[]));
        let error = prepare(&none).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProviderNotFound);
    }

    #[tokio::test]
    async fn a_lost_answer_and_a_changed_record_are_noticed() {
        // proves SF-6a, R9, P3
        let frozen = frozen().await;
        let look = |org: Scripted| {
            let frozen = &frozen;
            async move { UndeleteRecord.reconcile(&org, frozen).await.unwrap() }
        };
        assert!(matches!(
            look(org(false, "v2")).await,
            Reconciled::Happened { .. }
        ));
        assert!(matches!(
            look(org(true, "v1")).await,
            Reconciled::NotSeen { .. }
        ));
        let gone = Scripted::org().on("queryAll", page(&[]));
        assert!(matches!(look(gone).await, Reconciled::Unclear { .. }));

        for (org, versions) in [
            (org(true, "v1"), vec!["v1"]),
            (org(true, "v2"), vec!["v2"]),
            (org(false, "v2"), vec![]),
        ] {
            let now = UndeleteRecord
                .current_versions(&org, &frozen)
                .await
                .unwrap();
            let now: Vec<_> = now.iter().map(|now| now.version.as_str()).collect();
            assert_eq!(now, versions);
        }
    }
}
