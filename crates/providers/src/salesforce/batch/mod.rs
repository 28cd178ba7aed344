//! What the tools for many records share: one proposal, one request to the collections resource
//! ("REST API Developer Guide, sObject Collections"), an answer per record.
//!
//! Must not know: any particular tool. Nothing in here writes.

pub(super) mod answer;
pub(super) mod lookback;
pub(super) mod read;
pub(super) mod records;
pub(super) mod request;

use gatelodge_model::{Batch, Error, FrozenProposal, Preview, Result};

/// Salesforce's limit of one such request.
pub(super) const MOST: usize = 200;

/// The batch of a frozen proposal.
///
/// # Errors
/// `internal` where the proposal is another tool's.
pub(super) fn batch(frozen: &FrozenProposal) -> Result<&Batch> {
    match &frozen.preview {
        Preview::Batch(batch) => Ok(batch),
        _ => Err(Error::internal("the preview is not a batch")),
    }
}
