//! What all writing tools share: checked fields, the live read behind a preview, the frozen request, and
//! the look back after a lost answer.
//!
//! Must not know: any particular tool. Nothing in here writes.

pub(super) mod answer;
pub(super) mod fields;
pub(super) mod live;
pub(super) mod lookback;
pub(super) mod lookback_create;
pub(super) mod request;
pub(super) mod rules;

use gatelodge_model::{Error, FieldDiff, FrozenProposal, Preview, Result};
use serde_json::{Map, Value};

/// Fields by API name.
pub(super) type Fields = Map<String, Value>;

/// The diff of a frozen proposal.
///
/// # Errors
/// `internal` where the proposal is another tool's.
pub(super) fn diff(frozen: &FrozenProposal) -> Result<&FieldDiff> {
    match &frozen.preview {
        Preview::FieldDiff(diff) => Ok(diff),
        _ => Err(Error::internal("the preview is not a field diff")),
    }
}

/// The record's id in a frozen proposal.
///
/// # Errors
/// `internal` where the proposal is about a new record.
pub(super) fn record_id(frozen: &FrozenProposal) -> Result<String> {
    diff(frozen)?
        .record
        .as_ref()
        .map(|record| record.id.clone())
        .ok_or_else(|| Error::internal("the proposal names no record"))
}
