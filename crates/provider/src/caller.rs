//! How a tool reaches the provider: relative to the connection, without credentials, reading only.
//!
//! Must not know: hosts, tokens, retries; the keeper adds and decides those.

use crate::download::Download;
use async_trait::async_trait;
use bytes::Bytes;
use gatelodge_model::Result;
use serde::{Deserialize, Serialize};

/// A request that changes nothing: HTTP GET, or the start of work at the provider that only reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRequest {
    /// Absolute path at the connection's host; each variable part percent-encoded by the tool.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Headers besides those that the keeper adds.
    pub headers: Vec<(String, String)>,
    /// The body with which reading work is started by POST, such as an export; none for GET. The keeper sends
    /// it only where [`Provider::may_start`](crate::Provider::may_start) agrees to exactly this request.
    pub start: Option<String>,
}

impl ReadRequest {
    /// A request without query and headers.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            start: None,
        }
    }

    /// The start of reading work, with a JSON body.
    pub fn start(path: impl Into<String>, body: impl Into<String>) -> Self {
        let mut request = Self::get(path).header("Content-Type", "application/json");
        request.start = Some(body.into());
        request
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// What the provider answered, whatever the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers with lower-case names; cookies are never among them.
    pub headers: Vec<(String, String)>,
    /// The body, at most as long as the egress guard allows.
    pub body: Bytes,
}

impl ProviderResponse {
    /// Whether the status is 2xx.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The first header of that name (given in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// The first header of that name (given in lower case).
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// The connection as a tool sees it.
#[async_trait]
pub trait Caller: Send + Sync {
    /// Sends a read. The answer's status is the tool's to judge.
    ///
    /// # Errors
    /// `not_connected`, `reconnect_needed`, `egress_denied`, `provider_timeout`, `provider_unavailable`:
    /// everything that kept an answer from arriving.
    async fn read(&self, request: ReadRequest) -> Result<ProviderResponse>;

    /// As [`Caller::read`], for answers that are too large to be held whole. A refusal has its body whole.
    ///
    /// # Errors
    /// As [`Caller::read`] until the answer begins; afterwards they come out of its body.
    async fn download(&self, request: ReadRequest) -> Result<Download>;

    /// Scopes that the provider granted to this connection.
    fn granted_scopes(&self) -> &[String];

    /// The provider's id of the connected user, for tools that say "me".
    fn external_user_id(&self) -> &str;

    /// Name of the agent that asks, for the client name that a write carries into the provider's logs;
    /// empty where a person asks.
    #[expect(
        clippy::unnecessary_literal_bound,
        reason = "whoever knows the name returns a text of its own"
    )]
    fn client_name(&self) -> &str {
        ""
    }
}
