//! An answer whose body arrives piece by piece.
//!
//! Must not know: what carries it.

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use gatelodge_model::Error;
use gatelodge_provider::ProviderResponse;
use std::fmt;

/// A large answer of a provider, as far as it is there.
pub struct Download {
    /// HTTP status.
    pub status: u16,
    /// Headers with lower-case names; cookies are never among them.
    pub headers: Vec<(String, String)>,
    /// The body as it arrives. After an error nothing more comes.
    pub body: BoxStream<'static, Result<Bytes, Error>>,
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
        Self {
            status,
            headers,
            body: stream::iter([Ok(body)]).boxed(),
        }
    }
}
