//! Reads: where they go, what they carry, and how much comes back.

use crate::bench::Bench;
use gatelodge_keeper_client::Keeper;
use gatelodge_model::{ConnectionId, ErrorKind, OrganizationId};
use gatelodge_store::keeper::KeeperStore;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_carries_the_credential_and_is_recorded() {
    // proves CON-9, design invariant 3
    let bench = Bench::connected().await;
    let mut call = bench.request("/data/query");
    call.request = call.request.query("q", "SELECT Id FROM Secret__c");
    let response = bench.keeper.read(call.clone()).await.unwrap();
    assert_eq!(response.body, "GET query");
    assert!(response.header("set-cookie").is_none());
    let sent = bench.server.script().calls.pop().unwrap();
    assert_eq!(sent.1, "/data/query?q=SELECT+Id+FROM+Secret__c");
    assert_eq!(sent.2["authorization"], "Bearer access/0001!CANARY");
    assert_eq!(sent.2["x-client"], "Gatelodge/tester");

    bench.keeper.shutdown().await;
    let calls = KeeperStore::new(bench.store.clone())
        .provider_calls()
        .list(bench.organization, bench.connection, 10)
        .await
        .unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!((&*calls[0].path, calls[0].status), ("/data/query", 200));
    assert_eq!(calls[0].request, call.request_id);
    assert_eq!(calls[0].provider_request_id.as_deref(), Some("abc123"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_an_answer_and_carries_nothing_away() {
    // proves S4
    let bench = Bench::connected().await;
    let response = bench.read("/data/redirect").await.unwrap();
    assert_eq!(response.status, 302);
    assert_eq!(bench.server.script().stolen, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_read_up_to_the_limit() {
    // proves S8: too long by its own word, without end, and small only until it is unpacked
    let bench = Bench::connected().await;
    for path in ["/data/large", "/data/endless", "/data/bomb"] {
        let failure = bench.read(path).await.unwrap_err();
        assert_eq!(
            failure.error.kind(),
            ErrorKind::ProviderUnavailable,
            "{path}"
        );
        assert!(failure.error.to_string().contains("65536 bytes"), "{path}");
        assert_eq!(failure.attention, None);
    }
    let sent = bench.server.script().calls[0].2.clone();
    assert_eq!(sent["accept-encoding"], "gzip", "so they came packed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echoed_token_does_not_come_through() {
    // proves L2, CRED-2
    let bench = Bench::connected().await;
    let response = bench.read("/data/echo").await.unwrap();
    assert_eq!(response.status, 400);
    assert_eq!(response.body, "you sent Bearer [REDACTED]");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_cannot_leave_the_host() {
    // proves S7
    let bench = Bench::connected().await;
    for path in [
        "//evil.example/x",
        "@evil.example/",
        "/data/../steal",
        "/data/%2e%2e/steal",
        "steal",
    ] {
        let failure = bench.read(path).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::EgressDenied, "{path}");
    }
    let mut call = bench.request("/data/one");
    call.request = call.request.header("Authorization", "Bearer mine");
    let failure = bench.keeper.read(call).await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::EgressDenied);
    let script = bench.server.script();
    assert_eq!((script.calls.len(), script.stolen), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_connection_looks_like_none() {
    // proves T1, T2
    let bench = Bench::connected().await;
    let mut foreign = bench.request("/data/one");
    foreign.organization = OrganizationId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let mut unknown = bench.request("/data/one");
    unknown.connection = ConnectionId::generate(bench.clock.as_ref(), bench.random.as_ref());
    let foreign = bench.keeper.read(foreign).await.unwrap_err();
    let unknown = bench.keeper.read(unknown).await.unwrap_err();
    assert_eq!(foreign, unknown);
    assert_eq!(foreign.error.kind(), ErrorKind::NotConnected);
}
