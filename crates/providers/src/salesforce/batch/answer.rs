//! Salesforce's answer to a batch: one result per record, in the order sent.
//!
//! Must not know: what was written.

use super::super::{error, ids::RecordId, write::answer};
use super::batch;
use gatelodge_model::{
    BatchOutcome, Error, ErrorKind, FrozenProposal, RecordError, RecordOutcome, Result, WhoMustAct,
};
use gatelodge_provider::ProviderResponse;
use serde::Deserialize;

/// What Salesforce says of the others when one record of an all-or-none batch was refused.
const ROLLED_BACK: &str = "ALL_OR_NONE_OPERATION_ROLLED_BACK";

/// One result.
#[derive(Deserialize)]
struct Item {
    id: Option<String>,
    success: bool,
    #[serde(default)]
    errors: Vec<Reason>,
    /// Upserts tell it.
    created: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reason {
    status_code: String,
    message: String,
    #[serde(default)]
    fields: Option<Vec<String>>,
}

/// How each record ended. A batch that changed at least one record is done, with its refusals in it.
///
/// # Errors
/// Salesforce's refusal of the request, or of every record; `unknown_outcome` where it accepted the request
/// and did not tell what became of each record.
pub(in super::super) fn outcome(
    frozen: &FrozenProposal,
    response: &ProviderResponse,
) -> Result<BatchOutcome> {
    answer::accepted(response)?;
    let batch = batch(frozen)?;
    let items: Vec<Item> = serde_json::from_slice(&response.body)
        .ok()
        .filter(|items: &Vec<Item>| items.len() == batch.records.len())
        .ok_or_else(untold)?;
    let records: Vec<RecordOutcome> = items
        .into_iter()
        .enumerate()
        .map(|(place, item)| record(place, item))
        .collect();
    let outcome = of(&batch.object, records);
    if outcome.succeeded == 0 {
        return Err(all_refused(&outcome, response));
    }
    Ok(outcome)
}

/// Counts the outcomes of records.
pub(in super::super) fn of(object: &str, records: Vec<RecordOutcome>) -> BatchOutcome {
    let succeeded = records.iter().filter(|record| record.success).count() as u64;
    let total = records.len() as u64;
    BatchOutcome {
        object: object.to_owned(),
        total,
        succeeded,
        failed: total - succeeded,
        records,
    }
}

fn record(place: usize, item: Item) -> RecordOutcome {
    RecordOutcome {
        number: place as u64 + 1,
        id: item
            .id
            .and_then(|id| Some(RecordId::parse("id", &id).ok()?.to_string())),
        success: item.success,
        created: item.created,
        errors: item
            .errors
            .into_iter()
            .map(|reason| {
                error::of_record(
                    &reason.status_code,
                    &reason.message,
                    reason.fields.unwrap_or_default(),
                )
            })
            .collect(),
    }
}

fn untold() -> Error {
    Error::new(
        ErrorKind::UnknownOutcome,
        "Salesforce accepted the batch and did not tell what became of each record.",
    )
    .with_hint(
        WhoMustAct::Person,
        "Look at the records in Salesforce before anybody tries again.",
    )
}

/// Nothing was saved: the batch failed, and the words name every record, equal reasons together.
fn all_refused(outcome: &BatchOutcome, response: &ProviderResponse) -> Error {
    let mut groups: Vec<(&RecordError, Vec<u64>)> = Vec::new();
    for record in &outcome.records {
        for reason in &record.errors {
            match groups.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, numbers)) => numbers.push(record.number),
                None => groups.push((reason, vec![record.number])),
            }
        }
    }
    // What caused it comes before what followed from it.
    groups.sort_by_key(|(reason, _)| reason.code == ROLLED_BACK);
    let Some((first, _)) = groups.first() else {
        return untold();
    };
    let lines: Vec<String> = groups
        .iter()
        .map(|(reason, numbers)| {
            format!(
                "Record {}: {}: {}",
                ranges(numbers),
                reason.code,
                reason.message
            )
        })
        .collect();
    let words = format!(
        "Salesforce refused all {} records; nothing was saved.\n{}",
        outcome.total,
        lines.join("\n")
    );
    error::of_all_records(first, &words, response)
}

/// Ascending numbers as people write them: `1-3, 7`.
pub(in super::super) fn ranges(numbers: &[u64]) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            Some((_, last)) if *last == *number => {}
            _ => parts.push((*number, *number)),
        }
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_ranges() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1-3, 7, 9-10");
        assert_eq!(ranges(&[4]), "4");
    }
}
