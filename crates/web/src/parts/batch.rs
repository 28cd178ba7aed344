//! Many records on a review page: counts and sums first, every record with every value below, and after the
//! decision how each one ended. The first records are open; the others are folded in groups and must be
//! opened before anybody approves (security cases P6, P7).
//!
//! Must not know: which tool or provider made the preview.

use super::diff::{Diff, Row};
use crate::text::{Visible, grouped, numbers::counted, one_line, visible};
use gatelodge_model::{
    Batch, BatchOutcome, BatchRecord, FieldChange, FieldChangeKind, RecordChange, RecordOutcome,
};
use serde_json::Value;

/// Records that are open from the start.
const OPEN: usize = 10;
/// Records in each fold.
const PER_FOLD: usize = 50;

/// One record.
#[derive(Debug, Clone)]
pub(crate) struct RecordRow {
    pub(crate) number: usize,
    pub(crate) name: Option<Visible>,
    pub(crate) id: Option<Visible>,
    /// Word of what happens to it.
    pub(crate) word: &'static str,
    pub(crate) class: &'static str,
    pub(crate) creates: bool,
    pub(crate) deletes: bool,
    pub(crate) changed: Vec<Row>,
    /// Labels of fields that keep their value.
    pub(crate) unchanged: Vec<Visible>,
}

/// Records behind a fold.
#[derive(Debug, Clone)]
pub(crate) struct Fold {
    pub(crate) summary: String,
    pub(crate) records: Vec<RecordRow>,
}

/// What happens to one field over all records.
#[derive(Debug, Clone)]
pub(crate) struct FieldSum {
    pub(crate) label: Visible,
    pub(crate) api_name: Visible,
    /// In how many records it changes, and how.
    pub(crate) words: String,
    /// The totals of a field that holds numbers in all of them.
    pub(crate) totals: Option<String>,
}

/// The whole batch.
#[derive(Debug, Clone)]
pub(crate) struct BatchView {
    /// How many records, and what happens to how many.
    pub(crate) counts: String,
    pub(crate) all_or_none: bool,
    pub(crate) sums: Vec<FieldSum>,
    pub(crate) open: Vec<RecordRow>,
    pub(crate) folds: Vec<Fold>,
    folded_records: usize,
    folded_values: usize,
    folded_characters: u64,
}

impl BatchView {
    /// Builds the view from frozen data.
    pub(crate) fn of(batch: &Batch) -> Self {
        let mut folded_values = 0;
        let mut folded_characters = 0;
        let mut records: Vec<RecordRow> = batch
            .records
            .iter()
            .enumerate()
            .map(|(place, record)| {
                let diff = Diff::of_fields(record.change, &record.fields);
                folded_values += diff.folded;
                folded_characters += diff.folded_characters;
                row(place + 1, record, diff)
            })
            .collect();
        let rest = records.split_off(records.len().min(OPEN));
        Self {
            counts: counts(batch),
            all_or_none: batch.all_or_none,
            sums: sums(batch),
            open: records,
            folded_records: rest.len(),
            folds: folds(rest),
            folded_values,
            folded_characters,
        }
    }

    /// How many folds of any kind a person opens.
    pub(crate) const fn folded(&self) -> usize {
        self.folded_records + self.folded_values
    }

    /// What a person confirms to have read before approving; nothing where all is on the screen.
    pub(crate) fn confirmation(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.folded_records > 0 {
            parts.push(counted(
                self.folded_records,
                "folded record",
                "folded records",
            ));
        }
        if self.folded_values > 0 {
            let values = counted(self.folded_values, "folded value", "folded values");
            let characters = grouped(self.folded_characters);
            parts.push(format!("{values} ({characters} characters)"));
        }
        (!parts.is_empty())
            .then(|| format!("I have opened and read the {}.", parts.join(" and the ")))
    }
}

fn row(number: usize, record: &BatchRecord, diff: Diff) -> RecordRow {
    let (word, class) = match record.change {
        RecordChange::Create => ("Create", "added"),
        RecordChange::Update => ("Update", "changed"),
        RecordChange::Delete => ("Delete", "cleared"),
        RecordChange::Restore => ("Restore", "added"),
    };
    let known = record.record.as_ref();
    RecordRow {
        number,
        name: known
            .and_then(|known| known.name.clone())
            .or_else(|| super::proposal_words::proposed_name(&record.fields))
            .map(|name| one_line(&name, 120)),
        id: known.map(|known| visible(&known.id)),
        word,
        class,
        creates: diff.creates,
        deletes: diff.deletes,
        changed: diff.changed,
        unchanged: diff.unchanged.into_iter().map(|row| row.label).collect(),
    }
}

fn folds(rest: Vec<RecordRow>) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::new();
    let mut rest = rest.into_iter().peekable();
    while let Some(first) = rest.peek().map(|row| row.number) {
        let records: Vec<RecordRow> = rest.by_ref().take(PER_FOLD).collect();
        let last = records.last().map_or(first, |row| row.number);
        folds.push(Fold {
            summary: if first == last {
                format!("Record {first}")
            } else {
                format!("Records {first} to {last}")
            },
            records,
        });
    }
    folds
}

/// "200 records: 150 updates, 50 creations".
pub(crate) fn counts(batch: &Batch) -> String {
    let of = |change| {
        let records = batch.records.iter();
        records.filter(|record| record.change == change).count()
    };
    let parts: Vec<String> = [
        (of(RecordChange::Create), "is new", "are new"),
        (of(RecordChange::Update), "changes", "change"),
        (of(RecordChange::Delete), "is deleted", "are deleted"),
        (of(RecordChange::Restore), "comes back", "come back"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| counted(count, one, many))
    .collect();
    let all = counted(batch.records.len(), "record", "records");
    format!("{all}: {}", parts.join(", "))
}

fn sums(batch: &Batch) -> Vec<FieldSum> {
    let mut fields: Vec<(&str, Vec<&FieldChange>)> = Vec::new();
    for field in batch.records.iter().flat_map(|record| &record.fields) {
        match fields.iter_mut().find(|(name, _)| *name == field.api_name) {
            Some((_, changes)) => changes.push(field),
            None => fields.push((&field.api_name, vec![field])),
        }
    }
    fields
        .into_iter()
        .filter_map(|(name, changes)| {
            Some(FieldSum {
                label: visible(&changes.first()?.label),
                api_name: visible(name),
                words: kinds(&changes),
                totals: totals(&changes),
            })
        })
        .collect()
}

fn kinds(changes: &[&FieldChange]) -> String {
    let parts: Vec<String> = [
        (FieldChangeKind::Changed, "changed"),
        (FieldChangeKind::Added, "added"),
        (FieldChangeKind::Cleared, "cleared"),
        (FieldChangeKind::Removed, "removed"),
        (FieldChangeKind::Unchanged, "unchanged"),
    ]
    .into_iter()
    .filter_map(|(kind, word)| {
        let count = changes
            .iter()
            .filter(|change| change.change == kind)
            .count();
        (count > 0).then(|| format!("{} {word}", grouped(count as u64)))
    })
    .collect();
    parts.join(", ")
}

/// The totals before and after, where every value is a number.
fn totals(changes: &[&FieldChange]) -> Option<String> {
    let sum = |value: fn(&FieldChange) -> &Value| {
        changes
            .iter()
            .try_fold((0.0, 0_usize), |(sum, count), change| match value(change) {
                Value::Null => Some((sum, count)),
                Value::Number(number) => Some((sum + number.as_f64()?, count + 1)),
                _ => None,
            })
    };
    let (before, had) = sum(|change| &change.before)?;
    let (after, have) = sum(|change| &change.after)?;
    (had + have > 0).then(|| format!("total {} → {}", amount(before), amount(after)))
}

/// At most two decimals, thousands separated.
fn amount(value: f64) -> String {
    let text = format!("{:.2}", value.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, "00"));
    let sign = if value < 0.0 { "−" } else { "" };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    if decimals == "00" {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{decimals}")
    }
}

/// How a batch ended.
#[derive(Debug, Clone)]
pub(crate) struct BatchEnd {
    /// In a sentence.
    pub(crate) words: String,
    pub(crate) refused: Vec<RefusedRow>,
    pub(crate) saved: Vec<SavedRow>,
    pub(crate) saved_words: String,
}

/// A record that the provider refused.
#[derive(Debug, Clone)]
pub(crate) struct RefusedRow {
    pub(crate) number: u64,
    pub(crate) name: Option<Visible>,
    pub(crate) reasons: Vec<(Visible, Visible, Visible)>,
}

/// A record that was saved.
#[derive(Debug, Clone)]
pub(crate) struct SavedRow {
    pub(crate) number: u64,
    pub(crate) name: Option<Visible>,
    pub(crate) id: Option<Visible>,
}

impl BatchEnd {
    /// Reads the outcome of a batch; none where the result is of another kind.
    pub(crate) fn of(batch: &Batch, result: &Value) -> Option<Self> {
        let outcome: BatchOutcome = serde_json::from_value(result.clone()).ok()?;
        let name = |record: &RecordOutcome| {
            let place = usize::try_from(record.number).ok()?.checked_sub(1)?;
            let record = batch.records.get(place)?;
            let known = record.record.as_ref().and_then(|known| known.name.clone());
            known
                .or_else(|| super::proposal_words::proposed_name(&record.fields))
                .map(|name| one_line(&name, 120))
        };
        let (saved, refused): (Vec<_>, Vec<_>) =
            outcome.records.iter().partition(|record| record.success);
        Some(Self {
            words: ending(outcome.succeeded, outcome.failed),
            saved_words: counted(saved.len(), "record was saved", "records were saved"),
            saved: saved
                .into_iter()
                .map(|record| SavedRow {
                    number: record.number,
                    name: name(record),
                    id: record.id.as_deref().map(visible),
                })
                .collect(),
            refused: refused
                .into_iter()
                .map(|record| RefusedRow {
                    number: record.number,
                    name: name(record),
                    reasons: record
                        .errors
                        .iter()
                        .map(|error| {
                            (
                                visible(&error.code),
                                visible(&error.message),
                                visible(&error.hint),
                            )
                        })
                        .collect(),
                })
                .collect(),
        })
    }
}

fn ending(saved: u64, refused: u64) -> String {
    if refused == 0 {
        return format!("All {} records were saved.", grouped(saved));
    }
    format!(
        "{} of {} records were saved. {} refused and unchanged; nothing of those was written.",
        grouped(saved),
        grouped(saved + refused),
        if refused == 1 {
            "1 was".to_owned()
        } else {
            format!("{} were", grouped(refused))
        }
    )
}

#[cfg(test)]
mod tests;
