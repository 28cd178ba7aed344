//! Clients that do not keep to the rules: refused, and others are served all the same.

use crate::played::{Part, Played, REQUEST_BYTES, a_seal, a_sealed_id};
use gatelodge_keeper_client::{Keeper as _, KeeperFailure, wire};
use gatelodge_keeper_socket::PROTOCOL;
use gatelodge_model::ErrorKind;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

fn sealing() -> Played {
    Played::begin(Part::answering(|_| Ok(wire::pack(&a_sealed_id()).unwrap())))
}

async fn serves(played: &Played) {
    let sealed = played.client().seal(a_seal(vec![1])).await;
    assert_eq!(sealed.unwrap(), a_sealed_id());
}

/// Sends text as it is, closes this side, and gives what comes back.
async fn say(played: &Played, text: &str) -> String {
    let mut stream = UnixStream::connect(played.path()).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn failure(answer: &str) -> KeeperFailure {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn a_request_that_is_too_long_is_refused() {
    let played = sealing();
    let error = played
        .client()
        .seal(a_seal(vec![0; REQUEST_BYTES + 1]))
        .await
        .unwrap_err()
        .error;
    assert!(
        [ErrorKind::InvalidArgument, ErrorKind::KeeperUnavailable].contains(&error.kind()),
        "{error:?}"
    );
    let announced = format!(
        "POST /v1/seal HTTP/1.1\r\nHost: keeper\r\nGatelodge-Protocol: {PROTOCOL}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n",
        REQUEST_BYTES + 1
    );
    let answer = say(&played, &announced).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(failure(&answer).error.kind(), ErrorKind::InvalidArgument);
    serves(&played).await;
}

#[tokio::test]
async fn an_unknown_method_and_another_protocol_are_refused() {
    let played = sealing();
    let ask = |line: &str, protocol: u32| {
        format!(
            "{line} HTTP/1.1\r\nHost: keeper\r\nGatelodge-Protocol: {protocol}\r\nConnection: close\r\n\
             Content-Length: 2\r\n\r\n{{}}"
        )
    };
    for line in [
        "POST /v1/export_all_tokens",
        "GET /v1/read",
        "POST /read",
        "POST /v1/../v1/read",
    ] {
        let answer = say(&played, &ask(line, PROTOCOL)).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{line}: {answer}");
        assert_eq!(failure(&answer).error.kind(), ErrorKind::Internal, "{line}");
    }
    let answer = say(&played, &ask("POST /v1/read", PROTOCOL + 1)).await;
    assert_eq!(failure(&answer).error.kind(), ErrorKind::Misconfigured);
    let answer = say(&played, &ask("POST /v1/read", PROTOCOL)).await;
    assert!(answer.starts_with("HTTP/1.1 422 "), "{answer}");
    serves(&played).await;
}

#[tokio::test]
async fn connections_that_break_off_or_talk_nonsense_hurt_nobody() {
    let played = sealing();
    let broken_off = format!(
        "POST /v1/seal HTTP/1.1\r\nHost: keeper\r\nGatelodge-Protocol: {PROTOCOL}\r\nContent-Length: 50\r\n\r\n{{\"req"
    );
    for text in [
        "",
        "POST /v1/seal HT",
        &broken_off,
        "\u{0}\u{1}\u{2} not HTTP at all \r\n\r\n",
    ] {
        let mut stream = UnixStream::connect(played.path()).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // an answer or none; what counts is that the connection ends
        stream.read_to_end(&mut answer).await.ok();
        serves(&played).await;
    }
}

#[tokio::test]
async fn a_head_length_that_does_not_fit_is_refused() {
    let played = sealing();
    for length in ["3", "-1", "x", "99999999999999999999"] {
        let request = format!(
            "POST /v1/seal HTTP/1.1\r\nHost: keeper\r\nGatelodge-Protocol: {PROTOCOL}\r\nConnection: close\r\n\
             Gatelodge-Head: {length}\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        let answer = say(&played, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{length}: {answer}");
    }
    serves(&played).await;
}
