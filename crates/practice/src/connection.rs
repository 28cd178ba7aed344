//! Connections that can be cut on order, so that a client sees a lost answer and not a polite error.
//!
//! Knows bytes only; when to cut is decided by the faults.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::http::Request;
use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower::Service;

/// Cuts the connection of a request; found among the extensions of the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scissors(Arc<AtomicBool>);

impl Scissors {
    /// From now on nothing is read or written any more.
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

/// Gives each connection its scissors, below TLS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CuttableAcceptor;

impl<S> Accept<TcpStream, S> for CuttableAcceptor {
    type Stream = CuttableStream;
    type Service = WithScissors<S>;
    type Future = Ready<io::Result<(CuttableStream, WithScissors<S>)>>;

    fn accept(&self, stream: TcpStream, inner: S) -> Self::Future {
        let scissors = Scissors::default();
        let nodelay = stream.set_nodelay(true);
        let stream = CuttableStream {
            inner: stream,
            scissors: scissors.clone(),
        };
        ready(nodelay.map(|()| (stream, WithScissors { inner, scissors })))
    }
}

/// A stream that fails after the cut.
#[derive(Debug)]
pub(crate) struct CuttableStream {
    inner: TcpStream,
    scissors: Scissors,
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.scissors.check()?;
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.scissors.check()?;
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.scissors.check()?;
        Pin::new(&mut self.inner).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.scissors.check()?;
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

/// Adds the scissors of the connection to every request on it.
#[derive(Clone, Debug)]
pub(crate) struct WithScissors<S> {
    inner: S,
    scissors: Scissors,
}

impl<S, B> Service<Request<B>> for WithScissors<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(self.scissors.clone());
        self.inner.call(request)
    }
}
