//! Reading stored values back: whatever does not read is named by table, column and row.
//!
//! Must not know: aggregates.

use crate::StoreError;
use gatelodge_model::Digest;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// A row that is being read.
pub(crate) struct Reading<R> {
    table: &'static str,
    row: R,
}

impl<R: fmt::Display> Reading<R> {
    pub(crate) fn new(table: &'static str, row: R) -> Self {
        Self { table, row }
    }

    pub(crate) fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column,
            row: self.row.to_string(),
        }
    }

    /// A value that may not have been readable.
    pub(crate) fn value<T>(&self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.corrupt(column))
    }

    pub(crate) fn digest(&self, column: &'static str, bytes: &[u8]) -> Result<Digest, StoreError> {
        self.value(column, bytes.try_into().ok().map(Digest::from_bytes))
    }

    pub(crate) fn json<T: DeserializeOwned>(
        &self,
        column: &'static str,
        text: &str,
    ) -> Result<T, StoreError> {
        self.value(column, serde_json::from_str(text).ok())
    }
}

/// The stored text of a closed value.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::internal)
}

/// The stored bytes of a digest.
pub(crate) fn to_bytes(digest: &Digest) -> Vec<u8> {
    digest.as_bytes().to_vec()
}
