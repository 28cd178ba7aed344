//! Did a creation happen whose answer was lost? Told from the records that the connected user created since.
//!
//! Must not know: why the answer was lost.

use super::super::{describe, describe::Object, ids, pages, rest};
use super::{Fields, diff, live, lookback};
use gatelodge_model::{FrozenProposal, Result};
use gatelodge_provider::{Caller, Reconciled};
use gatelodge_soql::escape_string;
use serde_json::Value;

/// How many new records are looked through.
const MOST: u32 = 2_000;

/// Looks for a record that was to be created; `result` makes the tool's answer of its id.
pub(in super::super) async fn create(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
    result: impl Fn(&str) -> Result<Value> + Send,
) -> Result<Reconciled> {
    let sent = lookback::sent(frozen)?;
    let object = describe::object(caller, &diff(frozen)?.object).await?;
    if object.present(&["CreatedById", "CreatedDate"]).len() < 2 {
        return Ok(Reconciled::Unclear {
            evidence: format!(
                "{} does not record who created it. Look for the record in Salesforce.",
                object.label
            ),
        });
    }
    let page = pages::query(
        caller,
        statement(caller, frozen, &object, &sent),
        Some(MOST),
    )
    .await?;
    let since = frozen.created_at.format("%Y-%m-%d %H:%M:%S UTC");
    let complete = page.done && page.records.len() < MOST as usize;
    let (equal, alike) = sort(&object, &sent, &page.records);
    Ok(match (equal.as_slice(), alike.as_slice()) {
        ([only], _) => Reconciled::Happened {
            result: result(only)?,
            evidence: format!(
                "The record {only} holds every value of the proposal and was created by the connected user after {since}."
            ),
        },
        ([], []) if complete => Reconciled::NotSeen {
            evidence: format!(
                "None of the {} records that the connected user created after {since} holds these values.",
                page.total_size
            ),
        },
        ([], []) => Reconciled::Unclear {
            evidence: format!(
                "The connected user created {} records after {since}, too many to look through. Search for the record in Salesforce.",
                page.total_size
            ),
        },
        ([], alike) => Reconciled::Unclear {
            evidence: format!(
                "The connected user created a record like this after {since}, with other values in some fields, perhaps by an automation of the org: {}. Compare it in Salesforce.",
                alike.join(", ")
            ),
        },
        (several, _) => Reconciled::Unclear {
            evidence: format!(
                "The connected user created several records with these values after {since}: {}. One may be this one.",
                several.join(", ")
            ),
        },
    })
}

fn statement(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
    object: &Object,
    sent: &Fields,
) -> String {
    let mut names = vec!["Id"];
    for name in sent.keys() {
        if object.field(name).is_some() && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    format!(
        "SELECT {} FROM {} WHERE CreatedById = '{}' AND CreatedDate >= {} ORDER BY CreatedDate DESC LIMIT {MOST}",
        names.join(", "),
        object.name,
        escape_string(caller.external_user_id()),
        frozen.created_at.format("%Y-%m-%dT%H:%M:%SZ"),
    )
}

/// Ids of the records that hold all that was sent, and of those that hold its texts only.
fn sort(object: &Object, sent: &Fields, records: &[Fields]) -> (Vec<String>, Vec<String>) {
    let is_text = |name: &str| {
        object.field(name).is_some_and(|field| {
            matches!(
                field.kind.as_str(),
                "string" | "textarea" | "email" | "phone" | "url"
            )
        })
    };
    let has_text = sent
        .iter()
        .any(|(name, value)| is_text(name) && !value.is_null());
    let (mut equal, mut alike) = (Vec::new(), Vec::new());
    for record in records {
        let Some(id) = record.get("Id").and_then(Value::as_str) else {
            continue;
        };
        let differing = lookback::differing(object, sent, record);
        if differing.is_empty() {
            equal.push(id.to_owned());
        } else if has_text && !differing.iter().any(|name| is_text(name)) {
            alike.push(id.to_owned());
        }
    }
    (equal, alike)
}

/// Looks for a record that an upsert was to create, by its external id: the path of the frozen request.
pub(in super::super) async fn upsert(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
    result: impl Fn(&str) -> Result<Value> + Send,
) -> Result<Reconciled> {
    let sent = lookback::sent(frozen)?;
    let object = describe::object(caller, &diff(frozen)?.object).await?;
    let mut names: Vec<&str> = sent.keys().map(String::as_str).collect();
    names.extend(object.present(&["CreatedById"]));
    let request = live::with_fields(frozen.request.path.clone(), &object, &names);
    let now: Fields = match rest::get(caller, request).await {
        Ok(now) => now,
        Err(error) if live::is_missing(&error) => {
            return Ok(Reconciled::NotSeen {
                evidence: "There is still no record with this external id.".to_owned(),
            });
        }
        Err(error) => return Err(error),
    };
    let text = |name: &str| now.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = text("Id");
    let differing = lookback::differing(&object, &sent, &now);
    let ours = ids::same(text("CreatedById"), caller.external_user_id());
    Ok(if differing.is_empty() && ours {
        Reconciled::Happened {
            result: result(id)?,
            evidence: format!(
                "The record {id} with this external id was created by the connected user after the preview and holds every value of the proposal."
            ),
        }
    } else if differing.is_empty() {
        Reconciled::Unclear {
            evidence: format!(
                "The record {id} with this external id holds every value of the proposal, but somebody else created it."
            ),
        }
    } else {
        Reconciled::Unclear {
            evidence: format!(
                "The record {id} with this external id exists now, and these fields hold other values than proposed: {}. Its field history in Salesforce tells more.",
                differing.join(", ")
            ),
        }
    })
}
