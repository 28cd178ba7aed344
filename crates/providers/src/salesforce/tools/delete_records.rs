//! `salesforce_delete_records`: proposes that up to 200 records go to the recycle bin.
//!
//! Must not know: who decides.

use super::{
    super::{
        batch::{answer, lookback, read, records, request},
        objects, touches,
        write::Fields,
    },
    delete_record,
};
use async_trait::async_trait;
use gatelodge_model::{
    Batch, BatchOutcome, BatchRecord, Effect, Error, FrozenProposal, Preview, RecordChange,
    RecordVersion, Result, Touches,
};
use gatelodge_provider::{
    Caller, Descriptor, Looking, PreparedWrite, ProviderResponse, Reconciled, ToolRef, WriteTool,
    tool::writing,
};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The object: API name such as `Account` or `Invoice__c`, or its label.
    object: String,
    /// The records to delete, at most 200, each with its `Id`, such as `[{"Id": "001…"}]`.
    #[schemars(length(min = 1, max = 200))]
    records: Vec<Fields>,
    /// Whether one refused record keeps all others from being deleted; false if left out.
    all_or_none: Option<bool>,
}

struct DeleteRecords;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, BatchOutcome>(
        "salesforce_delete_records",
        "Delete many records",
        "Proposes to delete up to 200 Salesforce records of one object as one batch. A person sees every record whole first. They go to the recycle bin, from where they can be restored for 15 days. The result tells per record whether it was deleted, and why not.",
        Effect::Destructive,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, DeleteRecords))
}

#[async_trait]
impl WriteTool for DeleteRecords {
    type Input = Input;
    type Output = BatchOutcome;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        touches::written(looking, &input.object, [], input.records.len()).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        records::count(&input.records)?;
        let (ids, rest) = records::take_ids(&input.records)?;
        records::each(&rest, |rest| match rest.keys().next() {
            Some(name) => Err(Error::invalid(
                name,
                format!("'{name}' has no meaning here: a deletion takes only `Id`."),
            )),
            None => Ok(()),
        })?;
        let object = objects::describe(caller, "object", &input.object).await?;
        objects::may(&object, object.supports.deletable, "delete")?;
        let shown = delete_record::shown(&object);
        let names = read::names(&object, shown.map(|field| field.name.as_str()));
        let now = read::by_ids(caller, &object, &ids, &names).await?;
        let all_or_none = input.all_or_none.unwrap_or(false);
        let mut notes = vec!["The records go to the recycle bin for 15 days.".to_owned()];
        notes.extend(delete_record::dependents(&object));
        Ok(PreparedWrite {
            request: request::delete(caller, all_or_none, &ids),
            record_versions: now.iter().flat_map(|now| now.version(&object)).collect(),
            preview: Preview::Batch(Batch {
                records: now
                    .iter()
                    .map(|now| BatchRecord {
                        change: RecordChange::Delete,
                        record: Some(now.reference(&object)),
                        fields: delete_record::removals(&object, now),
                    })
                    .collect(),
                object_label: object.plural().to_owned(),
                object: object.name,
                all_or_none,
                notes,
            }),
        })
    }

    fn interpret(
        &self,
        frozen: &FrozenProposal,
        response: &ProviderResponse,
    ) -> Result<BatchOutcome> {
        answer::outcome(frozen, response)
    }

    async fn reconcile(&self, caller: &dyn Caller, frozen: &FrozenProposal) -> Result<Reconciled> {
        lookback::delete(caller, frozen).await
    }

    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        read::versions(caller, &frozen.record_versions).await
    }
}

#[cfg(test)]
mod tests;
