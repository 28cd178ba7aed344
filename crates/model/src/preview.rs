//! What a person sees before deciding: closed data that a write tool fills and a page renders.
//!
//! Must not know: providers or pages. Nothing in a preview is markup.

use crate::batch::Batch;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What will change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Preview {
    /// A record with its fields, before and after.
    FieldDiff(FieldDiff),
    /// Many records of one object.
    Batch(Batch),
}

impl Preview {
    /// API name of the object that changes.
    pub fn object(&self) -> &str {
        match self {
            Self::FieldDiff(diff) => &diff.object,
            Self::Batch(batch) => &batch.object,
        }
    }

    /// How many records change.
    pub fn records(&self) -> usize {
        match self {
            Self::FieldDiff(_) => 1,
            Self::Batch(batch) => batch.records.len(),
        }
    }
}

/// What happens to the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordChange {
    /// A new record.
    Create,
    /// New values in an existing one.
    Update,
    /// The record goes.
    Delete,
    /// A deleted record comes back.
    Restore,
}

/// A record at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRef {
    /// The provider's id.
    pub id: String,
    /// Its name, where it has one.
    pub name: Option<String>,
}

/// How a field changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldChangeKind {
    /// Empty before, a value after.
    Added,
    /// Another value.
    Changed,
    /// A value before, empty after.
    Cleared,
    /// The proposal sets the value that is there already.
    Unchanged,
    /// A value that goes with the record.
    Removed,
}

/// One field, before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Name in the provider's interface.
    pub api_name: String,
    /// Name that people see at the provider.
    pub label: String,
    /// Value before; null where empty or where the record is new.
    pub before: Value,
    /// Value after; null where cleared or where the record goes.
    pub after: Value,
    /// How it changes.
    pub change: FieldChangeKind,
}

impl FieldChange {
    /// Compares two values and names the change.
    pub fn compare(api_name: String, label: String, before: Value, after: Value) -> Self {
        let change = match (before.is_null(), after.is_null()) {
            (true, false) => FieldChangeKind::Added,
            (false, true) => FieldChangeKind::Cleared,
            _ if before == after => FieldChangeKind::Unchanged,
            _ => FieldChangeKind::Changed,
        };
        Self {
            api_name,
            label,
            before,
            after,
            change,
        }
    }
}

/// A record with its fields, before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldDiff {
    /// What happens.
    pub change: RecordChange,
    /// API name of the object, such as `Account`.
    pub object: String,
    /// Name of the object that people see.
    pub object_label: String,
    /// The record; none when it is new.
    pub record: Option<RecordRef>,
    /// Every field that the proposal names, in the order given.
    pub fields: Vec<FieldChange>,
    /// What else will happen, in plain sentences, such as "Assignment rules will run."
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_named() {
        // proves APR-2
        let kind =
            |before, after| FieldChange::compare("F".into(), "F".into(), before, after).change;
        assert_eq!(kind(json!(null), json!("x")), FieldChangeKind::Added);
        assert_eq!(kind(json!("x"), json!(null)), FieldChangeKind::Cleared);
        assert_eq!(kind(json!("x"), json!("y")), FieldChangeKind::Changed);
        assert_eq!(kind(json!("x"), json!("x")), FieldChangeKind::Unchanged);
    }
}
