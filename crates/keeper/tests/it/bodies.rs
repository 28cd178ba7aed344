//! Bodies of the played provider that come in pieces, and not always to their end.

use crate::server::Server;
use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures::{Stream, StreamExt as _, stream};
use std::{io, sync::atomic::Ordering, time::Duration};

/// A piece of the large body.
pub(crate) const PIECE: usize = 64 * 1024;

/// Pieces of the large body: 100 MiB in all.
pub(crate) const PIECES: usize = 1600;

/// How many bytes a body that is cut announces.
const ANNOUNCED: usize = 100_000;

/// Ten million bytes, packed into ten thousand.
const BOMB: &[u8] = include_bytes!("bomb.gz");

/// Between two bytes of a body that drips.
const DRIP: Duration = Duration::from_millis(5);

type Piece = Result<Bytes, io::Error>;

/// The body at a path below `/data`, for whoever sent this token.
pub(crate) fn at(server: &Server, path: &str, token: &str) -> Option<Response> {
    let (name, number) = path.rsplit_once('/').unwrap_or((path, ""));
    Some(match name {
        "hundred" => {
            let sent = server.sent.clone();
            parted(stream::iter(0..PIECES).map(move |_| {
                sent.fetch_add(PIECE, Ordering::SeqCst);
                Ok(Bytes::from(vec![b'x'; PIECE]))
            }))
        }
        "whole" => {
            let bytes = Bytes::from(vec![b'x'; number.parse().unwrap()]);
            ([(header::CONTENT_TYPE, "image/none")], bytes).into_response()
        }
        "cut" => {
            let some = vec![b'x'; number.parse().unwrap()];
            let cut = stream::iter([Ok(some.into()), Err(io::Error::other("cut"))]);
            ([(header::CONTENT_LENGTH, ANNOUNCED)], parted(cut)).into_response()
        }
        "bomb" => {
            let packed = stream::iter([Ok(Bytes::from_static(BOMB))]);
            ([(header::CONTENT_ENCODING, "gzip")], parted(packed)).into_response()
        }
        "endless" => {
            let piece = Bytes::from(vec![b'x'; PIECE]);
            parted(stream::repeat(piece).map(Ok))
        }
        "drip" => parted(stream::repeat(()).then(|()| async {
            tokio::time::sleep(DRIP).await;
            Ok(Bytes::from_static(b"x"))
        })),
        "stall" => {
            parted(stream::iter([Ok(Bytes::from_static(b"only this"))]).chain(stream::pending()))
        }
        // every piece waits for the test
        "rows/parted" => {
            let gate = server.call_gate.clone();
            let rows = "row\n".repeat(number.parse().unwrap());
            parted(stream::repeat(()).then(move |()| {
                let (gate, rows) = (gate.clone(), rows.clone());
                async move {
                    gate.acquire().await.unwrap().forget();
                    Ok(rows.into())
                }
            }))
        }
        "mirror" => {
            let (first, second) = token.split_at(token.len() / 2);
            let gate = server.call_gate.clone();
            let pieces = [format!("you sent {first}"), format!("{second}, did you?")];
            parted(stream::iter(pieces).then(move |piece| {
                let gate = gate.clone();
                async move {
                    gate.acquire().await.unwrap().forget();
                    Ok(piece.into())
                }
            }))
        }
        _ => return None,
    })
}

/// Not compressed, so that a byte is a byte and leaves at once.
fn parted(pieces: impl Stream<Item = Piece> + Send + 'static) -> Response {
    let kind = [(header::CONTENT_TYPE, "image/none")];
    (kind, Body::from_stream(pieces)).into_response()
}
