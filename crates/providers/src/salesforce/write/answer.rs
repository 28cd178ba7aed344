//! Salesforce's answers to writes ("sObject Basic Information, POST", "sObject Rows by External ID").
//!
//! Must not know: what was written.

use super::super::{error, ids::RecordId};
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};
use gatelodge_provider::ProviderResponse;
use serde::Deserialize;

/// 201 of a create, 200 and 201 of an upsert.
#[derive(Deserialize)]
pub(in super::super) struct Saved {
    id: String,
    /// Upserts tell it.
    pub(in super::super) created: Option<bool>,
}

impl Saved {
    /// The record's id.
    pub(in super::super) fn id(&self) -> &str {
        &self.id
    }
}

/// Whether the write happened.
///
/// # Errors
/// Salesforce's refusal; `stale` for 412.
pub(in super::super) fn accepted(response: &ProviderResponse) -> Result<()> {
    if response.is_success() {
        Ok(())
    } else {
        Err(error::read(response))
    }
}

/// Reads the id of a saved record.
///
/// # Errors
/// Salesforce's refusal; `unknown_outcome` where it accepted and did not tell what it saved.
pub(in super::super) fn saved(response: &ProviderResponse) -> Result<Saved> {
    accepted(response)?;
    serde_json::from_slice::<Saved>(&response.body)
        .ok()
        .and_then(|saved| {
            let id = RecordId::parse("id", &saved.id).ok()?.to_string();
            Some(Saved { id, ..saved })
        })
        .ok_or_else(|| {
            Error::new(
                ErrorKind::UnknownOutcome,
                "Salesforce accepted the write and did not tell which record it saved.",
            )
            .with_hint(
                WhoMustAct::Person,
                "Look for the record in Salesforce before anybody tries again.",
            )
        })
}
