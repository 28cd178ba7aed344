//! An answer on its way: taken piece by piece, up to a limit, because a small compressed body may hold a huge one,
//! and an honest one may be larger than memory (S8).
//!
//! Must not know: what is done with the pieces.

use super::exchange::{SendFailure, failure};
use bytes::Bytes;
use gatelodge_provider::ProviderResponse;
use reqwest::{Response, header::SET_COOKIE};
use std::time::Duration;

/// An answer whose head is there.
pub(crate) struct Arriving {
    /// Status and headers, without cookies; the body is empty.
    pub(crate) head: ProviderResponse,
    response: Response,
}

impl From<Response> for Arriving {
    fn from(response: Response) -> Self {
        let headers = response
            .headers()
            .iter()
            .filter(|(name, _)| *name != SET_COOKIE)
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        Self {
            head: ProviderResponse {
                status: response.status().as_u16(),
                headers,
                body: Bytes::new(),
            },
            response,
        }
    }
}

impl Arriving {
    /// The body in one piece.
    ///
    /// # Errors
    /// [`SendFailure`], where it is longer than the limit or breaks off.
    pub(crate) async fn whole(self, limit: usize) -> Result<ProviderResponse, SendFailure> {
        let announced = self.response.content_length().unwrap_or(0);
        let (mut head, mut pieces) = self.parted(limit, None)?;
        let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
        while let Some(piece) = pieces.next().await? {
            body.extend_from_slice(&piece);
        }
        head.body = body.into();
        Ok(head)
    }

    /// Head and body, each piece of which must come within `idle`, where that is given.
    ///
    /// # Errors
    /// [`SendFailure::TooLarge`], where the answer says so itself.
    pub(crate) fn parted(
        self,
        limit: usize,
        idle: Option<Duration>,
    ) -> Result<(ProviderResponse, Pieces), SendFailure> {
        let Self { head, response } = self;
        if response.content_length().unwrap_or(0) > limit as u64 {
            return Err(SendFailure::TooLarge { limit });
        }
        let pieces = Pieces {
            response,
            left: limit,
            limit,
            idle,
        };
        Ok((head, pieces))
    }
}

/// The rest of a body.
pub(crate) struct Pieces {
    response: Response,
    /// How many bytes may still come, counted after decompression.
    left: usize,
    limit: usize,
    idle: Option<Duration>,
}

impl Pieces {
    /// The next piece; none after the last. Nothing is read ahead of whoever asks but what the HTTP client and the
    /// network hold.
    ///
    /// # Errors
    /// [`SendFailure`]; nothing more comes then.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, SendFailure> {
        let coming = self.response.chunk();
        let piece = match self.idle {
            None => coming.await,
            Some(idle) => tokio::time::timeout(idle, coming)
                .await
                .map_err(|_| SendFailure::Timeout)?,
        };
        let piece = piece.map_err(|error| failure(&error))?;
        if let Some(piece) = &piece {
            let limit = self.limit;
            self.left = self
                .left
                .checked_sub(piece.len())
                .ok_or(SendFailure::TooLarge { limit })?;
        }
        Ok(piece)
    }
}
