//! Did a change or a deletion happen whose answer was lost? Told from the record as it is now.
//!
//! Must not know: why the answer was lost. It says "unclear" rather than guess: a wrong "not done" would
//! make somebody write twice.

use super::super::{describe, describe::Object, ids, ids::RecordId, values};
use super::{Fields, diff, live, record_id};
use gatelodge_model::{Error, FrozenProposal, Result};
use gatelodge_provider::{Caller, Reconciled};
use serde_json::Value;

/// The values that the frozen request sets.
pub(in super::super) fn sent(frozen: &FrozenProposal) -> Result<Fields> {
    let body = frozen.request.body.as_deref().unwrap_or("{}");
    serde_json::from_str(body).map_err(Error::internal)
}

/// Which of the sent fields do not hold what was sent.
pub(in super::super) fn differing(object: &Object, sent: &Fields, now: &Fields) -> Vec<String> {
    sent.iter()
        .filter(|(name, value)| {
            let kind = object.field(name).map_or("", |field| field.kind.as_str());
            !values::same(kind, now.get(*name).unwrap_or(&Value::Null), value)
        })
        .map(|(name, _)| name.clone())
        .collect()
}

/// Looks at a record that was to be changed; `result` is the tool's answer if it was.
pub(in super::super) async fn update(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
    result: Value,
) -> Result<Reconciled> {
    let sent = sent(frozen)?;
    let object = describe::object(caller, &diff(frozen)?.object).await?;
    let id = RecordId::parse("id", &record_id(frozen)?)?;
    let names: Vec<&str> = sent.keys().map(String::as_str).collect();
    let now = match live::read(caller, &object, &id, &names).await {
        Ok(now) => now,
        Err(error) if live::is_missing(&error) => {
            return Ok(Reconciled::Unclear {
                evidence: format!(
                    "The record {id} is gone or no longer visible, so its values cannot be compared. Look into the recycle bin in Salesforce."
                ),
            });
        }
        Err(error) => return Err(error),
    };
    let version = now.text(live::VERSION);
    let known = frozen.record_versions.first();
    if version.is_some() && known.map(|known| known.version.as_str()) == version {
        return Ok(Reconciled::NotSeen {
            evidence: format!(
                "The record {id} still has the version of the preview ({}).",
                version.unwrap_or_default()
            ),
        });
    }
    let differing = differing(&object, &sent, &now.values);
    let when = now.text(live::MODIFIED).unwrap_or("an unknown time");
    let ours = now
        .text(live::MODIFIER)
        .is_some_and(|user| ids::same(user, caller.external_user_id()));
    Ok(match (differing.is_empty(), ours) {
        (true, true) => Reconciled::Happened {
            result,
            evidence: format!(
                "The record {id} holds every value of the proposal and was last changed by the connected user at {when}."
            ),
        },
        (true, false) => Reconciled::Unclear {
            evidence: format!(
                "The record {id} holds every value of the proposal, but somebody else changed it last, at {when}. Its field history in Salesforce tells who set them."
            ),
        },
        (false, _) => Reconciled::Unclear {
            evidence: format!(
                "The record {id} changed since the preview, last at {when}, and these fields hold other values than proposed: {}. Its field history in Salesforce tells whether ours came first.",
                differing.join(", ")
            ),
        },
    })
}

/// Looks at a record that was to be deleted; `result` is the tool's answer if it was.
pub(in super::super) async fn delete(
    caller: &dyn Caller,
    frozen: &FrozenProposal,
    result: Value,
) -> Result<Reconciled> {
    let object = describe::object(caller, &diff(frozen)?.object).await?;
    let id = RecordId::parse("id", &record_id(frozen)?)?;
    match live::read(caller, &object, &id, &[]).await {
        Ok(_) => Ok(Reconciled::NotSeen {
            evidence: format!("The record {id} is still there."),
        }),
        Err(error) if live::is_missing(&error) => Ok(Reconciled::Happened {
            result,
            evidence: format!("The record {id}, which was there at the preview, is gone."),
        }),
        Err(error) => Err(error),
    }
}
