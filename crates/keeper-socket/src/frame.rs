//! A packet as the body of an HTTP message: the head, then the raw bytes, one behind the other.
//!
//! Where there are raw bytes, a header says how long the head is; without it the whole body is the head. Nothing
//! is encoded twice and nothing is copied to be sent. Must not know: what is inside.

use bytes::{Bytes, BytesMut};
use futures::stream::{BoxStream, StreamExt as _};
use gatelodge_keeper_client::{
    KeeperFailure, Lost,
    wire::{self, Packet},
};
use gatelodge_model::Error;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_TYPE, TE, TRAILER},
};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll},
};

/// Names the length of the head.
pub(crate) const HEAD: HeaderName = HeaderName::from_static("gatelodge-head");

/// Names the protocol, in each request.
pub(crate) const VERSION: HeaderName = HeaderName::from_static("gatelodge-protocol");

/// Says at the end of a streamed body that it is whole. A body without it, or without [`FAILURE`], broke off.
const WHOLE: HeaderName = HeaderName::from_static("gatelodge-whole");

/// Holds at the end of a streamed body the packed failure that ended it.
const FAILURE: HeaderName = HeaderName::from_static("gatelodge-failure");

/// Both, as they are announced.
const ENDS: &str = "gatelodge-whole, gatelodge-failure";

/// The longest failure at the end of a body: half of what hyper reads there.
const FAILURE_BYTES: usize = 8 * 1024;

/// What follows the pieces that are there.
pub(crate) type Coming = BoxStream<'static, io::Result<Frame<Bytes>>>;

/// A body: pieces that are there, then those that come.
pub(crate) struct Pieces {
    ready: VecDeque<Bytes>,
    coming: Option<Coming>,
}

impl Pieces {
    pub(crate) fn none() -> Self {
        Self {
            ready: VecDeque::new(),
            coming: None,
        }
    }

    pub(crate) fn of(packet: Packet) -> Self {
        let Packet { head, beside } = packet;
        let all = std::iter::once(head).chain(beside);
        Self {
            ready: all.filter(|piece| !piece.is_empty()).collect(),
            coming: None,
        }
    }

    pub(crate) fn followed_by(mut self, coming: Coming) -> Self {
        self.coming = Some(coming);
        self
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(piece) = self.ready.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match &mut self.coming {
            Some(coming) => coming.poll_next_unpin(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_empty() && self.coming.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let ready = self.ready.iter().map(Bytes::len).sum::<usize>() as u64;
        if self.coming.is_none() {
            return SizeHint::with_exact(ready);
        }
        let mut hint = SizeHint::new();
        hint.set_lower(ready);
        hint
    }
}

/// The headers of a packet.
pub(crate) fn describe(headers: &mut HeaderMap, packet: &Packet) {
    let kind = if packet.bytes_beside() == 0 {
        "application/json"
    } else {
        headers.insert(HEAD, HeaderValue::from(packet.head.len()));
        "application/octet-stream"
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
}

/// The headers of a packet that bytes follow.
pub(crate) fn describe_streamed(headers: &mut HeaderMap, head: &Packet) {
    headers.insert(HEAD, HeaderValue::from(head.head.len()));
    headers.insert(TRAILER, HeaderValue::from_static(ENDS));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
}

/// Allows ends of bodies to be sent.
pub(crate) fn take_ends(headers: &mut HeaderMap) {
    headers.insert(TE, HeaderValue::from_static("trailers"));
}

/// The end of a streamed body: it is whole, or why it is not.
///
/// # Errors
/// For a failure that does not fit; the body then breaks off without a word.
pub(crate) fn end(failure: Option<Error>) -> io::Result<Frame<Bytes>> {
    let mut trailers = HeaderMap::new();
    let Some(error) = failure else {
        trailers.insert(WHOLE, HeaderValue::from_static("1"));
        return Ok(Frame::trailers(trailers));
    };
    let (Ok(packet) | Err(packet)) = wire::pack_result::<()>(Err(error.into()));
    let value = HeaderValue::from_bytes(&packet.head)
        .ok()
        .filter(|value| value.len() <= FAILURE_BYTES)
        .ok_or_else(|| io::Error::other("its failure cannot be told"))?;
    trailers.insert(FAILURE, value);
    Ok(Frame::trailers(trailers))
}

/// What the end of a streamed body says; none where it is whole.
pub(crate) fn ended(trailers: &HeaderMap) -> Option<Lost> {
    if trailers.contains_key(WHOLE) {
        return None;
    }
    let failure = trailers.get(FAILURE).map(|value| {
        let head = Bytes::copy_from_slice(value.as_bytes());
        wire::unpack::<KeeperFailure>(Packet::arrived(head, Bytes::new()))
    });
    Some(match failure {
        Some(Ok(failure)) => Lost::Refused(failure.error),
        Some(Err(error)) => Lost::Sent(error.to_string()),
        None => Lost::Sent("its end says nothing".to_owned()),
    })
}

/// Reads the head of a packet; what arrived behind it already is given with it, the rest stays in the body.
pub(crate) async fn read_head<B>(
    headers: &HeaderMap,
    body: &mut B,
    limit: usize,
) -> Result<(Packet, Bytes), FrameError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let length = head_length(headers).ok_or(FrameError::Head)?;
    if length > limit {
        return Err(FrameError::TooLarge(limit));
    }
    let mut begun = BytesMut::new();
    while begun.len() < length {
        let frame = body.frame().await.ok_or(FrameError::Head)?;
        let frame = frame.map_err(|cause| FrameError::Broken(cause.to_string()))?;
        if let Ok(piece) = frame.into_data() {
            begun.extend_from_slice(&piece);
        }
    }
    let mut begun = begun.freeze();
    let head = begun.split_to(length);
    Ok((Packet::arrived(head, Bytes::new()), begun))
}

fn head_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(HEAD)?.to_str().ok()?.parse().ok()
}

/// Why a body is no packet.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("the message is longer than {0} bytes")]
    TooLarge(usize),
    #[error("the message broke off: {0}")]
    Broken(String),
    #[error("the head's length does not fit the message")]
    Head,
}

/// Reads a packet of at most `limit` bytes.
pub(crate) async fn read<B>(
    headers: &HeaderMap,
    body: B,
    limit: usize,
) -> Result<Packet, FrameError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let mut whole = collect(body, limit).await?;
    if !headers.contains_key(HEAD) {
        return Ok(Packet::arrived(whole, Bytes::new()));
    }
    let length = head_length(headers)
        .filter(|length| *length <= whole.len())
        .ok_or(FrameError::Head)?;
    let head = whole.split_to(length);
    Ok(Packet::arrived(head, whole))
}

/// The body in one piece. A body that came in one is not copied.
async fn collect<B>(mut body: B, limit: usize) -> Result<Bytes, FrameError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Err(FrameError::TooLarge(limit));
    }
    let mut first: Option<Bytes> = None;
    let mut all: Option<BytesMut> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|cause| FrameError::Broken(cause.to_string()))?;
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        let so_far = all
            .as_ref()
            .map_or_else(|| first.as_ref().map_or(0, Bytes::len), BytesMut::len);
        if so_far + piece.len() > limit {
            return Err(FrameError::TooLarge(limit));
        }
        match (&mut all, first.take()) {
            (Some(all), _) => all.extend_from_slice(&piece),
            (None, None) => first = Some(piece),
            (None, Some(before)) => {
                let capacity = usize::try_from(announced).unwrap_or(0);
                let mut joined = BytesMut::with_capacity(capacity.max(before.len() + piece.len()));
                joined.extend_from_slice(&before);
                joined.extend_from_slice(&piece);
                all = Some(joined);
            }
        }
    }
    Ok(match all {
        Some(all) => all.freeze(),
        None => first.unwrap_or_default(),
    })
}
