//! A keeper that dies in the middle: what the caller is told, and what is never sent twice.

use crate::played::{LONG, Part, Played, a_read, a_seal, a_sealed_id, a_write};
use gatelodge_keeper_client::{Keeper as _, KeeperResult, wire};
use gatelodge_model::{ErrorKind, Retry};
use std::sync::{Arc, atomic::Ordering};
use tokio::sync::Notify;

fn holding() -> Part {
    let mut part = Part::answering(|_| Ok(wire::pack(&a_sealed_id()).unwrap()));
    part.hold = Some(Notify::new());
    part
}

/// Kills the keeper while a call is in its hands.
async fn killed_during<T>(
    played: &Played,
    call: impl Future<Output = KeeperResult<T>>,
) -> KeeperResult<T> {
    let kill = async {
        played.part.begun.notified().await;
        played.kill().await;
    };
    tokio::join!(call, kill).0
}

#[tokio::test]
async fn a_read_may_be_tried_again_and_is_not_by_itself() {
    // proves R2
    let played = Arc::new(Played::begin(holding()));
    let (client, _) = played.lasting_client();
    let error = killed_during(&played, client.read(a_read()))
        .await
        .unwrap_err()
        .error;
    assert_eq!(error.kind(), ErrorKind::KeeperUnavailable);
    assert_eq!(error.retry(), Retry::Later);
    assert_eq!(played.part.count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_is_unknown_and_never_sent_again() {
    // proves R8
    let played = Arc::new(Played::begin(holding()));
    let (client, _) = played.lasting_client();
    let error = killed_during(&played, client.write(a_write()))
        .await
        .unwrap_err()
        .error;
    assert_eq!(error.kind(), ErrorKind::UnknownOutcome);
    assert_eq!(error.retry(), Retry::Never);
    assert_eq!(played.part.count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_does_no_harm_twice_is_asked_again_of_the_next_keeper() {
    let played = Arc::new(Played::begin(holding()));
    let (client, reviver) = played.lasting_client();
    let next = async {
        played.part.begun.notified().await;
        played.kill().await;
        played.part.begun.notified().await;
        played.part.hold.as_ref().unwrap().notify_one();
    };
    let (sealed, ()) = tokio::join!(client.seal(a_seal(b"data".to_vec())), next);
    assert_eq!(sealed.unwrap(), a_sealed_id());
    assert_eq!(played.part.count.load(Ordering::SeqCst), 2);
    assert_eq!(reviver.times.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_write_that_finds_no_keeper_is_sent_by_the_next_one() {
    // nothing left before, so nothing can happen twice
    let played = Arc::new(Played::begin(Part::answering(|_| {
        wire::pack_result::<()>(Err(gatelodge_model::Error::not_found("proposal").into()))
    })));
    played.kill().await;
    let (client, reviver) = played.lasting_client();
    let error = client.write(a_write()).await.unwrap_err().error;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(played.part.count.load(Ordering::SeqCst), 1);
    assert_eq!(reviver.times.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn many_callers_bring_one_keeper_back() {
    let played = Arc::new(Played::begin(Part::answering(|_| {
        Ok(wire::pack(&a_sealed_id()).unwrap())
    })));
    played.kill().await;
    let (client, reviver) = played.lasting_client();
    let calls = (0..20).map(|_| client.seal(a_seal(Vec::new())));
    for sealed in futures::future::join_all(calls).await {
        assert_eq!(sealed.unwrap(), a_sealed_id());
    }
    assert_eq!(reviver.times.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn without_anybody_to_bring_it_back_a_missing_keeper_is_said_to_be_missing() {
    let played = Played::begin(Part::answering(|_| Ok(wire::Packet::default())));
    played.kill().await;
    let error = played.client().write(a_write()).await.unwrap_err().error;
    assert_eq!(
        error.kind(),
        ErrorKind::KeeperUnavailable,
        "certainly not sent"
    );
    assert_eq!(played.part.count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_keeper_that_is_to_end_finishes_what_is_under_way() {
    // proves R15
    let played = Played::begin(holding());
    let client = played.client();
    let end = async {
        played.part.begun.notified().await;
        played.life.end(LONG);
        played.part.hold.as_ref().unwrap().notify_one();
    };
    let (sealed, ()) = tokio::join!(client.seal(a_seal(Vec::new())), end);
    assert_eq!(sealed.unwrap(), a_sealed_id());
    let served = played.served.lock().unwrap().take().unwrap();
    served.await.unwrap();
}
