//! Calls that go as they should: answers, failures, large bodies, presence.

use crate::played::{LONG, Part, Played, a_read, a_seal, a_sealed_id};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use gatelodge_keeper_client::{
    Keeper as _, KeeperFailure, Lost,
    wire::{self, Answer, DownloadHead, Packet},
};
use gatelodge_model::{AttentionReason, Error, ErrorKind};
use gatelodge_provider::ProviderResponse;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

fn response(bytes: usize) -> ProviderResponse {
    ProviderResponse {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/csv".to_owned())],
        body: vec![b'x'; bytes].into(),
    }
}

fn answer(bytes: usize) -> Packet {
    wire::pack(&Answer::from(response(bytes))).unwrap()
}

#[tokio::test]
async fn an_answer_comes_as_it_was_given_whatever_its_length() {
    for bytes in [0, 1, 100_000, 10_000_000] {
        let played = Played::begin(Part::answering(move |_| Ok(answer(bytes))));
        let got = played.client().read(a_read()).await.unwrap();
        assert_eq!(got, response(bytes));
    }
}

#[tokio::test]
async fn a_failure_comes_with_everything_that_it_says() {
    let failure = KeeperFailure {
        error: Error::new(ErrorKind::ReconnectNeeded, "The grant ended.")
            .with_context("cause", "invalid_grant"),
        attention: Some(AttentionReason::GrantEnded),
    };
    let given = failure.clone();
    let played = Played::begin(Part::answering(move |_| {
        wire::pack_result::<()>(Err(given.clone()))
    }));
    assert_eq!(played.client().read(a_read()).await.unwrap_err(), failure);
}

#[tokio::test]
async fn bytes_go_in_as_they_are() {
    let played = Played::begin(Part::answering(|_| Ok(wire::pack(&a_sealed_id()).unwrap())));
    let sealed = played.client().seal(a_seal(vec![0xFF; 300_000])).await;
    assert_eq!(sealed.unwrap(), a_sealed_id());
}

#[tokio::test]
async fn a_download_is_handed_on_while_it_arrives() {
    let (sender, receiver) = mpsc::channel::<Result<Bytes, Lost>>(1);
    let receiver = std::sync::Mutex::new(Some(receiver));
    let head = DownloadHead {
        status: 200,
        headers: Vec::new(),
    };
    let head = wire::pack(&head).unwrap();
    let mut part = Part::answering(move |_| Ok(head.clone()));
    part.streams = Some(Box::new(move || {
        let receiver = receiver.lock().unwrap().take().unwrap();
        stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|piece| (piece, receiver))
        })
        .boxed()
    }));
    let played = Played::begin(part);
    let client = played.client();
    let mut download = client.download(a_read()).await.unwrap();
    assert_eq!(download.status, 200);
    // the first piece is here before the second one exists
    sender.send(Ok(Bytes::from_static(b"first"))).await.unwrap();
    assert_eq!(download.body.next().await.unwrap().unwrap(), "first");
    sender
        .send(Ok(Bytes::from_static(b"second")))
        .await
        .unwrap();
    assert_eq!(download.body.next().await.unwrap().unwrap(), "second");
    // a body that breaks off says why, and is never taken for a whole one
    let why = Error::new(ErrorKind::BudgetExceeded, "Zu viel – genug für heute.");
    sender.send(Err(Lost::Refused(why.clone()))).await.unwrap();
    assert_eq!(download.body.next().await.unwrap().unwrap_err(), why);
    assert!(download.body.next().await.is_none());
}

#[tokio::test]
async fn a_download_without_its_end_is_an_error() {
    // the keeper dies in the middle, or cannot say what happened
    let part =
        streaming(|| stream::iter([Ok(Bytes::from_static(b"part"))]).chain(stream::pending()));
    let played = Played::begin(part);
    let mut download = played.client().download(a_read()).await.unwrap();
    assert_eq!(download.body.next().await.unwrap().unwrap(), "part");
    played.kill().await;
    let broken = download.body.next().await.unwrap().unwrap_err();
    assert_eq!(broken.kind(), ErrorKind::KeeperUnavailable);

    // too long to be told: then there is no end
    let long = || Error::new(ErrorKind::ProviderUnavailable, "x".repeat(20_000));
    let begin = || stream::iter([Ok(Bytes::from_static(b"part"))]);
    let part = streaming(move || begin().chain(stream::iter([Err(Lost::Refused(long()))])));
    let played = Played::begin(part);
    let broken = match played.client().download(a_read()).await {
        Ok(mut download) => loop {
            if let Err(error) = download.body.next().await.unwrap() {
                break error;
            }
        },
        Err(failure) => failure.error,
    };
    assert_eq!(broken.kind(), ErrorKind::KeeperUnavailable);
}

#[tokio::test]
async fn a_download_that_nobody_takes_waits() {
    const PIECE: usize = 64 * 1024;
    const PIECES: usize = 100 * 1024 * 1024 / PIECE;
    let begun = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&begun);
    let part = streaming(move || {
        let counted = Arc::clone(&counted);
        stream::iter(0..PIECES).map(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(Bytes::from(vec![b'x'; PIECE]))
        })
    });
    let played = Played::begin(part);
    let mut download = played.client().download(a_read()).await.unwrap();
    let mut taken = 0;
    while let Some(piece) = download.body.next().await {
        taken += piece.unwrap().len();
        let ahead = begun.load(Ordering::SeqCst) * PIECE - taken;
        assert!(
            ahead <= 4 * 1024 * 1024,
            "{ahead} bytes are held on the way"
        );
    }
    assert_eq!(taken, PIECES * PIECE, "100 MB arrive");
}

/// A keeper whose downloads have this body.
fn streaming<S>(body: impl Fn() -> S + Send + Sync + 'static) -> Part
where
    S: Stream<Item = Result<Bytes, Lost>> + Send + 'static,
{
    let head = DownloadHead {
        status: 200,
        headers: Vec::new(),
    };
    let head = wire::pack(&head).unwrap();
    let mut part = Part::answering(move |_| Ok(head.clone()));
    part.streams = Some(Box::new(move || body().boxed()));
    part
}

#[tokio::test]
async fn whoever_is_connected_counts_and_hears_of_the_end() {
    let played = Played::begin(Part::answering(|_| Ok(answer(1))));
    let client = played.client();
    let staying = tokio::spawn(async move { client.transport().stay().await });
    played.life.visited().await;
    assert_eq!(played.life.clients(), 1);
    played.life.end(LONG);
    // nothing is under way, so the end does not take its time: staying connected is no work
    played.life.abandoned(Duration::ZERO).await;
    staying.abort();
    let served = played.served.lock().unwrap().take().unwrap();
    served.await.unwrap();
    assert!(!played.path().exists(), "nobody new is let in");
}
