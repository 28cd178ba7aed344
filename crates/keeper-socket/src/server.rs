//! The keeper's end: lets in whom the kernel vouches for, reads a packet, has it done, sends the answer.
//!
//! Must not know: methods by name; the table of the contract does.

use crate::{
    Door, Greeting, Life, Peers,
    frame::{self, FrameError, Pieces, VERSION},
    gather::gathered,
    greeting::PROTOCOL,
};
use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _, stream};
use gatelodge_keeper_client::{
    Keeper, KeeperResult,
    wire::{self, Packet},
};
use gatelodge_model::{Error, ErrorKind, WhoMustAct};
use http::{Method, Request, Response, StatusCode};
use hyper::{
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{net::UnixStream, task::JoinSet};

/// How long the head of a request may take to arrive once its connection is open.
const HEADERS: Duration = Duration::from_mins(1);

/// How long work may last when a keeper of another build waits: longer than any call to a provider.
const REPLACED: Duration = Duration::from_mins(1);

/// Room for what a client did not read yet; the system gives up to its own limit. With more, large answers wait less
/// for their reader.
const ROOM: usize = 1024 * 1024;

/// After a refused connection the system may need a moment, such as when descriptors ran out.
const PAUSE: Duration = Duration::from_millis(50);

/// On which terms the socket is served.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Who is let in.
    pub peers: Peers,
    /// What is said about this process.
    pub greeting: Greeting,
    /// The longest request.
    pub request_bytes: usize,
}

/// What every connection needs.
struct Shared {
    keeper: Arc<dyn Keeper>,
    terms: Terms,
    life: Life,
}

/// Serves until the end is asked for through `life`; then closes the socket at once, lets work under way be
/// finished for a while, and returns.
pub async fn serve(door: Door, keeper: Arc<dyn Keeper>, terms: Terms, life: Life) {
    let shared = Arc::new(Shared {
        keeper,
        terms,
        life,
    });
    let mut connections = JoinSet::new();
    let mut ending = std::pin::pin!(shared.life.ending());
    loop {
        let accepted = tokio::select! {
            _ = &mut ending => break,
            accepted = door.listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, _)) => match shared.terms.peers.check(&stream) {
                Ok(()) => {
                    // It works with less room, only slower.
                    let _ = sockopt::set_socket_send_buffer_size(&stream, ROOM);
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                }
                Err(refused) => tracing::warn!(%refused, "a connection was refused"),
            },
            Err(cause) => {
                tracing::warn!(%cause, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(door);
    let finished = async { while connections.join_next().await.is_some() {} };
    tokio::select! {
        () = finished => {}
        () = shared.life.patience_over() => {
            tracing::warn!("calls were still under way when the keeper ended");
        }
    }
}

async fn connection(stream: UnixStream, shared: Arc<Shared>) {
    let _client = shared.life.client();
    let service =
        service_fn(|request| answer(Arc::clone(&shared), request).map(Ok::<_, Infallible>));
    let mut serving = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .serve_connection(TokioIo::new(stream), service)
    );
    let served = tokio::select! {
        served = &mut serving => served,
        _ = shared.life.ending() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(cause) = served {
        tracing::debug!(%cause, "a client's connection broke");
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Pieces> {
    let (parts, body) = request.into_parts();
    match (&parts.method, parts.uri.path()) {
        (&Method::GET, "/v1/hello") => return result(Ok(shared.terms.greeting.clone())),
        (&Method::GET, "/v1/presence") => return presence(&shared),
        (&Method::POST, "/v1/drain") => {
            tracing::info!("another build asked this keeper to end");
            shared.life.end(REPLACED);
            return result(Ok(()));
        }
        _ => {}
    }
    let name = match parts.uri.path().strip_prefix("/v1/") {
        Some(name) if parts.method == Method::POST => name.to_owned(),
        _ => return refusal(StatusCode::NOT_FOUND, unknown(parts.uri.path())),
    };
    let version = parts
        .headers
        .get(VERSION)
        .and_then(|text| text.to_str().ok());
    if version.and_then(|text| text.parse().ok()) != Some(PROTOCOL) {
        return refusal(StatusCode::BAD_REQUEST, other_protocol());
    }
    let packet = match frame::read(&parts.headers, body, shared.terms.request_bytes).await {
        Ok(packet) => packet,
        Err(cause) => return refusal(status(&cause), unreadable(&cause)),
    };
    if name == wire::DOWNLOAD.name {
        return match wire::dispatch_download(shared.keeper.as_ref(), packet).await {
            Ok(streamed) => streaming(streamed),
            Err(failure) => packed(Err(failure)),
        };
    }
    match wire::dispatch(shared.keeper.as_ref(), &name, packet).await {
        Some(outcome) => packed(outcome),
        None => refusal(StatusCode::NOT_FOUND, unknown(&name)),
    }
}

/// A body that stays open until the keeper ends: whoever reads it learns of that at once, however it ends.
fn presence(shared: &Arc<Shared>) -> Response<Pieces> {
    let life = shared.life.clone();
    let open = async move {
        life.ending().await;
        Ok(Frame::data(Bytes::new()))
    };
    let body = Pieces::of(Packet::arrived(Bytes::from_static(b"\n"), Bytes::new()))
        .followed_by(stream::once(open).boxed());
    Response::new(body)
}

/// The head, then the body piece by piece, then the word that it is whole, or why it is not: no part is ever taken
/// for the whole.
fn streaming((head, body): wire::Streamed) -> Response<Pieces> {
    let mut response = Response::new(Pieces::none());
    frame::describe_streamed(response.headers_mut(), &head);
    let body = gathered(body).boxed();
    let frames = stream::unfold(Some(body), async |body| {
        let mut body = body?;
        Some(match body.next().await {
            Some(Ok(piece)) => (Ok(Frame::data(piece)), Some(body)),
            Some(Err(error)) => {
                tracing::warn!(%error, "a download broke off");
                (frame::end(Some(error)), None)
            }
            None => (frame::end(None), None),
        })
    });
    *response.body_mut() = Pieces::of(head).followed_by(frames.boxed());
    response
}

fn result<T: serde::Serialize>(result: KeeperResult<T>) -> Response<Pieces> {
    packed(wire::pack_result(result))
}

fn packed(outcome: Result<Packet, Packet>) -> Response<Pieces> {
    let (status, packet) = match outcome {
        Ok(packet) => (StatusCode::OK, packet),
        Err(packet) => (StatusCode::UNPROCESSABLE_ENTITY, packet),
    };
    let mut response = Response::new(Pieces::none());
    *response.status_mut() = status;
    frame::describe(response.headers_mut(), &packet);
    *response.body_mut() = Pieces::of(packet);
    response
}

fn refusal(status: StatusCode, error: Error) -> Response<Pieces> {
    let mut response = result::<()>(Err(error.into()));
    *response.status_mut() = status;
    response
}

fn status(cause: &FrameError) -> StatusCode {
    match cause {
        FrameError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        FrameError::Broken(_) | FrameError::Head => StatusCode::BAD_REQUEST,
    }
}

fn unreadable(cause: &FrameError) -> Error {
    let kind = match cause {
        FrameError::TooLarge(_) => ErrorKind::InvalidArgument,
        FrameError::Broken(_) | FrameError::Head => ErrorKind::Internal,
    };
    Error::new(
        kind,
        format!("The keeper did not take the request: {cause}."),
    )
}

fn unknown(what: &str) -> Error {
    let what: String = what.chars().take(80).collect();
    Error::internal("the keeper does not know this method").with_context("method", what)
}

fn other_protocol() -> Error {
    Error::new(
        ErrorKind::Misconfigured,
        "Hub and keeper are of different versions.",
    )
    .with_hint(
        WhoMustAct::Operator,
        "Restart both with the same version of Gatelodge.",
    )
}
