//! Connections that can be cut on order, so that a client sees a lost answer and not a polite error.
//!
//! Knows bytes only; when to cut is decided by the faults.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use axum::http::Request;
use axum_server::accept::Accept;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower::Service;

/// Cuts the connection of a request; found among the extensions of the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scissors(Arc<Blades>);

#[derive(Debug, Default)]
struct Blades {
    cut: AtomicBool,
    /// Who waits for the cut that follows the next flush.
    waiting: Mutex<Option<Waker>>,
}

impl Scissors {
    /// From now on nothing is read or written any more.
    pub(crate) fn cut(&self) {
        self.0.cut.store(true, Ordering::SeqCst);
    }

    /// Cuts as soon as everything that was written so far has gone out, and then wakes.
    pub(crate) fn cut_when_flushed(&self, waker: &Waker) {
        *self.waiting() = Some(waker.clone());
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::SeqCst)
    }

    fn flushed(&self) {
        if let Some(waker) = self.waiting().take() {
            self.cut();
            waker.wake();
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Option<Waker>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> io::Result<()> {
        if self.is_cut() {
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
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.scissors.flushed();
        }
        flushed
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
