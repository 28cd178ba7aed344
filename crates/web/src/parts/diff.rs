//! The diff table: every field of a proposal, before and after, with nothing hidden and nothing cut
//! without a mark (security cases U2, P6, P7).
//!
//! Must not know: which tool or provider made the preview.

use crate::text::{Visible, grouped, laid_out, one_line, visible};
use gatelodge_model::{FieldChange, FieldChangeKind, FieldDiff, RecordChange};
use serde_json::Value;

/// Values longer than this are folded; their beginning and length stay on the screen.
const FOLD_ABOVE: usize = 400;
/// How much of a folded value stays on the screen.
const SHOWN_OF_FOLDED: usize = 160;

/// One value in the table.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    /// Nothing there; the word says why.
    Empty(&'static str),
    /// The whole value.
    Whole(Visible),
    /// The beginning, and the whole value behind a fold.
    Folded {
        beginning: Visible,
        length: String,
        whole: Visible,
    },
}

/// One field.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) label: Visible,
    pub(crate) api_name: Visible,
    pub(crate) before: Cell,
    pub(crate) after: Cell,
    /// Word of the change.
    pub(crate) word: &'static str,
    /// Name in the stylesheet.
    pub(crate) class: &'static str,
    /// What is worth saying about the values, such as hidden characters.
    pub(crate) remarks: Vec<String>,
}

/// The table.
#[derive(Debug, Clone)]
pub(crate) struct Diff {
    pub(crate) changed: Vec<Row>,
    pub(crate) unchanged: Vec<Row>,
    pub(crate) creates: bool,
    pub(crate) deletes: bool,
    /// Whether the record comes back, so that its values are no new ones.
    pub(crate) restores: bool,
    /// Folded values among the changed ones.
    pub(crate) folded: usize,
    /// Characters in them.
    pub(crate) folded_characters: u64,
}

impl Diff {
    /// Builds the table from frozen data.
    pub(crate) fn of(diff: &FieldDiff) -> Self {
        Self::of_fields(diff.change, &diff.fields)
    }

    /// Builds the table of one record.
    pub(crate) fn of_fields(change: RecordChange, fields: &[FieldChange]) -> Self {
        let (unchanged, changed): (Vec<_>, Vec<_>) = fields
            .iter()
            .partition(|field| field.change == FieldChangeKind::Unchanged);
        let rows: Vec<Row> = changed.into_iter().map(row).collect();
        let folds: Vec<u64> = rows
            .iter()
            .flat_map(|row| [&row.before, &row.after])
            .filter_map(|cell| match cell {
                Cell::Folded { whole, .. } => Some(whole.length as u64),
                Cell::Empty(_) | Cell::Whole(_) => None,
            })
            .collect();
        Self {
            changed: rows,
            unchanged: unchanged.into_iter().map(row).collect(),
            creates: matches!(change, RecordChange::Create | RecordChange::Restore),
            restores: change == RecordChange::Restore,
            deletes: change == RecordChange::Delete,
            folded: folds.len(),
            folded_characters: folds.iter().sum(),
        }
    }

    /// What a person confirms to have read before approving; nothing where all is on the screen.
    pub(crate) fn confirmation(&self) -> Option<String> {
        let values = crate::text::numbers::counted(self.folded, "folded value", "folded values");
        (self.folded > 0).then(|| {
            format!(
                "I have opened and read the {values} ({} characters).",
                grouped(self.folded_characters)
            )
        })
    }
}

fn row(field: &FieldChange) -> Row {
    let (word, class) = match field.change {
        FieldChangeKind::Added => ("Added", "added"),
        FieldChangeKind::Changed => ("Changed", "changed"),
        FieldChangeKind::Cleared => ("Cleared", "cleared"),
        FieldChangeKind::Unchanged => ("Unchanged", "unchanged"),
        FieldChangeKind::Removed => ("Removed", "cleared"),
    };
    let after_empty = match field.change {
        FieldChangeKind::Cleared => "cleared",
        FieldChangeKind::Removed => "gone with the record",
        _ => "empty",
    };
    Row {
        label: visible(&field.label),
        api_name: visible(&field.api_name),
        before: cell(&field.before, "empty"),
        after: cell(&field.after, after_empty),
        word,
        class,
        remarks: remarks(field),
    }
}

/// A value as text: strings as they are, everything else as JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => {
            serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A value as a page shows it.
pub(crate) fn shown(value: &Value) -> Visible {
    match value {
        Value::Array(_) | Value::Object(_) => laid_out(&plain(value)),
        _ => visible(&plain(value)),
    }
}

fn cell(value: &Value, empty: &'static str) -> Cell {
    match value {
        Value::Null => Cell::Empty(empty),
        Value::String(text) if text.is_empty() => Cell::Empty("empty text"),
        _ => {
            let text = plain(value);
            let length = text.chars().count();
            if length > FOLD_ABOVE {
                Cell::Folded {
                    beginning: one_line(&text, SHOWN_OF_FOLDED),
                    length: grouped(length as u64),
                    whole: shown(value),
                }
            } else {
                Cell::Whole(shown(value))
            }
        }
    }
}

fn remarks(field: &FieldChange) -> Vec<String> {
    let mut remarks = Vec::new();
    let marks = shown(&field.after).marks();
    if !field.after.is_null() && marks > 0 {
        remarks.push(format!(
            "{} made visible",
            crate::text::numbers::counted(marks, "unusual character", "unusual characters")
        ));
    }
    let kinds_differ =
        std::mem::discriminant(&field.before) != std::mem::discriminant(&field.after);
    if field.change == FieldChangeKind::Changed && kinds_differ {
        remarks.push("the kind of value changes".to_owned());
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn diff_of(fields: Vec<(&str, Value, Value)>) -> Diff {
        Diff::of(&FieldDiff {
            change: RecordChange::Update,
            object: "Account".into(),
            object_label: "Account".into(),
            record: None,
            fields: fields
                .into_iter()
                .map(|(name, before, after)| {
                    FieldChange::compare(name.into(), name.into(), before, after)
                })
                .collect(),
            notes: Vec::new(),
        })
    }

    #[test]
    fn every_field_is_shown_or_counted() {
        // proves P7, APR-2: 300 fields, none lost
        let fields: Vec<(String, Value)> =
            (0..300).map(|n| (format!("F{n}"), json!(n % 3))).collect();
        let diff = diff_of(
            fields
                .iter()
                .map(|(name, value)| (name.as_str(), json!(0), value.clone()))
                .collect(),
        );
        assert_eq!(diff.changed.len() + diff.unchanged.len(), 300);
        assert_eq!(diff.unchanged.len(), 100);
    }

    #[test]
    fn long_values_fold_with_their_length_and_must_be_read() {
        // proves P7
        let diff = diff_of(vec![(
            "Description",
            json!("short"),
            json!("y".repeat(2_345)),
        )]);
        assert!(matches!(&diff.changed[0].after, Cell::Folded { length, .. } if length == "2,345"));
        assert_eq!(
            diff.confirmation().as_deref(),
            Some("I have opened and read the 1 folded value (2,345 characters).")
        );
        assert_eq!(
            diff_of(vec![("Name", json!("a"), json!("b"))]).confirmation(),
            None
        );
    }

    #[test]
    fn hidden_characters_and_changed_kinds_are_remarked() {
        // proves U2, P6
        let diff = diff_of(vec![
            ("Name", json!("Acme"), json!("\u{0410}cme\u{200B}")),
            ("Amount", json!("1"), json!(1)),
        ]);
        assert_eq!(
            diff.changed[0].remarks,
            ["2 unusual characters made visible"]
        );
        assert_eq!(diff.changed[1].remarks, ["the kind of value changes"]);
    }

    #[test]
    fn empty_is_told_apart_from_cleared_and_from_empty_text() {
        let diff = diff_of(vec![
            ("A", json!("x"), json!(null)),
            ("B", json!("x"), json!("")),
        ]);
        assert!(matches!(diff.changed[0].after, Cell::Empty("cleared")));
        assert!(matches!(diff.changed[1].after, Cell::Empty("empty text")));
    }
}
