//! Connecting, reconnecting and disconnecting.

use crate::{
    bench::{Bench, Otherwise},
    server::{Reply, close},
};
use gatelodge_keeper_client::{
    Authorized, BeginAuthorization, CompleteAuthorization, ExpectedAccount, Keeper, KeeperResult,
    Revocation, SecretChange,
};
use gatelodge_model::{AttentionReason, Environment, ErrorKind, ReasonCode, Secret};
use serde_json::json;
use std::{collections::HashMap, time::Duration};
use tokio::task::JoinHandle;
use url::Url;

fn account(user: &str) -> ExpectedAccount {
    ExpectedAccount {
        organization_id: "O1".to_owned(),
        user_id: user.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_way_there_and_back() {
    // proves CON-3, CON-4, CON-5, CON-9, CON-12, CRED-1, CRED-5
    let bench = Bench::open().await;
    let begin = bench.begin();
    let flow = begin.flow;
    let url = bench.keeper.begin_authorization(begin).await.unwrap();
    let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert_eq!(url.path(), "/authorize");
    assert_eq!(query["scope"], "api refresh_token");
    assert_eq!(query["code_challenge_method"], "S256");
    let complete = CompleteAuthorization {
        organization: bench.organization,
        flow,
        code: Secret::new("CANARY-code=="),
        expected: None,
    };
    let authorized = bench
        .keeper
        .complete_authorization(complete.clone())
        .await
        .unwrap();
    assert_eq!(authorized.account.user_id, "U1");
    assert!(authorized.refreshable);
    let port = bench.server.base.port().unwrap();
    assert_eq!(authorized.host, format!("127.0.0.1:{port}"));
    let form = bench.server.script().token_requests[0].clone();
    let challenge = gatelodge_oauth::pkce::challenge_of(&Secret::new(&*form["code_verifier"]));
    assert_eq!(challenge, query["code_challenge"]);
    assert_eq!(form["code"], "CANARY-code==");
    assert_eq!(form["redirect_uri"], "https://hub.test/callback");

    // O14: the flow is used up
    let again = bench.keeper.complete_authorization(complete).await;
    assert_eq!(again.unwrap_err().error.kind(), ErrorKind::StateInvalid);
    assert_eq!(bench.server.script().token_requests.len(), 1);

    // V1: nothing lies in clear
    let stored = bench.database_bytes();
    assert!(!stored.windows(6).any(|window| window == b"CANARY"));

    let ended = bench
        .keeper
        .revoke(bench.organization, bench.connection)
        .await
        .unwrap();
    assert_eq!(ended, Revocation::Revoked);
    assert_eq!(bench.server.script().revoked, ["refresh/0001==CANARY"]);
    assert!(bench.row().await.is_none());
    let failure = bench.read("/data/one").await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::NotConnected);
    let ended = bench
        .keeper
        .revoke(bench.organization, bench.connection)
        .await
        .unwrap();
    assert_eq!(ended, Revocation::NothingStored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnecting_during_a_refresh_ends_the_newest_grant() {
    // proves CRED-5, R3
    let bench = Bench::connected().await;
    bench.server.script().expire();
    close(&bench.server.token_gate);
    bench.server.arrivals.forget_permits(100);
    let (call, keeper) = (bench.request("/data/one"), bench.keeper.clone());
    let reading = tokio::spawn(async move { keeper.read(call).await });
    bench.server.arrival().await;
    let revoking = bench.keeper.revoke(bench.organization, bench.connection);
    let opening = async { bench.server.token_gate.add_permits(10) };
    let (ended, ()) = tokio::join!(revoking, opening);
    assert_eq!(ended.unwrap(), Revocation::Revoked);
    drop(reading.await.unwrap());
    assert_eq!(bench.server.script().revoked, ["refresh/0002==CANARY"]);
    assert!(bench.row().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_without_secret_sends_none_and_a_connection_keeps_its_app() {
    // proves CON-5, CON-6, CON-30
    let bench = Bench::open().await;
    assert!(
        bench
            .save_app("client-1", SecretChange::Keep)
            .await
            .is_some()
    );
    assert_eq!(bench.save_app("client-1", SecretChange::Clear).await, None);
    bench.try_connect(None).await.unwrap();
    bench
        .save_app("client-2", SecretChange::Set(Secret::new("another-secret")))
        .await;
    bench
        .keeper
        .delete_oauth_app(bench.organization, bench.app)
        .await
        .unwrap();
    bench.server.script().expire();
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    for form in &bench.server.script().token_requests {
        assert_eq!(form["client_id"], "client-1");
        assert!(!form.contains_key("client_secret"));
    }
    let failure = bench.try_connect(None).await.unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::Misconfigured);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reconnecting_replaces_the_grant_and_ends_the_old_one() {
    // proves CON-16, CON-17
    let bench = Bench::connected().await;
    bench.try_connect(Some(account("U1"))).await.unwrap();
    bench.keeper.shutdown().await;
    assert_eq!(bench.server.script().revoked, ["refresh/0001==CANARY"]);
    assert_eq!(bench.row().await.unwrap().generation, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_account_changes_nothing() {
    // proves O13: told by the token answer, and told only by the identity
    for told_by_answer in [true, false] {
        let bench = Bench::connected().await;
        bench.server.script().user = "U2".to_owned();
        let user = told_by_answer.then_some("U2");
        bench
            .server
            .reply(Reply::GrantWith(json!({"user_id": user})));
        let failure = bench.try_connect(Some(account("U1"))).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::Conflict);
        assert_eq!(bench.server.script().revoked, ["refresh/0002==CANARY"]);
        assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
        let call = bench.server.script().calls.pop().unwrap();
        assert_eq!(call.2["authorization"], "Bearer access/0001!CANARY");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_instance_gets_no_token() {
    // proves O11: refused by the guard even where the provider takes every host for its own
    let bench = Bench::open_otherwise(Otherwise {
        credulous: true,
        ..Otherwise::default()
    })
    .await;
    let port = bench.server.base.port().unwrap();
    let variants = [
        "https://evil.example".to_owned(),
        "http://evil.example".to_owned(),
        "https://acme.my.salesforce.com.evil.tld".to_owned(),
        "https://acme.my.salesforce.com@evil.tld".to_owned(),
        format!("http://user@127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}/path"),
        format!("http://127.0.0.1:{port}?x=y"),
        format!("http://localhost:{port}"),
        format!("https://127.0.0.1:{port}"),
        "http://127.0.0.1:1".to_owned(),
        "https://127.0.0.1".to_owned(),
        "https://169.254.169.254".to_owned(),
        "https://[::1]".to_owned(),
        "https://[::ffff:7f00:1]".to_owned(),
        "https://10.0.0.1".to_owned(),
        "file:///etc/passwd".to_owned(),
        "javascript:alert(1)".to_owned(),
    ];
    for (count, hostile) in variants.iter().enumerate() {
        bench
            .server
            .reply(Reply::GrantWith(json!({"instance_url": hostile})));
        let failure = bench.try_connect(None).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::EgressDenied, "{hostile}");
        assert_eq!(failure.attention, Some(AttentionReason::HostRefused));
        assert!(bench.row().await.is_none(), "{hostile}");
        assert_eq!(bench.server.script().token_requests.len(), count + 1);
    }
    bench.keeper.shutdown().await;
    let script = bench.server.script();
    assert_eq!(
        script.revoked.len(),
        variants.len(),
        "each grant was revoked"
    );
    assert_eq!((script.calls.len(), script.stolen), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_sign_in_host_is_refused() {
    // proves S9, O10: the provider decides which hosts are its own, and the guard which are reachable
    let bench = Bench::open().await;
    for foreign in [
        "https://login.evil.example",
        "http://127.0.0.1:1",
        "https://10.0.0.1",
    ] {
        let mut begin = bench.begin();
        begin.login_base = Url::parse(foreign).unwrap();
        let failure = bench.keeper.begin_authorization(begin).await.unwrap_err();
        assert_eq!(failure.error.kind(), ErrorKind::EgressDenied, "{foreign}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_code_leaves_nothing() {
    // proves O8, L2
    let bench = Bench::open().await;
    bench.server.reply(Reply::Answer(
        400,
        r#"{"error":"invalid_grant","error_description":"invalid code CANARY-code== for CANARY-app-secret"}"#,
    ));
    let failure = bench.try_connect(None).await.unwrap_err();
    let shown = format!("{:?} {}", failure.error, failure.error);
    assert!(
        shown.contains("invalid code") && !shown.contains("CANARY"),
        "{shown}"
    );
    assert!(bench.row().await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abandoned_or_old_flow_cannot_end() {
    // proves O1
    let bench = Bench::open().await;
    for old in [false, true] {
        let begin = bench.begin();
        let flow = begin.flow;
        bench.keeper.begin_authorization(begin).await.unwrap();
        if old {
            bench.clock.advance_millis(3_600_000);
        } else {
            bench
                .keeper
                .abandon_authorization(bench.organization, flow)
                .await
                .unwrap();
        }
        let complete = CompleteAuthorization {
            organization: bench.organization,
            flow,
            code: Secret::new("code"),
            expected: None,
        };
        let failure = bench.keeper.complete_authorization(complete).await;
        assert_eq!(failure.unwrap_err().error.kind(), ErrorKind::StateInvalid);
    }
    assert!(bench.server.script().token_requests.is_empty());
}

/// A bench with a connection, where another grant was just given that nobody has confirmed yet.
async fn reconnecting(life: u32) -> (Bench, JoinHandle<KeeperResult<Authorized>>) {
    let bench = Bench::open_otherwise(Otherwise {
        sweep: Some(Duration::from_millis(10)),
        ..Otherwise::default()
    })
    .await;
    bench.try_connect(None).await.unwrap();
    bench.server.script().life = Some(life);
    close(&bench.server.identity_gate);
    bench.server.introductions.forget_permits(10);
    let begin = bench.begin();
    let complete = CompleteAuthorization {
        organization: bench.organization,
        flow: begin.flow,
        code: Secret::new("CANARY-code=="),
        expected: Some(account("U1")),
    };
    bench.keeper.begin_authorization(begin).await.unwrap();
    let keeper = bench.keeper.clone();
    let connecting = tokio::spawn(async move { keeper.complete_authorization(complete).await });
    bench.server.introductions.acquire().await.unwrap().forget();
    (bench, connecting)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_refreshed_by_nobody_before_it_is_connected() {
    // proves R1, O16: however short its tokens live, the sweeper does not come between, and the one before works on
    let (bench, connecting) = reconnecting(1).await;
    bench.clock.advance_millis(60_000);
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
    let call = bench.server.script().calls.pop().unwrap();
    assert_eq!(call.2["authorization"], "Bearer access/0001!CANARY");
    assert_eq!(bench.row().await.unwrap().generation, 1);
    let waiting = bench.keeper.pending_revocations(bench.organization).await;
    assert_eq!(waiting.unwrap(), [], "nobody needs to know of it");
    assert_eq!(bench.server.refreshes(), 0);

    bench.server.identity_gate.add_permits(10);
    connecting.await.unwrap().unwrap();
    while bench.server.refreshes() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.keeper.shutdown().await;
    let generation = bench.row().await.unwrap().generation;
    let refreshes = i64::try_from(bench.server.refreshes()).unwrap();
    assert_eq!(generation, 2 + refreshes, "one commit for the new grant");
    let script = bench.server.script();
    assert_eq!(script.twice, 0);
    assert_eq!(script.revoked, ["refresh/0001==CANARY"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_never_became_a_connection_is_ended() {
    // proves O16: whoever exchanged the code stands still or is gone; another keeper ends the grant
    let (bench, connecting) = reconnecting(3600).await;
    let other = bench.another_keeper().await;
    assert_eq!(other.end_due_grants().await.unwrap(), [], "not yet");
    bench.clock.advance_millis(6 * 60_000);
    let ended = other.end_due_grants().await.unwrap();
    assert_eq!(ended[0].connection, bench.connection);
    assert_eq!(bench.server.script().revoked, ["refresh/0002==CANARY"]);
    assert_eq!(other.end_due_grants().await.unwrap(), [], "once");

    // it was not dead: what was ended is not stored
    bench.server.identity_gate.add_permits(10);
    let failure = connecting.await.unwrap().unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::StateInvalid);
    assert_eq!(bench.row().await.unwrap().generation, 1);
    assert_eq!(bench.read("/data/one").await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_of_a_grant_that_was_replaced_leaves_nothing_behind() {
    // proves CON-17, R3: it comes back after a reconnect, and ends the grant that nobody has any more
    let bench = Bench::connected().await;
    bench.server.script().expire();
    close(&bench.server.answer_gate);
    let (call, keeper) = (bench.request("/data/one"), bench.keeper.clone());
    let reading = tokio::spawn(async move { keeper.read(call).await });
    while bench.server.refreshes() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let other = bench.another_keeper().await;
    let begin = bench.begin();
    let complete = CompleteAuthorization {
        organization: bench.organization,
        flow: begin.flow,
        code: Secret::new("code"),
        expected: None,
    };
    other.begin_authorization(begin).await.unwrap();
    other.complete_authorization(complete).await.unwrap();
    bench.server.answer_gate.add_permits(10);
    assert_eq!(reading.await.unwrap().unwrap().status, 200);
    bench.keeper.shutdown().await;
    other.shutdown().await;
    assert_eq!(bench.server.living_grants(), 1, "the one that is connected");
    let script = bench.server.script();
    assert!(script.revoked.contains(&"refresh/0002==CANARY".to_owned()));
}

// proves CON-15, O13: a sandbox that was made anew is another organization with the same people, and is called so
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refreshed_sandbox_is_named() {
    let bench = Bench::open().await;
    let sandbox = || BeginAuthorization {
        environment: Environment::Sandbox,
        extra_scopes: Vec::new(),
        ..bench.begin()
    };
    let first = bench.try_connect_with(sandbox(), None).await.unwrap();
    let before = ExpectedAccount {
        organization_id: format!("{}-before", first.account.organization_id),
        user_id: first.account.user_id.clone(),
    };
    let again = bench
        .try_connect_with(sandbox(), Some(before.clone()))
        .await;
    let error = again.unwrap_err().error;
    assert_eq!(error.reason(), Some(ReasonCode::SandboxRefreshed));
    // in production the same is somebody else
    let elsewhere = bench.try_connect_with(bench.begin(), Some(before)).await;
    let error = elsewhere.unwrap_err().error;
    assert_eq!(error.reason(), Some(ReasonCode::OtherAccount));
}
