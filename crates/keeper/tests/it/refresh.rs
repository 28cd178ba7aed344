//! Refreshing: once for everybody, durable before use, and never destroying what may still work.

use crate::{
    bench::{Bench, Otherwise},
    server::{Reply, close},
};
use futures::future::join_all;
use gatelodge_keeper_client::Keeper;
use gatelodge_model::{AttentionReason, ConnectionEventKind, ErrorKind};
use gatelodge_store::keeper::KeeperStore;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

const EXPIRED: &str =
    r#"{"error":"invalid_grant","error_description":"expired access/refresh token {token}"}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_calls_with_an_ended_token_make_one_token_request() {
    // proves CRED-4, CRED-3, R1
    let bench = Bench::connected().await;
    bench.read("/data/one").await.unwrap();
    bench.server.script().expire();
    let calls = (0..50).map(|_| bench.read("/data/one"));
    for result in join_all(calls).await {
        assert_eq!(result.unwrap().status, 200);
    }
    assert_eq!(bench.server.refreshes(), 1);
    let script = bench.server.script();
    let form = &script.token_requests[1];
    assert!(
        !form.contains_key("scope"),
        "Salesforce refuses a scope here"
    );
    assert_eq!(form["client_id"], "client-1");
    assert_eq!(form["client_secret"], "CANARY-app-secret");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_new_token_is_committed_before_it_is_used() {
    // proves CRED-3, R3
    let bench = Bench::connected().await;
    let before = bench.row().await.unwrap().generation;
    bench.server.script().expire();
    close(&bench.server.call_gate);
    bench.server.arrivals.forget_permits(100);
    let call = bench.request("/data/one");
    let keeper = bench.keeper.clone();
    let reading = tokio::spawn(async move { keeper.read(call).await });
    bench.server.arrival().await; // the token request
    bench.server.arrival().await; // the repeated call, still without an answer
    let row = bench.row().await.unwrap();
    assert_eq!(row.generation, before + 1);
    assert!(row.intent.is_none());
    bench.server.call_gate.add_permits(1);
    assert_eq!(reading.await.unwrap().unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_loses_no_token() {
    // proves R3, CRED-3: whoever asked is killed while the token request is on its way
    let bench = Bench::connected().await;
    bench.server.script().expire();
    close(&bench.server.token_gate);
    bench.server.arrivals.forget_permits(100);
    let call = bench.request("/data/one");
    let keeper = bench.keeper.clone();
    let reading = tokio::spawn(async move { keeper.read(call).await });
    bench.server.arrival().await;
    assert!(
        bench.row().await.unwrap().intent.is_some(),
        "the intent is durable before anything is sent"
    );
    reading.abort();
    assert!(reading.await.unwrap_err().is_cancelled());
    bench.server.token_gate.add_permits(10);
    bench.keeper.shutdown().await;

    let again = bench.another_keeper().await;
    assert_eq!(
        again.read(bench.request("/data/one")).await.unwrap().status,
        200
    );
    assert_eq!(bench.server.refreshes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_grant_is_terminal_and_asked_for_once() {
    // proves CON-13, R7, L2
    let bench = Bench::connected().await;
    bench.server.script().expire();
    bench.server.reply(Reply::Answer(400, EXPIRED));
    for _ in 0..3 {
        let failure = bench.read("/data/one").await.unwrap_err();
        assert_eq!(failure.attention, Some(AttentionReason::GrantEnded));
        let shown = format!("{:?} {}", failure.error, failure.error);
        assert!(shown.contains("expired access/refresh token"), "{shown}");
        assert!(!shown.contains("CANARY"), "{shown}");
    }
    assert_eq!(bench.server.refreshes(), 1);
    assert!(bench.row().await.is_some(), "a refusal deletes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_of_an_outdated_token_is_not_terminal() {
    // proves R1, R4: another keeper refreshed first
    let bench = Bench::connected().await;
    bench.read("/data/one").await.unwrap();
    let other = bench.another_keeper().await;
    bench.server.script().expire();
    assert_eq!(
        other.read(bench.request("/data/one")).await.unwrap().status,
        200
    );
    // This keeper still has the old token in memory: it reads again instead of spending anything.
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    assert_eq!(bench.server.refreshes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_at_the_token_endpoint_destroys_nothing() {
    // proves R6: only a well-formed invalid_grant is terminal
    for (status, body) in [
        (500, r#"{"error":"invalid_grant"}"#),
        (503, "<html>maintenance</html>"),
        (429, ""),
        (400, "<html>invalid_grant</html>"),
        (200, "<html>hello</html>"),
        (
            400,
            r#"{"error":"invalid_client","error_description":"invalid client credentials"}"#,
        ),
        (
            400,
            r#"{"error":"rate_limit_exceeded","error_description":"login rate exceeded"}"#,
        ),
    ] {
        let bench = Bench::connected().await;
        bench.server.script().expire();
        bench.server.reply(Reply::Answer(status, body));
        if status == 200 {
            // An answer that is none may have been a rotation: it is tried once more at once.
            bench.server.reply(Reply::Answer(status, body));
        }
        let failure = bench.read("/data/one").await.unwrap_err();
        assert_eq!(failure.attention, None, "{status} {body}");
        assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_endpoint_in_trouble_is_left_alone_for_a_while() {
    // proves R6
    let bench = Bench::connected().await;
    bench.server.script().expire();
    for _ in 0..2 {
        bench.server.reply(Reply::Answer(503, ""));
        assert!(bench.read("/data/one").await.is_err());
    }
    assert!(bench.read("/data/one").await.is_err());
    assert_eq!(bench.server.refreshes(), 2, "the third try was not sent");
    bench.clock.advance_millis(1_000);
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_request_under_way_elsewhere_is_tried_once_more() {
    // proves R1: Salesforce says so of parallel requests
    let bench = Bench::connected().await;
    bench.server.script().expire();
    bench.server.reply(Reply::Answer(
        400,
        r#"{"error":"invalid_grant","error_description":"token request is already being processed"}"#,
    ));
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    assert_eq!(bench.server.refreshes(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_rotation_is_said_to_be_one() {
    // proves R2: the provider rotated, its answer was cut, the old token is tried once and refused
    let bench = Bench::connected().await;
    bench.server.script().expire();
    bench.server.reply(Reply::RotateAndCut);
    let failure = bench.read("/data/one").await.unwrap_err();
    assert_eq!(failure.attention, Some(AttentionReason::LostRotation));
    assert_eq!(bench.server.refreshes(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intent_that_a_dead_keeper_left_is_taken_over_at_the_next_start() {
    // proves R3, R4: the lease of 45 seconds still runs, but on one node its holder cannot live
    let bench = Bench::connected().await;
    bench.server.script().expire();
    let row = bench.row().await.unwrap();
    let store = KeeperStore::new(bench.store.clone());
    store
        .credentials()
        .take_refresh_intent(
            bench.organization,
            bench.connection,
            row.generation,
            Uuid::nil(),
            row.updated_at + std::time::Duration::from_secs(45),
            None,
        )
        .await
        .unwrap()
        .unwrap();
    let keeper = bench.another_keeper().await;
    assert_eq!(
        keeper
            .read(bench.request("/data/one"))
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(bench.server.refreshes(), 1);
    assert!(bench.row().await.unwrap().intent.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
    // proves CON-6, CRED-3
    let bench = Bench::connected().await;
    for _ in 0..2 {
        bench.server.script().expire();
        bench
            .server
            .reply(Reply::GrantWith(json!({"refresh_token": null})));
        assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    }
    let script = bench.server.script();
    let sent: Vec<_> = script.token_requests[1..]
        .iter()
        .map(|form| form["refresh_token"].clone())
        .collect();
    assert_eq!(sent[0], sent[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_refresh_token_the_session_ends() {
    // proves CON-11, O12
    let bench = Bench::open().await;
    bench.server.reply(Reply::GrantWith(
        json!({"refresh_token": null, "scope": "api"}),
    ));
    let authorized = bench.try_connect(None).await.unwrap();
    assert!(!authorized.refreshable);
    assert_eq!(authorized.granted_scopes, ["api"]);
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    bench.server.script().expire();
    let failure = bench.read("/data/one").await.unwrap_err();
    assert_eq!(failure.attention, Some(AttentionReason::SessionEnded));
    assert_eq!(bench.server.refreshes(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_token_that_is_refused_ends_the_story() {
    // proves R7: one refresh, one repetition, no loop
    let bench = Bench::connected().await;
    bench.server.script().expire();
    bench
        .server
        .reply(Reply::GrantWith(json!({"access_token": "not-a-valid-one"})));
    let failure = bench.read("/data/one").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::ReconnectNeeded);
    assert_eq!(failure.attention, Some(AttentionReason::GrantEnded));
    assert_eq!(bench.server.refreshes(), 1);
    assert_eq!(bench.server.script().calls.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_others_renewed_and_that_ended_meanwhile_is_no_end_of_the_grant() {
    // proves R7, R1: another keeper renewed it before this call asked, and it has ended since
    let bench = Bench::connected().await;
    let other = bench.another_keeper().await;
    bench.read("/data/one").await.unwrap();
    bench.server.script().expire();
    let renewed = other.read(bench.request("/data/one")).await.unwrap();
    assert_eq!(renewed.status, 200);
    bench.server.script().expire();
    // this one still has the first token; then it finds the second one, which is dead as well
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    assert_eq!(bench.server.refreshes(), 2);
    assert_eq!(bench.server.script().twice, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_host_at_refresh_gets_no_token_and_loses_none() {
    // proves O11, R19
    let bench = Bench::connected().await;
    bench.server.script().expire();
    bench.server.reply(Reply::GrantWith(
        json!({"instance_url": "https://evil.example"}),
    ));
    let failure = bench.read("/data/one").await.unwrap_err();
    assert_eq!(failure.attention, Some(AttentionReason::HostRefused));
    // The rotated token was kept, with the host that is known to be right.
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    assert_eq!(bench.server.refreshes(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_gone_is_followed_once_a_minute() {
    // proves R19: nobody listens at the account's host, or it sends away; a fresh token tells where the account is
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let bench = Bench::open_otherwise(Otherwise {
        practice: vec![gone.clone()],
        ..Otherwise::default()
    })
    .await;
    bench.try_connect(None).await.unwrap();
    bench.server.script().expire();
    bench
        .server
        .reply(Reply::GrantWith(json!({"instance_url": gone.as_str()})));
    for _ in 0..3 {
        let failure = bench.read("/data/one").await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::ProviderUnavailable);
        assert_eq!(failure.attention, None);
    }
    assert_eq!(bench.server.refreshes(), 1, "its token is fresh");

    bench.clock.advance_millis(61_000);
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    assert_eq!(bench.server.refreshes(), 2);
    let events = bench.store.connection_events();
    bench.keeper.shutdown().await;
    let waiting = events.list_waiting(10).await.unwrap();
    let hosts: Vec<_> = waiting
        .iter()
        .map(|event| (event.kind, event.detail.host.clone().unwrap()))
        .collect();
    let host = |base: &Url| format!("127.0.0.1:{}", base.port().unwrap());
    let moves = [host(&gone), host(&bench.server.base)];
    assert_eq!(
        hosts,
        moves.map(|host| (ConnectionEventKind::MovedHost, host))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_that_leads_nowhere_else_costs_one_refresh_a_minute() {
    // proves R19: it is not followed; where the account is, only the token endpoint says
    let bench = Bench::connected().await;
    bench.clock.advance_millis(61_000);
    for _ in 0..3 {
        assert_eq!(bench.read("/data/redirect").await.unwrap().status, 302);
    }
    assert_eq!(bench.server.refreshes(), 1);
    assert_eq!(bench.server.script().stolen, 0);
    // the sign-in service is in trouble too: what was met stands, and nothing is destroyed
    bench.clock.advance_millis(61_000);
    bench.server.reply(Reply::Answer(503, "away"));
    assert_eq!(bench.read("/data/redirect").await.unwrap().status, 302);
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declared_life_is_renewed_before_its_end() {
    // proves CRED-3, R5
    let bench = Bench::open().await;
    bench
        .server
        .reply(Reply::GrantWith(json!({"expires_in": 1000})));
    bench.try_connect(None).await.unwrap();
    bench.clock.advance_millis(799_000);
    bench.read("/data/one").await.unwrap();
    assert_eq!(bench.server.refreshes(), 0);
    bench.clock.advance_millis(1_000);
    bench.read("/data/one").await.unwrap();
    assert_eq!(bench.server.refreshes(), 1);
    // Trouble in the last fifth is no reason to refuse a call.
    let bench = Bench::open().await;
    bench
        .server
        .reply(Reply::GrantWith(json!({"expires_in": 1000})));
    bench.try_connect(None).await.unwrap();
    bench.clock.advance_millis(900_000);
    bench.server.reply(Reply::Answer(503, ""));
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
}
