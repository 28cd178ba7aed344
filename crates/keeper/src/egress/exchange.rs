//! One exchange with a vetted origin: sent once, within a time.
//!
//! What matters most to a caller is whether anything left the host: [`SendFailure::Unsent`] says that
//! certainly nothing did. Must not know: credentials' life, what a status means.

use super::{
    EgressGuard,
    arriving::Arriving,
    origin::Origin,
    request::{headers, target},
    resolver::NoPublicAddress,
};
use gatelodge_model::{Error, Secret};
use gatelodge_provider::ProviderResponse;
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use std::{error::Error as StdError, time::Duration};
use url::Host;

/// What to send.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    /// Where to.
    pub(crate) origin: &'a Origin,
    /// HTTP method, upper case.
    pub(crate) method: &'a str,
    /// Absolute path, may hold a query.
    pub(crate) path: &'a str,
    /// More query, not yet encoded.
    pub(crate) query: &'a [(String, String)],
    /// Headers.
    pub(crate) headers: &'a [(String, String)],
    /// Value of the `Authorization` header.
    pub(crate) authorization: Option<Secret>,
    /// The body.
    pub(crate) body: Option<Body>,
    /// From opening the connection to the last byte.
    pub(crate) time: Duration,
}

/// What a request carries.
#[derive(Debug)]
pub(crate) enum Body {
    /// Sent as it is; its headers say what it is.
    Exact(String),
    /// As [`Body::Exact`], with the session in it.
    Session(Secret),
    /// `application/x-www-form-urlencoded`.
    Form(Secret),
}

/// Why nothing usable came back.
#[derive(Debug)]
pub(crate) enum SendFailure {
    /// The guard refused; nothing left the host.
    Denied(Error),
    /// No connection came about; no byte of the request left the host.
    Unsent(String),
    /// The time was over. The request may have arrived.
    Timeout,
    /// The connection broke after the request began to leave. It may have arrived.
    Broken(String),
    /// The answer is longer than allowed. The request arrived.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The answer's status line and headers are longer than the HTTP client takes. The request arrived.
    HeadTooLarge,
}

impl From<Error> for SendFailure {
    fn from(error: Error) -> Self {
        Self::Denied(error)
    }
}

impl EgressGuard {
    /// Sends once, and reads the answer whole. No redirect is followed and nothing is repeated.
    pub(crate) async fn send(
        &self,
        exchange: Exchange<'_>,
    ) -> Result<ProviderResponse, SendFailure> {
        let class = exchange.origin.class();
        let limit = class.rules().response_bytes.unwrap_or(self.response_bytes);
        self.begin(exchange).await?.whole(limit).await
    }

    /// Sends once, and gives the answer as soon as its head is there.
    pub(crate) async fn begin(&self, exchange: Exchange<'_>) -> Result<Arriving, SendFailure> {
        self.door.pass().await?;
        let url = target(exchange.origin, exchange.path, exchange.query)?;
        let mut header_map = headers(exchange.headers)?;
        if let Some(value) = &exchange.authorization {
            let mut value = HeaderValue::from_str(value.expose())
                .map_err(|_| super::origin::denied("the credential does not fit into a header"))?;
            value.set_sensitive(true);
            header_map.insert(AUTHORIZATION, value);
        }
        let method = Method::from_bytes(exchange.method.as_bytes())
            .map_err(|_| super::origin::denied("the method is unknown"))?;
        self.vet_for_proxy(exchange.origin).await?;
        let mut request = self
            .lane(exchange.origin.class())
            .client
            .request(method, url)
            .timeout(exchange.time)
            .headers(header_map);
        request = match exchange.body {
            None => request,
            Some(Body::Exact(text)) => request.body(text),
            Some(Body::Session(secret)) => request.body(secret.expose().to_owned()),
            Some(Body::Form(secret)) => request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(secret.expose().to_owned()),
        };
        let response = request.send().await.map_err(|error| failure(&error))?;
        Ok(Arriving::from(response))
    }

    /// A proxy looks names up itself, so what it would be asked for is looked up here before: a name that
    /// leads inside never reaches it. What it connects to then is its own rule.
    async fn vet_for_proxy(&self, origin: &Origin) -> Result<(), SendFailure> {
        let Some(Host::Domain(name)) = origin.base().host() else {
            return Ok(());
        };
        if !self.is_proxied(origin) {
            return Ok(());
        }
        let lane = self.lane(origin.class());
        lane.resolver.vetted(name).await.map_err(unresolved)?;
        Ok(())
    }
}

/// A failure in the words of the guard. Addresses stay out of it: they may hold customers' data.
pub(super) fn failure(error: &reqwest::Error) -> SendFailure {
    if chain(error).any(<dyn StdError>::is::<NoPublicAddress>) {
        return no_public_address();
    }
    if error.is_connect() || error.is_builder() {
        return SendFailure::Unsent(reason(error));
    }
    if error.is_timeout() {
        return SendFailure::Timeout;
    }
    let hyper = |cause: &(dyn StdError + 'static)| {
        cause
            .downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_parse_too_large)
    };
    if chain(error).any(hyper) {
        return SendFailure::HeadTooLarge;
    }
    SendFailure::Broken(reason(error))
}

/// A name gave no address that may be used.
pub(super) fn unresolved(cause: Box<dyn StdError + Send + Sync>) -> SendFailure {
    if cause.is::<NoPublicAddress>() {
        no_public_address()
    } else {
        SendFailure::Unsent(cause.to_string())
    }
}

fn no_public_address() -> SendFailure {
    SendFailure::Denied(super::origin::denied(
        "no address of the host belongs to the public internet",
    ))
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn StdError + 'static)| {
        StdError::source(*cause)
    })
}

/// The innermost cause, such as "connection refused".
fn reason(error: &reqwest::Error) -> String {
    chain(error)
        .last()
        .map_or_else(|| "the request failed".to_owned(), ToString::to_string)
}
