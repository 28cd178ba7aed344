//! `salesforce_upsert_records`: proposes up to 200 records by their external ids, new or changed.
//!
//! Which of the two happens to each is looked up first and shown; a record that comes into being or goes
//! meanwhile makes the proposal stale. Must not know: who decides.

use super::{
    super::{
        batch::{answer, batch, lookback, read, records, request},
        describe::{Field, Object},
        ids::RecordId,
        objects, rest, touches,
        write::{
            Fields,
            fields::{self, Purpose, Setting},
            live::{self, Live},
            rules,
        },
    },
    upsert_record,
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
    /// API name of the field that identifies the records, such as `External_Id__c`; `salesforce_describe_object` marks such fields with `external_id`.
    external_id_field: String,
    /// The records, at most 200: each with the external id field and the other fields by API name; null clears a field.
    #[schemars(length(min = 1, max = 200))]
    records: Vec<Fields>,
    /// Whether one refused record keeps all others from being saved; false if left out.
    all_or_none: Option<bool>,
    /// Whether the org's assignment rules choose the owners of cases, leads or accounts; true if left out.
    assignment_rules: Option<bool>,
}

struct UpsertRecords;

/// The catalogue entry.
pub(super) fn tool() -> Result<ToolRef> {
    let descriptor = Descriptor::of::<Input, BatchOutcome>(
        "salesforce_upsert_records",
        "Create or update many records by external id",
        "Proposes up to 200 Salesforce records of one object by their external ids as one batch: those that exist are changed, the others created. They are looked up first, so that a person sees which of the two happens to each and every value before and after. The result tells per record whether it was saved, and why not.",
        Effect::Write,
        super::SCOPES,
    )?;
    Ok(writing(descriptor, UpsertRecords))
}

/// A record with what is there now.
struct Planned<'object> {
    settings: Vec<Setting<'object>>,
    now: Option<Live>,
}

#[async_trait]
impl WriteTool for UpsertRecords {
    type Input = Input;
    type Output = BatchOutcome;

    async fn touches(&self, looking: Looking<'_>, input: &Input) -> Result<Touches> {
        let fields = touches::names(&input.records).chain([&input.external_id_field]);
        touches::written(looking, &input.object, fields, input.records.len()).await
    }

    async fn prepare(&self, caller: &dyn Caller, input: Input) -> Result<PreparedWrite> {
        records::count(&input.records)?;
        let object = objects::describe(caller, "object", &input.object).await?;
        let key = upsert_record::key(&object, &input.external_id_field)?;
        let (keys, given) = records::take_keys(key, &input.records)?;
        let now = look_up(caller, &object, key, &keys, &given).await?;
        let planned = plan(&object, key, &keys, &given, now)?;
        let all_or_none = input.all_or_none.unwrap_or(false);
        let bodies = planned
            .iter()
            .zip(&keys)
            .map(|(planned, value)| {
                let others: Vec<Setting<'_>> = planned
                    .settings
                    .iter()
                    .filter(|setting| setting.field.name != key.name)
                    .cloned()
                    .collect();
                request::record(&object.name, Some((&key.name, value)), &others)
            })
            .collect();
        let path = rest::path(&["composite", "sobjects", &object.name, &key.name]);
        let mut request = request::with_records(caller, "PATCH", path, all_or_none, bodies);
        let run = input.assignment_rules.unwrap_or(true);
        let notes = rules::apply(&mut request, &object.name, run);
        Ok(PreparedWrite {
            request,
            record_versions: planned
                .iter()
                .filter_map(|planned| planned.now.as_ref())
                .flat_map(|now| now.version(&object))
                .collect(),
            preview: Preview::Batch(Batch {
                records: planned.iter().map(|one| shown(&object, one)).collect(),
                object_label: object.plural().to_owned(),
                object: object.name,
                all_or_none,
                notes: notes.into_iter().collect(),
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
        lookback::upsert(caller, frozen, key_name(frozen)).await
    }

    /// Versions of the records that have these external ids now: one that has come into being since has a
    /// version where the proposal has none.
    async fn current_versions(
        &self,
        caller: &dyn Caller,
        frozen: &FrozenProposal,
    ) -> Result<Vec<RecordVersion>> {
        let object = objects::describe(caller, "object", &batch(frozen)?.object).await?;
        let Some(key) = object.field(key_name(frozen)) else {
            return Err(Error::not_found("external id field"));
        };
        let sent = request::sent(&frozen.request)?;
        let keys: Vec<String> = sent
            .iter()
            .map(|sent| lookback::key_of(key, sent))
            .collect();
        let names = read::names(&object, std::iter::once(key.name.as_str()));
        let now = read::by_values(caller, &object.name, key, &keys, &names).await?;
        let of_key = |wanted: &String| {
            let found = now
                .iter()
                .filter(|now| lookback::same_key(&lookback::key_of(key, now), wanted));
            found.filter_map(live_of).collect::<Vec<Live>>()
        };
        Ok(keys
            .iter()
            .flat_map(of_key)
            .flat_map(|now| now.version(&object))
            .collect())
    }
}

/// The external id field, which ends the address of the request.
fn key_name(frozen: &FrozenProposal) -> &str {
    frozen.request.path.rsplit('/').next().unwrap_or_default()
}

fn live_of(values: &Fields) -> Option<Live> {
    let id = RecordId::parse("Id", &read::id_of(values)?).ok()?;
    Some(Live {
        id,
        values: values.clone(),
    })
}

/// The record that each external id finds, if any.
async fn look_up(
    caller: &dyn Caller,
    object: &Object,
    key: &Field,
    keys: &[String],
    given: &[Fields],
) -> Result<Vec<Option<Live>>> {
    let wanted = given
        .iter()
        .flat_map(Fields::keys)
        .filter_map(|name| object.field(name))
        .map(|field| field.name.as_str())
        .chain(std::iter::once(key.name.as_str()));
    let names = read::names(object, wanted);
    let found = read::by_values(caller, &object.name, key, keys, &names).await?;
    let mut now = Vec::with_capacity(keys.len());
    for (place, wanted) in keys.iter().enumerate() {
        let mut fitting = found
            .iter()
            .filter(|found| lookback::same_key(&lookback::key_of(key, found), wanted))
            .filter_map(live_of);
        let first = fitting.next();
        if fitting.next().is_some() {
            return Err(Error::invalid(
                format!("records[{place}].{}", key.name),
                format!(
                    "Record {}: several records have {} = {wanted}. Change them by their ids with salesforce_update_records.",
                    place + 1,
                    key.name
                ),
            ));
        }
        now.push(first);
    }
    Ok(now)
}

/// Checks each record for what will happen to it.
fn plan<'object>(
    object: &'object Object,
    key: &Field,
    keys: &[String],
    given: &[Fields],
    now: Vec<Option<Live>>,
) -> Result<Vec<Planned<'object>>> {
    let mut now = now.into_iter();
    let mut keys = keys.iter();
    records::each(given, |given| {
        let now = now.next().flatten();
        let value = keys.next().cloned().unwrap_or_default();
        let settings = if now.is_some() {
            objects::may(object, object.supports.updateable, "change")?;
            fields::check(object, given, Purpose::Update)?
        } else {
            objects::may(object, object.supports.createable, "create")?;
            let mut all = Fields::new();
            all.insert(key.name.clone(), value.into());
            all.extend(given.clone());
            fields::check(object, &all, Purpose::Create)?
        };
        Ok(Planned { settings, now })
    })
}

fn shown(object: &Object, planned: &Planned<'_>) -> BatchRecord {
    match &planned.now {
        Some(now) => BatchRecord {
            change: RecordChange::Update,
            record: Some(now.reference(object)),
            fields: now.changes(&planned.settings),
        },
        None => BatchRecord {
            change: RecordChange::Create,
            record: None,
            fields: live::additions(&planned.settings),
        },
    }
}

#[cfg(test)]
mod tests;
