//! `salesforce_update_records`: proposes new values in up to 200 records at once.
//!
//! Must not know: who decides.

use super::super::{
    batch::{answer, lookback, read, records, request},
    objects, rest, touches,
    write::{Fields, fields::Purpose, rules},
};
use async_trait::async_trait;
use gatelodge_model::{
    Batch, BatchOutcome, BatchRecord, Effect, FieldChangeKind, FrozenProposal, Preview,
    RecordChange, RecordVersion, Result, Touches,
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
    /// The records to change, at most 200: each with its `Id` and the fields to change, such as `[{"Id": "001…", "Phone": "+49 731 5550"}]`; null clears a field.
    #[schemars(length(min = 1, max = 200))]
    records: Vec<Fields>,
    /// Whether one refused record keeps all others from being changed; false if left out.
    all_or_none: Option<bool>,
}

struct UpdateRecords;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, BatchOutcome>(
        "salesforce_update_records",
        "Update many records",
        "Proposes new values in up to 200 Salesforce records of one object as one batch, which a person decides about once, with every value before and after. If somebody changes one of the records meanwhile, nothing is written and the proposal is stale. The result tells per record whether it was changed, and why not. Assignment rules do not run.",
        Effect::Write,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, UpdateRecords))
}

#[async_trait]
impl WriteTool for UpdateRecords {
    type Input = Input;
    type Output = BatchOutcome;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let fields = touches::names(&input.records);
        touches::written(looking, &input.object, fields, input.records.len()).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        records::count(&input.records)?;
        let (ids, given) = records::take_ids(&input.records)?;
        let object = objects::describe(caller, "object", &input.object).await?;
        objects::may(&object, object.supports.updateable, "change")?;
        let settings = records::check(&object, &given, Purpose::Update)?;
        let wanted = settings.iter().flatten();
        let names = read::names(&object, wanted.map(|setting| setting.field.name.as_str()));
        let now = read::by_ids(caller, &object, &ids, &names).await?;
        let all_or_none = input.all_or_none.unwrap_or(false);
        let bodies = ids
            .iter()
            .zip(&settings)
            .map(|(id, settings)| {
                request::record(&object.name, Some(("id", id.as_str())), settings)
            })
            .collect();
        let path = rest::path(&["composite", "sobjects"]);
        let mut request = request::with_records(caller, "PATCH", path, all_or_none, bodies);
        let notes = rules::apply(&mut request, &object.name, false);
        let mut notes: Vec<String> = notes.into_iter().collect();
        let records: Vec<BatchRecord> = now
            .iter()
            .zip(&settings)
            .map(|(now, settings)| BatchRecord {
                change: RecordChange::Update,
                record: Some(now.reference(&object)),
                fields: now.changes(settings),
            })
            .collect();
        if records
            .iter()
            .flat_map(|record| &record.fields)
            .all(|change| change.change == FieldChangeKind::Unchanged)
        {
            notes.push("The records hold all these values already.".to_owned());
        }
        Ok(PreparedWrite {
            request,
            record_versions: now.iter().flat_map(|now| now.version(&object)).collect(),
            preview: Preview::Batch(Batch {
                object_label: object.plural().to_owned(),
                object: object.name,
                all_or_none,
                records,
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
        lookback::update(caller, frozen).await
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
