//! An answer whose body arrives piece by piece.
//!
//! Must not know: what carries it.

use crate::caller::{ProviderResponse, header};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use gatelodge_model::{Error, Result};
use std::fmt;

/// A large answer of a provider, as far as it is there.
pub struct Download {
    /// HTTP status.
    pub status: u16,
    /// Headers with lower-case names; cookies are never among them.
    pub headers: Vec<(String, String)>,
    /// The body as it arrives. It ends only where the provider ended it; whatever broke it off is an error, after
    /// which nothing more comes.
    pub body: BoxStream<'static, Result<Bytes>>,
}

impl Download {
    /// The first header of that name (given in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The answer in one piece, for those that are small: refusals, and what a limit of the caller's says.
    ///
    /// # Errors
    /// What broke the body off; `internal` when it is longer.
    pub async fn whole(mut self, limit: usize) -> Result<ProviderResponse> {
        let mut body = Vec::new();
        while let Some(piece) = self.body.next().await.transpose()? {
            if body.len() + piece.len() > limit {
                return Err(Error::internal("an answer is longer than it may be here"));
            }
            body.extend_from_slice(&piece);
        }
        Ok(ProviderResponse {
            status: self.status,
            headers: self.headers,
            body: body.into(),
        })
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl From<ProviderResponse> for Download {
    fn from(response: ProviderResponse) -> Self {
        let ProviderResponse {
            status,
            headers,
            body,
        } = response;
        let piece = (!body.is_empty()).then_some(Ok(body));
        Self {
            status,
            headers,
            body: stream::iter(piece).boxed(),
        }
    }
}
