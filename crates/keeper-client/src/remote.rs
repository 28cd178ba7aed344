//! A keeper at the other end of something that carries packets, and what is true when an answer gets lost.
//!
//! Must not know: HTTP and sockets; the transport does.

use crate::{Download, KeeperFailure, KeeperResult, SendRead, wire};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt as _};
use gatelodge_model::{Error, ErrorKind, WhoMustAct};
use metrics::histogram;
use serde::de::DeserializeOwned;
use std::time::Instant;
use wire::{Method, Packet};

/// What is true of a call whose request left and whose answer did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfLost {
    /// The same call again does no harm: it is asked once more.
    AskAgain,
    /// The caller may try again; this side does not.
    Unavailable,
    /// It may have been done at a provider. It is never sent again.
    UnknownOutcome,
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// The request did not leave.
    #[error("the keeper was not reached: {0}")]
    NotSent(String),
    /// The request left, wholly or in part.
    #[error("the keeper's answer was lost: {0}")]
    Sent(String),
    /// The keeper is there and does not take the call, or breaks its answer off, and says why.
    #[error("{0}")]
    Refused(Error),
}

/// Bytes of an answer as they arrive; the error says why no more do. It ends only where the keeper said that it is
/// whole.
pub type Arriving = BoxStream<'static, Result<Bytes, Lost>>;

/// Carries packets to a keeper and back.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// One call: `Ok(Err(…))` is a packed failure. A transport that can bring a keeper back does so before it
    /// says [`Lost::NotSent`].
    ///
    /// # Errors
    /// [`Lost`], which says whether the request left.
    async fn exchange(
        &self,
        method: Method,
        packet: Packet,
    ) -> Result<Result<Packet, Packet>, Lost>;

    /// A call whose answer is a packet without bytes, followed by bytes that are handed on as they arrive.
    ///
    /// # Errors
    /// As [`Transport::exchange`].
    async fn stream(
        &self,
        method: Method,
        packet: Packet,
    ) -> Result<Result<(Packet, Arriving), Packet>, Lost>;
}

/// A keeper behind a transport.
pub struct RemoteKeeper<T>(T);

impl<T: Transport> RemoteKeeper<T> {
    /// The keeper that a transport leads to.
    pub const fn new(transport: T) -> Self {
        Self(transport)
    }

    /// What leads there.
    pub const fn transport(&self) -> &T {
        &self.0
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "only a duration is measured for a metric"
    )]
    pub(crate) async fn ask<R: DeserializeOwned>(
        &self,
        method: Method,
        packet: Packet,
    ) -> KeeperResult<R> {
        let begun = Instant::now();
        let result = self.ask_once_or_again(method, packet).await;
        measure(method, begun, result.as_ref().err());
        result
    }

    async fn ask_once_or_again<R: DeserializeOwned>(
        &self,
        method: Method,
        packet: Packet,
    ) -> KeeperResult<R> {
        let again = (method.if_lost == IfLost::AskAgain).then(|| packet.clone());
        let mut outcome = self.0.exchange(method, packet).await;
        if let (Err(Lost::Sent(cause)), Some(packet)) = (&outcome, again) {
            tracing::warn!(method = method.name, cause, "asking the keeper again");
            outcome = self.0.exchange(method, packet).await;
        }
        match outcome {
            Ok(Ok(packet)) => {
                wire::unpack(packet).map_err(|error| unreadable(method, error).into())
            }
            Ok(Err(packet)) => Err(wire::unpack(packet)?),
            Err(cause) => Err(unanswered(method, cause).into()),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "only a duration is measured for a metric"
    )]
    pub(crate) async fn ask_for_download(&self, call: SendRead) -> KeeperResult<Download> {
        let begun = Instant::now();
        let result = self.begin_download(call).await;
        measure(wire::DOWNLOAD, begun, result.as_ref().err());
        result
    }

    async fn begin_download(&self, call: SendRead) -> KeeperResult<Download> {
        let packet = wire::pack(&call)?;
        let (head, arriving) = match self.0.stream(wire::DOWNLOAD, packet).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(packet)) => return Err(wire::unpack(packet)?),
            Err(cause) => return Err(unanswered(wire::DOWNLOAD, cause).into()),
        };
        let wire::DownloadHead { status, headers } = wire::unpack(head)?;
        let body = arriving.map(|piece| piece.map_err(|cause| unanswered(wire::DOWNLOAD, cause)));
        Ok(Download {
            status,
            headers,
            body: body.boxed(),
        })
    }
}

/// How long a call took; of a download, until its head was there.
fn measure(method: Method, begun: Instant, failure: Option<&KeeperFailure>) {
    let outcome = failure.map_or("ok", |failure| failure.error.code());
    histogram!("gatelodge_keeper_call_seconds", "method" => method.name, "outcome" => outcome)
        .record(begun.elapsed().as_secs_f64());
}

fn unanswered(method: Method, cause: Lost) -> Error {
    match cause {
        Lost::NotSent(cause) => unavailable(&cause),
        Lost::Sent(cause) => lost(method, &cause),
        Lost::Refused(error) => error,
    }
}

/// The keeper cannot be asked now; nothing was done.
fn unavailable(cause: &str) -> Error {
    Error::new(
        ErrorKind::KeeperUnavailable,
        "The keeper of the keys cannot be reached at the moment. Nothing was sent.",
    )
    .with_context("cause", cause)
    .with_hint(
        WhoMustAct::Nobody,
        "Try again in a few seconds; a new keeper is started by itself.",
    )
}

/// The answer did not come, or cannot be read.
fn lost(method: Method, cause: &str) -> Error {
    if method.if_lost == IfLost::UnknownOutcome {
        return Error::new(
            ErrorKind::UnknownOutcome,
            "The keeper of the keys ended while it sent the change. Whether the provider did it is not known.",
        )
        .with_context("cause", cause);
    }
    Error::new(
        ErrorKind::KeeperUnavailable,
        "The keeper of the keys ended before it answered.",
    )
    .with_context("cause", cause)
    .with_hint(WhoMustAct::Nobody, "Try again in a few seconds.")
}

/// An answer of another shape came: of a write it says nothing about what happened.
fn unreadable(method: Method, error: Error) -> Error {
    if method.if_lost == IfLost::UnknownOutcome {
        return lost(method, "the keeper's answer cannot be read");
    }
    error
}
