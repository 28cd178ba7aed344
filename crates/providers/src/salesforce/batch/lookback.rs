//! Did a batch happen whose answer was lost? Told per record, from the records as they are now.
//!
//! Salesforce saves a batch in one step, so all records tell the same story unless some were refused. Only
//! where every record tells it, it is told; otherwise the evidence says which records do and which do not.
//! Must not know: why the answer was lost.

use super::super::{
    describe::{self, Field, Object},
    ids::{self, RecordId},
    pages,
    write::{Fields, live, lookback},
};
use super::{
    answer::{self, ranges},
    batch, read, request,
};
use gatelodge_model::{BatchRecord, Error, FrozenProposal, RecordChange, RecordOutcome, Result};
use gatelodge_provider::{Caller, Reconciled};
use gatelodge_soql::escape_string;
use serde_json::Value;

/// How many new records are looked through.
const MOST: u32 = 2_000;

/// What a look told about one record.
enum Verdict {
    Saved { id: String, created: bool },
    NotSaved,
    Unclear(&'static str),
}

/// Looks for records that were to be created.
pub(in super::super) async fn create(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
) -> Result<Reconciled> {
    let sent = request::sent(&frozen.request)?;
    let object = describe::object(caller, &batch(frozen)?.object).await?;
    if object.present(&["CreatedById", "CreatedDate"]).len() < 2 {
        return Ok(unclear(format!(
            "{} does not record who created it. Look for the records in Salesforce.",
            object.label
        )));
    }
    let mut names = vec!["Id"];
    for name in sent.iter().flat_map(Fields::keys) {
        if object.field(name).is_some() && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let soql = format!(
        "SELECT {} FROM {} WHERE CreatedById = '{}' AND CreatedDate >= {} ORDER BY CreatedDate DESC LIMIT {MOST}",
        names.join(", "),
        object.name,
        escape_string(caller.external_user_id()),
        frozen.created_at.format("%Y-%m-%dT%H:%M:%SZ"),
    );
    let page = pages::query(caller, soql, Some(MOST)).await?;
    if !page.done || page.records.len() >= MOST as usize {
        return Ok(unclear(format!(
            "The connected user created {} records since, too many to look through. Search for the records in Salesforce.",
            page.total_size
        )));
    }
    let mut left: Vec<&Fields> = page.records.iter().collect();
    let verdicts: Vec<Verdict> = sent
        .iter()
        .map(|sent| {
            // Each found record stands for one sent record only: two equal ones need two.
            let place = left
                .iter()
                .position(|now| lookback::differing(&object, sent, now).is_empty());
            match place.and_then(|place| read::id_of(left.remove(place))) {
                Some(id) => Verdict::Saved { id, created: true },
                None => Verdict::NotSaved,
            }
        })
        .collect();
    if left.iter().any(|now| {
        sent.iter()
            .any(|sent| lookback::differing(&object, sent, now).is_empty())
    }) {
        return Ok(unclear(
            "The connected user created more records with these values than the batch had. Some may be these.".to_owned(),
        ));
    }
    told(&object.name, &verdicts)
}

/// Looks at records that were to be changed.
pub(in super::super) async fn update(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
) -> Result<Reconciled> {
    let batch = batch(frozen)?;
    let sent = request::sent(&frozen.request)?;
    let object = describe::object(caller, &batch.object).await?;
    let ids = known_ids(&batch.records)?;
    let wanted: Vec<&str> = sent
        .iter()
        .flat_map(Fields::keys)
        .map(String::as_str)
        .collect();
    let names = read::names(
        &object,
        wanted
            .into_iter()
            .filter(|name| object.field(name).is_some()),
    );
    let now = read::found_by_ids(caller, &object, &ids, &names).await?;
    let verdicts: Vec<Verdict> = ids
        .iter()
        .zip(&sent)
        .map(|(id, sent)| changed(caller, frozen, &object, sent, now.get(id.as_str())))
        .collect();
    told(&object.name, &verdicts)
}

fn changed(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
    object: &Object,
    sent: &Fields,
    now: Option<&Fields>,
) -> Verdict {
    let Some((now, id)) = now.and_then(|now| Some((now, read::id_of(now)?))) else {
        return Verdict::Unclear("gone or no longer visible");
    };
    let text = |name: &str| now.get(name).and_then(Value::as_str);
    let known = frozen.record_versions.iter().find(|known| known.id == id);
    if known.is_some() && known.map(|known| known.version.as_str()) == text(live::VERSION) {
        return Verdict::NotSaved;
    }
    let ours = text(live::MODIFIER).is_some_and(|user| ids::same(user, caller.external_user_id()));
    match (lookback::differing(object, sent, now).is_empty(), ours) {
        (true, true) => Verdict::Saved { id, created: false },
        (true, false) => Verdict::Unclear("changed last by somebody else"),
        (false, _) => Verdict::Unclear("changed, with other values than proposed"),
    }
}

/// Looks at records that were to be deleted.
pub(in super::super) async fn delete(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
) -> Result<Reconciled> {
    let batch = batch(frozen)?;
    let object = describe::object(caller, &batch.object).await?;
    let ids = known_ids(&batch.records)?;
    let now = read::found_by_ids(caller, &object, &ids, &["Id"]).await?;
    let verdicts: Vec<Verdict> = ids
        .iter()
        .map(|id| match now.get(id.as_str()) {
            Some(_) => Verdict::NotSaved,
            None => Verdict::Saved {
                id: id.to_string(),
                created: false,
            },
        })
        .collect();
    told(&object.name, &verdicts)
}

/// Looks at records that were to be created or changed by their external id.
pub(in super::super) async fn upsert(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
    key: &str,
) -> Result<Reconciled> {
    let batch = batch(frozen)?;
    let sent = request::sent(&frozen.request)?;
    let object = describe::object(caller, &batch.object).await?;
    let Some(key) = object.field(key) else {
        return Ok(unclear(format!(
            "{} has no field {key} any more.",
            object.label
        )));
    };
    let keys: Vec<String> = sent.iter().map(|record| key_of(key, record)).collect();
    let wanted = sent.iter().flat_map(Fields::keys).map(String::as_str);
    let wanted: Vec<&str> = wanted
        .chain(object.present(&["CreatedById"]))
        .filter(|name| object.field(name).is_some())
        .collect();
    let names = read::names(&object, wanted.into_iter());
    let now = read::by_values(caller, &object.name, key, &keys, &names).await?;
    let verdicts: Vec<Verdict> = sent
        .iter()
        .zip(&keys)
        .zip(&batch.records)
        .map(|((sent, wanted), record)| {
            let found = now.iter().find(|now| same_key(&key_of(key, now), wanted));
            if record.change != RecordChange::Create {
                return changed(caller, frozen, &object, sent, found);
            }
            let Some((found, id)) = found.and_then(|now| Some((now, read::id_of(now)?))) else {
                return Verdict::NotSaved;
            };
            let creator = found.get("CreatedById").and_then(Value::as_str);
            if !lookback::differing(&object, sent, found).is_empty() {
                Verdict::Unclear("there now, with other values than proposed")
            } else if creator.is_some_and(|user| ids::same(user, caller.external_user_id())) {
                Verdict::Saved { id, created: true }
            } else {
                Verdict::Unclear("created by somebody else")
            }
        })
        .collect();
    told(&object.name, &verdicts)
}

/// The external id of a record, as text.
pub(in super::super) fn key_of(key: &Field, record: &Fields) -> String {
    match record.get(&key.name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

/// Whether two external ids find the same record: Salesforce compares them without case.
pub(in super::super) fn same_key(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
        || matches!((left.parse::<f64>(), right.parse::<f64>()), (Ok(left), Ok(right)) if left.total_cmp(&right).is_eq())
}

fn known_ids(records: &[BatchRecord]) -> Result<Vec<RecordId>> {
    records
        .iter()
        .map(|record| {
            let record = record
                .record
                .as_ref()
                .ok_or_else(|| Error::internal("the proposal names no record"))?;
            RecordId::parse("id", &record.id)
        })
        .collect()
}

const fn unclear(evidence: String) -> Reconciled {
    Reconciled::Unclear { evidence }
}

fn told(object: &str, verdicts: &[Verdict]) -> Result<Reconciled> {
    let (mut saved, mut not_saved) = (Vec::new(), Vec::new());
    let mut unsure: Vec<(&str, Vec<u64>)> = Vec::new();
    let mut records = Vec::new();
    for (place, verdict) in verdicts.iter().enumerate() {
        let number = place as u64 + 1;
        match verdict {
            Verdict::Saved { id, created } => {
                saved.push(number);
                records.push(RecordOutcome {
                    number,
                    id: Some(id.clone()),
                    success: true,
                    created: created.then_some(true),
                    errors: Vec::new(),
                });
            }
            Verdict::NotSaved => not_saved.push(number),
            Verdict::Unclear(why) => match unsure.iter_mut().find(|(known, _)| known == why) {
                Some((_, numbers)) => numbers.push(number),
                None => unsure.push((why, vec![number])),
            },
        }
    }
    if saved.len() == verdicts.len() {
        return Ok(Reconciled::Happened {
            result: serde_json::to_value(answer::of(object, records)).map_err(Error::internal)?,
            evidence: format!("All {} records are as proposed.", verdicts.len()),
        });
    }
    if not_saved.len() == verdicts.len() {
        return Ok(Reconciled::NotSeen {
            evidence: format!("None of the {} records is as proposed.", verdicts.len()),
        });
    }
    let mut parts = Vec::new();
    if !saved.is_empty() {
        parts.push(format!("As proposed: records {}.", ranges(&saved)));
    }
    if !not_saved.is_empty() {
        parts.push(format!(
            "Not changed, perhaps refused: records {}.",
            ranges(&not_saved)
        ));
    }
    parts.extend(
        unsure
            .iter()
            .map(|(why, numbers)| format!("Records {}: {why}.", ranges(numbers))),
    );
    parts.push("Look at these records in Salesforce before proposing them again.".to_owned());
    Ok(unclear(parts.join(" ")))
}
