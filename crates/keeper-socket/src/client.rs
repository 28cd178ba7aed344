//! The web role's end: sends packets, keeps connections open, and has a keeper brought back when there is none.
//!
//! Must not know: how a keeper is started; [`Revive`] does.

use crate::{
    Greeting,
    frame::{self, Pieces, VERSION},
    greeting::PROTOCOL,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt as _};
use gatelodge_keeper_client::{
    Arriving, Lost, RemoteKeeper, Transport,
    wire::{self, Method as Named, Packet},
};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use std::{
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{net::UnixStream, sync::Mutex};
use tower::Service;

/// The longest answer: what the egress guard lets through, and a head.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The longest head of an answer that is streamed.
const HEAD_BYTES: usize = 256 * 1024;

/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(50);

/// Between two tries to have a keeper brought back while nobody asks for one.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// A keeper behind a socket.
pub type SocketKeeper = RemoteKeeper<SocketTransport>;

/// Makes sure that a keeper of this build listens.
#[async_trait]
pub trait Revive: Send + Sync + 'static {
    /// Returns when one listens. Called by one caller at a time.
    ///
    /// # Errors
    /// Why none does, for the log.
    async fn revive(&self) -> Result<(), String>;
}

/// Carries packets to the keeper behind a socket.
pub struct SocketTransport {
    client: Client<Connector, Pieces>,
    revive: Option<Arc<dyn Revive>>,
    /// Held while a keeper is brought back; counts how often one was.
    revived: Mutex<u64>,
}

impl SocketTransport {
    /// To the keeper behind this path. Without `revive`, a missing keeper stays missing.
    pub fn new(path: &Path, revive: Option<Arc<dyn Revive>>) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(Connector(path.into()));
        Self {
            client,
            revive,
            revived: Mutex::new(0),
        }
    }

    /// Asks who is there.
    ///
    /// # Errors
    /// [`Lost`] when nobody answers.
    pub async fn hello(&self) -> Result<Greeting, Lost> {
        let answer = self.send(Method::GET, "hello", Packet::default()).await?;
        let packet = received(answer)
            .await?
            .map_err(|_| Lost::Sent("no greeting".to_owned()))?;
        wire::unpack(packet).map_err(|error| Lost::Sent(error.to_string()))
    }

    /// Asks a keeper of another build to finish its work and end.
    ///
    /// # Errors
    /// [`Lost`] when nobody answers.
    pub async fn ask_to_end(&self) -> Result<(), Lost> {
        let answer = self.send(Method::POST, "drain", Packet::default()).await?;
        received(answer).await.map(drop)
    }

    /// Stays connected, so that the keeper knows that somebody is there, and has one brought back as soon as it
    /// ends, so that what it left open is recovered at once. Runs until it is dropped.
    pub async fn stay(&self) {
        loop {
            let seen = *self.revived.lock().await;
            if let Ok(mut open) = self.send(Method::GET, "presence", Packet::default()).await {
                while let Some(Ok(_)) = open.body_mut().frame().await {}
                tracing::info!("the keeper ended");
            }
            if let Err(cause) = self.bring_back(seen).await {
                tracing::warn!(cause, "there is no keeper");
                tokio::time::sleep(TRY_AGAIN).await;
            }
        }
    }

    /// Has a keeper brought back, unless somebody did since `seen` was read.
    async fn bring_back(&self, seen: u64) -> Result<(), String> {
        let Some(revive) = &self.revive else {
            return Err("nothing here may start one".to_owned());
        };
        let mut revived = self.revived.lock().await;
        if *revived == seen {
            revive.revive().await?;
            *revived += 1;
        }
        Ok(())
    }

    /// Sends a call; where no keeper listens, has one brought back first.
    async fn ask(&self, method: Named, packet: Packet) -> Result<Response<Incoming>, Lost> {
        let seen = *self.revived.lock().await;
        match self.send(Method::POST, method.name, packet.clone()).await {
            Err(Lost::NotSent(cause)) => {
                self.bring_back(seen)
                    .await
                    .map_err(|why| Lost::NotSent(format!("{cause}; {why}")))?;
                self.send(Method::POST, method.name, packet).await
            }
            other => other,
        }
    }

    async fn send(
        &self,
        method: Method,
        name: &str,
        packet: Packet,
    ) -> Result<Response<Incoming>, Lost> {
        // Nobody resolves this host: the connector knows the path.
        let uri: Uri = format!("http://keeper/v1/{name}")
            .parse()
            .map_err(|_| Lost::NotSent("the method's name is no path".to_owned()))?;
        let mut request = Request::new(Pieces::none());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(VERSION, HeaderValue::from(PROTOCOL));
        frame::take_ends(headers);
        frame::describe(headers, &packet);
        *request.body_mut() = Pieces::of(packet);
        self.client.request(request).await.map_err(|error| {
            let cause = innermost(&error);
            if error.is_connect() {
                Lost::NotSent(cause)
            } else {
                Lost::Sent(cause)
            }
        })
    }
}

/// The packet of an answer; `Err` holds a packed failure.
async fn received(answer: Response<Incoming>) -> Result<Result<Packet, Packet>, Lost> {
    let (parts, body) = answer.into_parts();
    let packet = frame::read(&parts.headers, body, ANSWER_BYTES)
        .await
        .map_err(|cause| Lost::Sent(cause.to_string()))?;
    Ok(if parts.status == StatusCode::OK {
        Ok(packet)
    } else {
        Err(packet)
    })
}

#[async_trait]
impl Transport for SocketTransport {
    async fn exchange(
        &self,
        method: Named,
        packet: Packet,
    ) -> Result<Result<Packet, Packet>, Lost> {
        received(self.ask(method, packet).await?).await
    }

    async fn stream(
        &self,
        method: Named,
        packet: Packet,
    ) -> Result<Result<(Packet, Arriving), Packet>, Lost> {
        let answer = self.ask(method, packet).await?;
        if answer.status() != StatusCode::OK {
            let failure = received(answer).await?;
            return Ok(failure.and_then(Err));
        }
        let (parts, mut body) = answer.into_parts();
        let (head, begun) = frame::read_head(&parts.headers, &mut body, HEAD_BYTES)
            .await
            .map_err(|cause| Lost::Sent(cause.to_string()))?;
        let begun = stream::iter((!begun.is_empty()).then_some(Ok(begun)));
        Ok(Ok((head, begun.chain(rest(body)).boxed())))
    }
}

/// The pieces of a streamed body, and its end.
fn rest(body: Incoming) -> impl Stream<Item = Result<Bytes, Lost>> + Send {
    stream::unfold(Some(body), async |body| {
        let mut body = body?;
        let lost = match body.frame().await {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(piece) => return Some((Ok(piece), Some(body))),
                Err(frame) => frame::ended(frame.trailers_ref()?)?,
            },
            Some(Err(cause)) => Lost::Sent(innermost(&cause)),
            None => Lost::Sent("it broke off".to_owned()),
        };
        Some((Err(lost), None))
    })
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Connects to the socket, whatever host an address names.
#[derive(Clone)]
struct Connector(Arc<Path>);

impl Service<Uri> for Connector {
    type Response = TokioIo<UnixStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<UnixStream>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let path: PathBuf = self.0.to_path_buf();
        Box::pin(async move { UnixStream::connect(path).await.map(TokioIo::new) })
    }
}
