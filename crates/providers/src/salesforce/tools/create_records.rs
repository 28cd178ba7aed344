//! `salesforce_create_records`: proposes up to 200 new records at once.
//!
//! Must not know: who decides.

use super::super::{
    batch::{answer, lookback, records, request},
    objects, rest, touches,
    write::{Fields, fields::Purpose, live, rules},
};
use async_trait::async_trait;
use gatelodge_model::{
    Batch, BatchOutcome, BatchRecord, Effect, FrozenProposal, Preview, RecordChange, RecordVersion,
    Result, Touches,
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
    /// The new records, at most 200, each with its fields by API name, such as `[{"LastName": "Lovelace"}, {"LastName": "Hopper"}]`.
    #[schemars(length(min = 1, max = 200))]
    records: Vec<Fields>,
    /// Whether one refused record keeps all others from being created; false if left out.
    all_or_none: Option<bool>,
    /// Whether the org's assignment rules choose the owners of new cases, leads or accounts; true if left out.
    assignment_rules: Option<bool>,
}

struct CreateRecords;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, BatchOutcome>(
        "salesforce_create_records",
        "Create many records",
        "Proposes up to 200 new Salesforce records of one object as one batch, which a person decides about once. The result tells per record whether it was created, and why not. For more than 200, propose several batches.",
        Effect::Write,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, CreateRecords))
}

#[async_trait]
impl WriteTool for CreateRecords {
    type Input = Input;
    type Output = BatchOutcome;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let fields = touches::names(&input.records);
        touches::written(looking, &input.object, fields, input.records.len()).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        records::count(&input.records)?;
        let object = objects::describe(caller, "object", &input.object).await?;
        objects::may(&object, object.supports.createable, "create")?;
        let settings = records::check(&object, &input.records, Purpose::Create)?;
        let all_or_none = input.all_or_none.unwrap_or(false);
        let bodies = settings
            .iter()
            .map(|settings| request::record(&object.name, None, settings))
            .collect();
        let path = rest::path(&["composite", "sobjects"]);
        let mut request = request::with_records(caller, "POST", path, all_or_none, bodies);
        let run = input.assignment_rules.unwrap_or(true);
        let notes = rules::apply(&mut request, &object.name, run);
        Ok(PreparedWrite {
            request,
            preview: Preview::Batch(Batch {
                records: settings
                    .iter()
                    .map(|settings| BatchRecord {
                        change: RecordChange::Create,
                        record: None,
                        fields: live::additions(settings),
                    })
                    .collect(),
                object_label: object.plural().to_owned(),
                object: object.name,
                all_or_none,
                notes: notes.into_iter().collect(),
            }),
            record_versions: Vec::new(),
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
        lookback::create(caller, frozen).await
    }

    async fn current_versions(
        &self,
        _: &dyn Caller,
        _: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests;
