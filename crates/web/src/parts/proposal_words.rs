//! Statuses of proposals and what they would do, in words.
//!
//! Must not know: pages, the hub.

use super::{Badge, Tone};
use crate::text::numbers::counted;
use gatelodge_model::{Batch, FieldChange, FieldDiff, Preview, ProposalStatus, RecordChange};

/// The badge of a status.
pub(crate) const fn badge(status: ProposalStatus) -> Badge {
    match status {
        ProposalStatus::Pending => Badge::new(Tone::Waiting, "Waiting for you"),
        ProposalStatus::Approved => Badge::new(Tone::Waiting, "Approved, about to run"),
        ProposalStatus::Executing => Badge::new(Tone::Waiting, "Running"),
        ProposalStatus::Rejected => Badge::new(Tone::Off, "Rejected"),
        ProposalStatus::Expired => Badge::new(Tone::Off, "Expired"),
        ProposalStatus::Superseded => Badge::new(Tone::Off, "Replaced"),
        ProposalStatus::Stale => Badge::new(Tone::Attention, "Stale, not sent"),
        ProposalStatus::Done => Badge::new(Tone::Ok, "Done"),
        ProposalStatus::Failed => Badge::new(Tone::Danger, "Failed"),
        ProposalStatus::Unknown => Badge::new(Tone::Attention, "Unknown"),
    }
}

/// One sentence about a decided proposal.
pub(crate) const fn meaning(status: ProposalStatus) -> &'static str {
    match status {
        ProposalStatus::Pending => "Nothing is sent until you approve.",
        ProposalStatus::Approved => "Approved. It is about to be sent.",
        ProposalStatus::Executing => "Approved and sent. The answer is awaited.",
        ProposalStatus::Rejected => "Rejected. Nothing was sent.",
        ProposalStatus::Expired => "Nobody decided in time. Nothing was sent.",
        ProposalStatus::Superseded => "An edited proposal took its place. Nothing was sent.",
        ProposalStatus::Stale => {
            "The record, the account or the tool changed since the preview. Nothing was sent. The agent can propose again."
        }
        ProposalStatus::Done => "Approved and done.",
        ProposalStatus::Failed => "Approved, and refused by the provider. Nothing changed there.",
        ProposalStatus::Unknown => {
            "Approved and sent, but the answer was lost. We do not know whether it happened, and we do not send it again. Look at the record."
        }
    }
}

/// The verb of a change.
pub(crate) const fn verb(change: RecordChange) -> &'static str {
    match change {
        RecordChange::Create => "Create",
        RecordChange::Update => "Update",
        RecordChange::Delete => "Delete",
        RecordChange::Restore => "Restore",
    }
}

/// What a proposal does, in one line of plain text: verb, object, name.
pub(crate) fn headline(preview: &Preview) -> String {
    match preview {
        Preview::FieldDiff(diff) => diff_headline(diff),
        Preview::Batch(batch) => batch_headline(batch),
        _ => "Change".to_owned(),
    }
}

/// The verb of a batch: both where some records are new and others change.
pub(crate) fn batch_verb(batch: &Batch) -> &'static str {
    let first = batch.records.first().map(|record| record.change);
    let same = batch
        .records
        .iter()
        .all(|record| Some(record.change) == first);
    first.filter(|_| same).map_or("Create or update", verb)
}

fn batch_headline(batch: &Batch) -> String {
    let count = counted(batch.records.len(), "record", "records");
    format!("{} {count}: {}", batch_verb(batch), batch.object_label)
}

fn diff_headline(diff: &FieldDiff) -> String {
    let name = diff
        .record
        .as_ref()
        .map(|record| record.name.clone().unwrap_or_else(|| record.id.clone()))
        .or_else(|| proposed_name(&diff.fields));
    let verb = verb(diff.change);
    let object = &diff.object_label;
    name.map_or_else(
        || format!("{verb} {object}"),
        |name| format!("{verb} {object} “{name}”"),
    )
}

/// A new record has no name yet but in the proposal itself.
pub(crate) fn proposed_name(fields: &[FieldChange]) -> Option<String> {
    let value = |api_name: &str| {
        fields
            .iter()
            .find(|field| field.api_name == api_name)
            .and_then(|field| field.after.as_str())
            .map(str::to_owned)
    };
    value("Name")
        .or_else(|| value("LastName"))
        .or_else(|| value("Subject"))
}
