//! The database goes away under a working hub: restarted, made read-only, replaced by its standby.
//!
//! Each time the hub answers plainly while it lasts, and works again without a restart within ten seconds.

use std::time::Duration;

use gatelodge_testkit::cluster::{Cluster, End};
use gatelodge_testkit::hub::{Agent, TestHub};
use gatelodge_testkit::practice::MARIA;
use serde_json::json;

/// What is promised: writes recover within this time (R12).
const RECOVERY: Duration = Duration::from_secs(10);

// proves R12: after a restart and after a time as a read-only server, writes work again by themselves
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_recover_after_a_restart_and_a_read_only_time() {
    let mut server = Cluster::start().await;
    server.create("hub").await;
    let hub = TestHub::builder()
        .databases([server.url("hub")])
        .start()
        .await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    works(&agent).await;

    server.read_only(true).await;
    refused(&agent).await;
    server.read_only(false).await;
    recovers(&agent).await;

    server.stop(End::Fast).await;
    refused(&agent).await;
    server.restart().await;
    recovers(&agent).await;

    server.stop(End::Immediate).await;
    server.restart().await;
    recovers(&agent).await;
    let verified = hub.hub().verify_all_audit().await.unwrap();
    assert!(
        verified
            .iter()
            .all(|(_, audit)| audit.first_fault.is_none())
    );
    hub.stop().await;
}

// proves R12, R3: the standby takes over, the hub follows it, and the token that was just refreshed is not lost
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_address_takes_over_and_no_token_is_lost() {
    let mut first = Cluster::start().await;
    first.create("hub").await;
    let second = first.standby().await;
    first.wait_for_standby().await;
    let hub = TestHub::builder()
        .databases([first.url("hub"), second.url("hub")])
        .app(|app| app.rotate_refresh_tokens = true)
        .start()
        .await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    hub.practice.admin("expire-access-tokens", &json!({})).await;
    works(&agent).await;

    first.stop(End::Immediate).await;
    second.promote().await;
    recovers(&agent).await;
    for _ in 0..2 {
        hub.practice.admin("expire-access-tokens", &json!({})).await;
        works(&agent).await;
    }
    assert_eq!(hub.practice.running().practice().oauth.grant_count(), 1);
    assert_eq!(hub.token_requests("refresh_token"), 3);
    let verified = hub.hub().verify_all_audit().await.unwrap();
    assert!(
        verified
            .iter()
            .all(|(_, audit)| audit.first_fault.is_none())
    );
    hub.stop().await;
}

async fn query(agent: &Agent) -> (u16, String) {
    let soql = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    let reply = agent.rest("salesforce_query", &soql).await;
    (reply.status.as_u16(), reply.text)
}

async fn works(agent: &Agent) {
    let (status, text) = query(agent).await;
    assert_eq!(status, 200, "{text}");
}

/// The hub says that it is the database, and that trying again helps.
async fn refused(agent: &Agent) {
    let (status, text) = query(agent).await;
    assert_eq!(status, 503, "{text}");
    let code = serde_json::from_str::<serde_json::Value>(&text).unwrap()["code"].clone();
    assert!(
        code == "store_unavailable" || code == "audit_unavailable",
        "{text}"
    );
}

/// Asks until it works; every answer before says what is wrong.
async fn recovers(agent: &Agent) {
    let working = async {
        while query(agent).await.0 != 200 {
            refused_or_works(agent).await;
        }
    };
    assert!(
        tokio::time::timeout(RECOVERY, working).await.is_ok(),
        "the hub does not work again"
    );
}

async fn refused_or_works(agent: &Agent) {
    let (status, text) = query(agent).await;
    assert!(status == 200 || status == 503, "{status} {text}");
}
