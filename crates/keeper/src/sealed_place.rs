//! Places as the replacement of keys and the words of errors know them.
//!
//! Must not know: keys, or what a record says.

use crate::sealing::{ACTIVATION, Place};
use gatelodge_keeper_client::SealedKind;
use gatelodge_model::{Error, ErrorKind, WhoMustAct};
use gatelodge_store::keeper::SealedTable;
use gatelodge_vault::{Context, VaultError};

impl Place {
    /// The place of a row as a replacement of keys meets it; `None` for a kind of another version.
    pub(crate) fn of(table: SealedTable, kind: Option<&str>) -> Option<Self> {
        match table {
            SealedTable::Credentials => Some(Self::Credential),
            SealedTable::OAuthApps => Some(Self::OAuthApp),
            SealedTable::Flows => Some(Self::Flow),
            SealedTable::SealedRecords if kind == Some(ACTIVATION) => Some(Self::Activation),
            SealedTable::SealedRecords => {
                SealedKind::parse(kind?).map(|kind| Self::CustomerData(kind.as_str()))
            }
            SealedTable::PendingRevocations => Some(Self::PendingRevocation),
            SealedTable::Webhooks => Some(Self::Webhook),
            SealedTable::ApprovalRecords => Some(Self::ApprovalRecord),
            SealedTable::Evidence => Some(Self::Evidence),
        }
    }
}

/// Names the record and nothing of what it holds, so that whoever reads the message finds it.
pub(crate) fn does_not_open(context: &Context, cause: VaultError) -> Error {
    if cause != VaultError::Integrity {
        return cause.into();
    }
    let Context { table, row, .. } = context;
    Error::new(
        ErrorKind::Integrity,
        format!("The stored record {table}/{row} does not open. It was not used."),
    )
    .with_context("cause", cause)
    .with_hint(
        WhoMustAct::Operator,
        "Check whether database and key belong together, and whether this row was changed or restored. Other records are not touched.",
    )
}
