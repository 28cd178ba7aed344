//! Exports: long results that the provider prepares once and that are fetched piece by piece.
//!
//! Must not know: who fetches them, or how they travel on.

use crate::{caller::Caller, touching::Looking};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use gatelodge_model::{Result, Touches};
use std::fmt;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// One JSON object a line.
    NdJson,
}

/// Which part of an export is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportPart {
    /// The provider's id of the export.
    pub export: String,
    /// How rows are written.
    pub format: ExportFormat,
    /// [`ExportPiece::next`] of the piece before; none for the first.
    pub position: Option<String>,
    /// How many rows at the beginning of this piece are left out.
    pub skip: u64,
    /// Whether a header comes first, where the format has one.
    pub header: bool,
}

/// Some rows of an export.
pub struct ExportPiece {
    /// Whole rows in the format asked for, as they arrive. Where fewer come than there are, it ends with an error.
    pub body: BoxStream<'static, Result<Bytes>>,
    /// How many rows the piece has, those left out included.
    pub rows: u64,
    /// Where the next piece begins; none after the last.
    pub next: Option<String>,
}

impl fmt::Debug for ExportPiece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportPiece")
            .field("rows", &self.rows)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

/// The exports of a provider.
#[async_trait]
pub trait Exports: Send + Sync {
    /// Begins to read one piece. It is never held whole, however many rows it has.
    ///
    /// # Errors
    /// `conflict` while the export is still being prepared; the provider's refusal, also for an export of
    /// somebody else or one that is over.
    async fn piece(&self, caller: &dyn Caller, part: &ExportPart) -> Result<ExportPiece>;

    /// What handing out the rows of an export touches.
    ///
    /// # Errors
    /// What kept it from being looked up.
    async fn touches(&self, looking: Looking<'_>, export: &str) -> Result<Touches> {
        let _ = (looking, export);
        Ok(Touches::anything())
    }
}
