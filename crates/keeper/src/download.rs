//! The body of a download on its way through the keeper: counted against the budget, freed of our own secrets,
//! recorded when it is over, and never held whole.
//!
//! A piece is asked for when the one before was taken: whoever reads slowly slows the provider down, and memory
//! holds one piece. Must not know: how the request was sent, or what carries the pieces on.

use crate::{
    egress::Pieces, failure, journal::CallRecord, keeper::Inner, redact::Redactor, slot::Opened,
};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use gatelodge_model::Error;
use gatelodge_provider::RowCounter;
use std::sync::Arc;

/// What passes.
pub(crate) struct Passing {
    inner: Arc<Inner>,
    opened: Arc<Opened>,
    pieces: Pieces,
    rows: RowCounter,
    redactor: Redactor,
    /// Written when the last piece is gone, or whoever asked for them.
    record: CallRecord,
}

impl Passing {
    pub(crate) fn new(
        inner: Arc<Inner>,
        opened: Arc<Opened>,
        pieces: Pieces,
        rows: RowCounter,
        record: CallRecord,
    ) -> Self {
        Self {
            inner,
            redactor: Redactor::new(opened.credential.secrets()),
            opened,
            pieces,
            rows,
            record,
        }
    }

    /// The body as whoever asked may have it. After an error nothing more comes.
    pub(crate) fn stream(self) -> BoxStream<'static, Result<Bytes, Error>> {
        stream::unfold(Some(self), async |passing| {
            let mut passing = passing?;
            match passing.next().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(passing))),
                // What the redactor held back was no secret.
                Ok(None) => {
                    let rest = passing.redactor.rest();
                    (!rest.is_empty()).then_some((Ok(rest), None))
                }
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let piece = self.pieces.next().await;
            let piece = piece.map_err(|cause| failure::read(self.opened.provider_name(), cause))?;
            let Some(piece) = piece else {
                return Ok(None);
            };
            if let Some(answer) = &mut self.record.answer {
                answer.bytes += piece.len() as u64;
            }
            self.inner
                .count_piece(&self.opened, &mut self.rows, &piece)
                .await?;
            let clean = self.redactor.piece(piece);
            if !clean.is_empty() {
                return Ok(Some(clean));
            }
        }
    }
}
