//! Bodies that arrive slowly, end too early or are not what they should be.
//!
//! Knows bytes only; when this happens is decided by the orders.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures::Stream;
use tokio::time::Sleep;

use super::answer;
use super::kind::Kind;
use crate::connection::Scissors;

/// Largest answer that is cut in half.
const LARGEST_HALVED: usize = 64 * 1024 * 1024;

/// How a body goes out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// Wait before each piece, and bytes of a piece.
    pub(super) pieces: Option<(Duration, usize)>,
    /// Bytes after which the connection is cut.
    pub(super) cut_at: Option<u64>,
}

/// The answer with a body that goes out at this pace.
pub(super) fn paced(response: Response, pace: Pace, scissors: Scissors) -> Response {
    let (mut parts, body) = response.into_parts();
    if body.is_end_stream() {
        if pace.cut_at.is_some() {
            scissors.cut();
        }
        return Response::from_parts(parts, body);
    }
    // The promise of a whole body is kept in the head, so that the client notices what is missing.
    if let Some(length) = body.size_hint().exact() {
        parts
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let stream = Paced {
        inner: body.into_data_stream(),
        waiting: Bytes::new(),
        pieces: pace.pieces,
        left: pace.cut_at,
        sleep: None,
        scissors,
    };
    Response::from_parts(parts, Body::from_stream(stream))
}

struct Paced {
    inner: BodyDataStream,
    waiting: Bytes,
    pieces: Option<(Duration, usize)>,
    left: Option<u64>,
    sleep: Option<Pin<Box<Sleep>>>,
    scissors: Scissors,
}

impl Stream for Paced {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.left == Some(0) {
            if this.scissors.is_cut() {
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
            }
            // While the body pauses, everything before it is written out; then the connection is cut.
            this.scissors.cut_when_flushed(context.waker());
            return Poll::Pending;
        }
        while this.waiting.is_empty() {
            match ready!(Pin::new(&mut this.inner).poll_next(context)) {
                Some(Ok(bytes)) => this.waiting = bytes,
                Some(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
                None => return Poll::Ready(None),
            }
        }
        let mut length = this.waiting.len();
        if let Some((wait, bytes)) = this.pieces {
            let sleep = this
                .sleep
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)));
            ready!(sleep.as_mut().poll(context));
            this.sleep = None;
            length = length.min(bytes);
        }
        if let Some(left) = &mut this.left {
            length = length.min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= length as u64;
        }
        Poll::Ready(Some(Ok(this.waiting.split_to(length))))
    }
}

/// The answer, spoilt as ordered.
pub(super) async fn garbled(response: Response, kind: Kind) -> Response {
    let html = HeaderValue::from_static("text/html;charset=UTF-8");
    match kind {
        Kind::WrongContentType => {
            let mut response = response;
            response.headers_mut().insert(header::CONTENT_TYPE, html);
            response
        }
        Kind::HtmlBody => {
            let text = answer::page("Please wait", "Your request is being processed.");
            answer::answer(StatusCode::OK, "text/html;charset=UTF-8", text)
        }
        Kind::TruncatedBody => {
            let (mut parts, body) = response.into_parts();
            let bytes = to_bytes(body, LARGEST_HALVED).await.unwrap_or_default();
            parts.headers.remove(header::CONTENT_LENGTH);
            let half = bytes.slice(..bytes.len() / 2);
            Response::from_parts(parts, Body::from(half))
        }
        _ => response,
    }
}
