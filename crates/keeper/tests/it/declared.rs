//! What leaves only because the provider declares it: the write that carries the session in its body (decision 0015),
//! and the read that starts work (decision 0014).

use crate::{
    bench::Bench,
    provider::{SESSION_BODY, SESSION_PATH},
    write::{approval, frozen, seal, store, write},
};
use gatelodge_keeper_client::{Keeper, SealedKind, Viewer};
use gatelodge_model::{CredentialPlace, ErrorKind, FrozenProposal};
use gatelodge_provider::ReadRequest;
use gatelodge_store::keeper::KeeperStore;

fn restoring(bench: &Bench) -> FrozenProposal {
    let mut proposal = frozen(bench);
    "POST".clone_into(&mut proposal.request.method);
    SESSION_PATH.clone_into(&mut proposal.request.path);
    proposal.request.body = Some(SESSION_BODY.to_owned());
    proposal.request.credential = CredentialPlace::SoapSession;
    proposal
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_session_is_in_the_body_of_that_request_and_nowhere_else() {
    // proves CRED-2, P2, L1: the frozen bytes, their record and everything that is kept hold the empty element
    let bench = Bench::connected().await;
    let proposal = restoring(&bench);
    let call = seal(&bench, &proposal, SealedKind::Proposal).await;
    let sealed = call.sealed;
    store(&bench, &approval(&bench, &call)).await;
    let response = bench.keeper.write(call.clone()).await.unwrap();
    assert_eq!(response.status, 200);
    let sent = bench.server.script().calls.pop().unwrap();
    let body = String::from_utf8(sent.3).unwrap();
    assert_eq!(body, "<h><s:id>access/0001!CANARY</s:id></h><b>restore</b>");
    assert!(!sent.2.contains_key("authorization"), "{:?}", sent.2);

    let kept = bench
        .keeper
        .open(bench.organization, sealed, Viewer::Execution)
        .await
        .unwrap();
    assert_eq!(FrozenProposal::thaw(&kept, call.digest).unwrap(), proposal);
    bench.keeper.shutdown().await;
    let calls = KeeperStore::new(bench.store.clone())
        .provider_calls()
        .list(bench.organization, bench.connection, 10)
        .await
        .unwrap();
    assert_eq!(calls[0].path, SESSION_PATH);
    for kept in [
        kept,
        format!("{calls:?}").into_bytes(),
        bench.database_bytes(),
    ] {
        let found = kept.windows(6).any(|window| window == b"CANARY");
        assert!(
            !found,
            "{}",
            String::from_utf8_lossy(&kept[..kept.len().min(2_000)])
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_session_is_renewed_once() {
    // proves CRED-3, R7: the fault of the service counts as a 401
    let bench = Bench::connected().await;
    bench.server.script().expire();
    let response = write(&bench, &restoring(&bench)).await.unwrap();
    assert_eq!(response.status, 200);
    let script = bench.server.script();
    let bodies: Vec<_> = script
        .calls
        .iter()
        .map(|call| String::from_utf8_lossy(&call.3).into_owned())
        .collect();
    assert_eq!(
        bodies,
        [
            "<h><s:id>access/0001!CANARY</s:id></h><b>restore</b>",
            "<h><s:id>access/0002!CANARY</s:id></h><b>restore</b>",
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_request_gets_the_session_into_its_body() {
    // proves CRED-2, S5: only what the provider agrees to, and only into one empty element
    let bench = Bench::connected().await;
    let changes: [fn(&mut FrozenProposal); 4] = [
        |proposal| proposal.request.path = "/data/note".to_owned(),
        |proposal| proposal.request.body = Some("<h><s:id/></h><b>other</b>".to_owned()),
        |proposal| proposal.request.body = Some(format!("{SESSION_BODY}<s:id/>")),
        |proposal| proposal.request.body = None,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut proposal = restoring(&bench);
        change(&mut proposal);
        let failure = write(&bench, &proposal).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::EgressDenied, "{number}");
    }
    // Without the mark the body goes out as it is, and the credential stays in its header.
    let mut plain = restoring(&bench);
    plain.request.credential = CredentialPlace::Header;
    plain.request.path = "/data/note".to_owned();
    write(&bench, &plain).await.unwrap();
    let script = bench.server.script();
    assert_eq!(script.calls.len(), 1);
    assert_eq!(script.calls[0].3, SESSION_BODY.as_bytes());
    assert_eq!(
        script.calls[0].2["authorization"],
        "Bearer access/0001!CANARY"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_the_provider_does_not_agree_to_is_refused() {
    // proves S7, decision 0014: a read is a GET unless the provider's own code agrees to exactly this
    let bench = Bench::connected().await;
    let mut call = bench.request("/data/jobs");
    for (path, body) in [
        ("/data/jobs", "{\"operation\":\"delete\"}"),
        ("/data/account/1", "{\"operation\":\"query\"}"),
        ("/data/jobs", ""),
    ] {
        call.request = ReadRequest::start(path.to_owned(), body.to_owned());
        let failure = bench.keeper.read(call.clone()).await.unwrap_err();
        assert_eq!(
            failure.error.kind(),
            ErrorKind::EgressDenied,
            "{path} {body}"
        );
    }
    assert!(bench.server.script().calls.is_empty(), "nothing was sent");
    call.request = ReadRequest::start(
        "/data/jobs".to_owned(),
        "{\"operation\":\"query\"}".to_owned(),
    );
    bench.keeper.read(call).await.unwrap();
    let sent = bench.server.script().calls.pop().unwrap();
    assert_eq!((sent.0.as_str(), sent.1.as_str()), ("POST", "/data/jobs"));
    assert_eq!(sent.3, b"{\"operation\":\"query\"}");
}
