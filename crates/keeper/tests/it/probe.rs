//! Looking at a connection: what is told, and what it may never cost.

use crate::bench::Bench;
use gatelodge_keeper_client::{Keeper, ProbeOutcome};
use gatelodge_model::{AttentionReason, ReasonCode};

impl Bench {
    async fn probe(&self) -> ProbeOutcome {
        self.keeper
            .probe(self.organization, self.connection)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_working_connection_is_seen_by_one_call_with_the_access_token() {
    // proves CON-13a
    let bench = Bench::connected().await;
    assert_eq!(bench.probe().await, ProbeOutcome::Works);
    assert_eq!(bench.server.refreshes(), 0);
    assert_eq!(bench.server.script().introspected, 0);
}

#[tokio::test]
async fn an_ended_session_is_no_fault_and_spends_no_refresh_token() {
    // proves CON-13a: health checks never spend a refresh token
    let bench = Bench::connected().await;
    bench.server.script().expire();
    for _ in 0..3 {
        assert_eq!(
            bench.probe().await,
            ProbeOutcome::SessionOver {
                grant_confirmed: true
            }
        );
    }
    assert_eq!(bench.server.refreshes(), 0);
    assert!(bench.read("/data/x").await.unwrap().is_success());
    assert_eq!(bench.server.refreshes(), 1);
    assert_eq!(bench.probe().await, ProbeOutcome::Works);
}

#[tokio::test]
async fn a_revocation_shows_without_a_refresh() {
    // proves CON-13a
    let bench = Bench::connected().await;
    bench.server.script().revoke_all();
    let ProbeOutcome::GrantEnded { error, attention } = bench.probe().await else {
        panic!("the grant is gone");
    };
    assert_eq!(attention, AttentionReason::GrantEnded);
    assert_eq!(error.reason(), Some(ReasonCode::GrantRevoked));
    assert_eq!(bench.server.refreshes(), 0);
    assert!(bench.row().await.is_some(), "a look changes nothing");
}

#[tokio::test]
async fn a_provider_that_does_not_let_us_ask_has_said_nothing() {
    // proves CON-13a, R6: only a well-formed "no" counts
    let bench = Bench::connected().await;
    bench.server.script().revoke_all();
    for (status, body) in [
        (400, r#"{"error":"invalid_request"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (503, "<html>maintenance</html>"),
        (200, "<html>login</html>"),
        (200, r#"{"aktiv":false}"#),
    ] {
        bench.server.script().introspection = Some((status, body));
        assert_eq!(
            bench.probe().await,
            ProbeOutcome::SessionOver {
                grant_confirmed: false
            },
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn another_hosts_refresh_is_no_revocation() {
    // proves CON-13a, CRED-4
    let bench = Bench::connected().await;
    assert!(bench.read("/data/x").await.unwrap().is_success());
    let other = bench.another_keeper().await;
    bench.server.script().expire();
    assert!(other.read(bench.request("/data/x")).await.is_ok());
    // This keeper still remembers the tokens from before.
    assert_eq!(bench.probe().await, ProbeOutcome::Works);
    assert_eq!(bench.server.refreshes(), 1);
}

#[tokio::test]
async fn another_account_and_no_account_are_told() {
    // proves O13
    let bench = Bench::connected().await;
    bench.server.script().user = "U2".to_owned();
    let ProbeOutcome::Refused { error } = bench.probe().await else {
        panic!("somebody else answers");
    };
    assert_eq!(error.reason(), Some(ReasonCode::OtherAccount));
    bench
        .keeper
        .revoke(bench.organization, bench.connection)
        .await
        .unwrap();
    assert_eq!(bench.probe().await, ProbeOutcome::NotConnected);
}
