//! How a request to the keeper fails: the error, and what it means for the connection.
//!
//! Must not know: how a failure is shown.

use gatelodge_model::{AttentionReason, Error};
use serde::{Deserialize, Serialize};

/// The result of a request to the keeper.
pub type KeeperResult<T> = Result<T, KeeperFailure>;

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{error}")]
pub struct KeeperFailure {
    /// What the caller is told.
    pub error: Error,
    /// Set when the connection cannot be used until somebody acts.
    pub attention: Option<AttentionReason>,
}

impl From<Error> for KeeperFailure {
    fn from(error: Error) -> Self {
        Self {
            error,
            attention: None,
        }
    }
}

impl From<KeeperFailure> for Error {
    fn from(failure: KeeperFailure) -> Self {
        failure.error
    }
}
