//! Pieces of a large body go on several at once: a provider's answer arrives in records of TLS, 16 KiB each, and
//! waking the reader for each of them costs more than carrying it.
//!
//! A piece waits at most [`PATIENCE`] for others, so that a slow answer comes as it is. Must not know: what the pieces
//! are of.

use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt as _};
use std::{collections::VecDeque, time::Duration};
use tokio::time::{Instant, timeout_at};

/// So much is waited for.
const ENOUGH: usize = 128 * 1024;

/// For so long.
const PATIENCE: Duration = Duration::from_millis(2);

struct Gathering<E> {
    coming: BoxStream<'static, Result<Bytes, E>>,
    held: VecDeque<Result<Bytes, E>>,
    over: bool,
}

/// The same pieces in the same order, ready in lots.
pub(crate) fn gathered<E: Send + 'static>(
    coming: BoxStream<'static, Result<Bytes, E>>,
) -> impl Stream<Item = Result<Bytes, E>> + Send {
    let gathering = Gathering {
        coming,
        held: VecDeque::new(),
        over: false,
    };
    futures::stream::unfold(gathering, async |mut gathering| {
        if gathering.held.is_empty() && !gathering.over {
            gathering.fill().await;
        }
        let piece = gathering.held.pop_front()?;
        Some((piece, gathering))
    })
}

impl<E> Gathering<E> {
    async fn fill(&mut self) {
        let mut next = self.coming.next().await;
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = 0;
        loop {
            match next {
                Some(Ok(piece)) => {
                    bytes += piece.len();
                    self.held.push_back(Ok(piece));
                }
                // Nothing more comes after an error.
                Some(Err(error)) => {
                    self.held.push_back(Err(error));
                    self.over = true;
                }
                None => self.over = true,
            }
            if self.over || bytes >= ENOUGH {
                return;
            }
            let Ok(more) = timeout_at(deadline, self.coming.next()).await else {
                return;
            };
            next = more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt as _, channel::mpsc, stream};

    #[tokio::test]
    async fn pieces_keep_their_order_and_an_error_ends_them() {
        let small = (0..=255_u8).map(|byte| Ok(Bytes::from(vec![byte; 1000])));
        let coming = small.chain([Err("broke off"), Ok(Bytes::new())]);
        let all: Vec<_> = gathered(stream::iter(coming).boxed()).collect().await;
        assert_eq!(all.len(), 257);
        for (number, piece) in all[..256].iter().enumerate() {
            assert_eq!(piece.as_ref().unwrap()[0], u8::try_from(number).unwrap());
        }
        assert_eq!(all[256], Err("broke off"));
    }

    #[tokio::test]
    async fn a_piece_of_a_slow_answer_does_not_wait_for_the_next() {
        let (sender, receiver) = mpsc::unbounded::<Result<Bytes, ()>>();
        let mut lots = Box::pin(gathered(receiver.boxed()));
        sender
            .unbounded_send(Ok(Bytes::from_static(b"one")))
            .unwrap();
        assert_eq!(lots.next().await, Some(Ok(Bytes::from_static(b"one"))));
        assert_eq!(lots.next().now_or_never(), None, "nothing came since");
        sender
            .unbounded_send(Ok(Bytes::from_static(b"two")))
            .unwrap();
        drop(sender);
        assert_eq!(lots.next().await, Some(Ok(Bytes::from_static(b"two"))));
        assert_eq!(lots.next().await, None);
    }
}
