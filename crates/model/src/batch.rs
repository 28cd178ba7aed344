//! Many records in one proposal: what a person sees before deciding, and how each record ended.
//!
//! Must not know: providers or pages. Nothing in here is markup.

use crate::{
    error::WhoMustAct,
    preview::{FieldChange, RecordChange, RecordRef},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records of one object that change together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// API name of the object, such as `Account`.
    pub object: String,
    /// Name of the object that people see, for several records.
    pub object_label: String,
    /// Whether one refused record keeps all others from being saved.
    pub all_or_none: bool,
    /// Every record, in the order in which they are sent.
    pub records: Vec<BatchRecord>,
    /// What else will happen, in plain sentences.
    pub notes: Vec<String>,
}

/// One record of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchRecord {
    /// What happens to it.
    pub change: RecordChange,
    /// The record; none when it is new.
    pub record: Option<RecordRef>,
    /// Every field that the proposal names, in the order given.
    pub fields: Vec<FieldChange>,
}

/// How a batch ended that changed at least one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BatchOutcome {
    /// API name of the object.
    pub object: String,
    /// How many records the batch had.
    pub total: u64,
    /// How many were saved.
    pub succeeded: u64,
    /// How many were refused; those are as they were.
    pub failed: u64,
    /// Each record, in the order of the proposal.
    pub records: Vec<RecordOutcome>,
}

/// How one record of a batch ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordOutcome {
    /// Its place in the proposal, from 1.
    pub number: u64,
    /// The provider's id of the record; absent where none was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether it was saved.
    pub success: bool,
    /// Whether the record is new; absent where the provider does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<bool>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RecordError>,
}

/// A reason why the provider refused a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordError {
    /// The provider's code.
    pub code: String,
    /// The provider's message.
    pub message: String,
    /// The fields that it named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// What to do.
    pub hint: String,
    /// Who must.
    pub who_must_act: WhoMustAct,
}
