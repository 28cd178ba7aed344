//! Several hosts, each with its web role and its keeper, on one PostgreSQL database.

use std::time::Duration;

use gatelodge_testkit::browser::client;
use gatelodge_testkit::database::Engine;
use gatelodge_testkit::host::{Host, signal};
use gatelodge_testkit::hub::{Agent, TestHub};
use gatelodge_testkit::practice::MARIA;
use gatelodge_testkit::soak::{keys, lost_rotations, refreshes, web_kills};
use serde_json::{Value, json};

/// How long the practice org takes over a refresh, so that the others come while it is under way.
const SLOWNESS: u64 = 1_500;

/// Longer than a lease.
const LEASE: Duration = Duration::from_secs(90);

async fn hub() -> TestHub {
    TestHub::builder()
        .on(Engine::Postgres)
        .app(|app| app.rotate_refresh_tokens = true)
        .start()
        .await
}

async fn query(agent: &Agent) -> (u16, Value) {
    let soql = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    let reply = agent.rest("salesforce_query", &soql).await;
    (reply.status.as_u16(), reply.json())
}

async fn works(agent: &Agent) {
    let (status, body) = query(agent).await;
    assert_eq!(status, 200, "{body}");
}

/// The answer to the next refresh comes late.
async fn slow_refresh(hub: &TestHub) {
    let fault =
        json!({ "path_prefix": "/services/oauth2/token", "times": 1, "answer_delay_ms": SLOWNESS });
    hub.practice.admin("faults", &fault).await;
    hub.practice.admin("expire-access-tokens", &json!({})).await;
}

/// Waits until the practice org has been asked to refresh so often.
async fn refreshes(hub: &TestHub, count: u64) {
    while hub.token_requests("refresh_token") < count {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

// a host's figures are those of both its processes: what the keeper did at the provider shows in them
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_tell_what_the_keeper_did() {
    let hub = hub().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let (host, figures) = Host::measured(&hub).await;
    let agent = host.agent(&agent);
    works(&agent).await;
    hub.practice.admin("expire-access-tokens", &json!({})).await;
    works(&agent).await;
    let answer = client(None).get(figures).send().await.unwrap();
    let text = answer.text().await.unwrap();
    for expected in [
        "gatelodge_refreshes_total{role=\"keeper\",outcome=\"granted\"} 1\n",
        "gatelodge_provider_calls_total{role=\"keeper\",status=\"2xx\"} 2\n",
        "gatelodge_provider_calls_total{role=\"keeper\",status=\"4xx\"} 1\n",
        "gatelodge_refresh_durable_seconds_count{role=\"keeper\"} 1\n",
        "gatelodge_keeper_call_seconds_count{role=\"web\",method=\"read\",outcome=\"ok\"} 2\n",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    host.stop().await;
    hub.stop().await;
}

// proves R1, CRED-4: three hosts see a token end together, one of them refreshes it
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hosts_refresh_once() {
    let hub = hub().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let (second, third) = tokio::join!(Host::beside(&hub), Host::beside(&hub));
    let agents = [agent.clone(), second.agent(&agent), third.agent(&agent)];
    for agent in &agents {
        works(agent).await;
    }
    for round in 1..=3 {
        slow_refresh(&hub).await;
        tokio::join!(works(&agents[0]), works(&agents[1]), works(&agents[2]));
        assert_eq!(hub.token_requests("refresh_token"), round);
    }
    assert_eq!(hub.practice.running().practice().oauth.grant_count(), 1);
    tokio::join!(second.stop(), third.stop());
    hub.stop().await;
}

// proves R5: a host whose clock is two hours ahead takes no lease away from one that is refreshing, and one whose
// clock is behind waits no longer than the others
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_clock_steals_no_lease() {
    let hub = hub().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let (ahead, behind) =
        tokio::join!(Host::with_clock(&hub, "+2h"), Host::with_clock(&hub, "-2h"));
    let (at_ahead, at_behind) = (ahead.agent(&agent), behind.agent(&agent));
    works(&at_ahead).await;
    works(&at_behind).await;
    for round in 1..=2 {
        slow_refresh(&hub).await;
        let first = works(&agent);
        let others = async {
            refreshes(&hub, round).await;
            tokio::join!(works(&at_ahead), works(&at_behind));
        };
        tokio::join!(first, others);
        assert_eq!(hub.token_requests("refresh_token"), round);
    }
    assert_eq!(hub.practice.running().practice().oauth.grant_count(), 1);
    tokio::join!(ahead.stop(), behind.stop());
    hub.stop().await;
}

// proves R4: a keeper that stands still in the middle of a refresh loses its lease; what it brings when it goes on is
// not stored over the newer token
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keeper_that_stood_still_overwrites_nothing() {
    let hub = TestHub::builder().on(Engine::Postgres).start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let other = Host::beside(&hub).await;
    let at_other = other.agent(&agent);
    works(&at_other).await;
    slow_refresh(&hub).await;
    let keeper = other.keeper().await;
    let asking = tokio::spawn(async move { query(&at_other).await });
    refreshes(&hub, 1).await;
    signal("-STOP", keeper).await;
    let takes_over = async {
        loop {
            let (status, body) = query(&agent).await;
            if status == 200 {
                return;
            }
            assert_eq!(body["code"], "provider_unavailable", "{body}");
        }
    };
    let taken = tokio::time::timeout(LEASE, takes_over).await;
    assert!(taken.is_ok(), "nobody takes the lease over");
    assert_eq!(hub.token_requests("refresh_token"), 2);
    signal("-CONT", keeper).await;
    // it may have come too late for this caller, who is told to try again
    let (status, body) = asking.await.unwrap();
    assert!(status == 200 || body["retry"] == "later", "{status} {body}");
    works(&other.agent(&agent)).await;
    works(&agent).await;
    assert_eq!(
        hub.token_requests("refresh_token"),
        2,
        "its own token was not stored"
    );
    other.stop().await;
    hub.stop().await;
}

// proves V5, V6, V10, CRED-1: all keys are replaced while agents work and keepers are killed
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_replaced_while_keepers_are_killed() {
    let report = keys::run(keys::Plan::SHORT).await;
    println!("{report}");
    assert!(report.is_good(), "{report}");
}

// proves R3: web roles of several hosts are killed all the time, no token is lost
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web_roles_may_be_killed() {
    let report = web_kills::run(web_kills::Plan::SHORT).await;
    println!("{report}");
    assert!(report.is_good(), "{report}");
}

// proves R1, CRED-3, CRED-4: tokens end all the time, hosts refresh them by themselves and because they are called, and
// the practice org sees every refresh token once
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_present_every_refresh_token_once() {
    let report = refreshes::run(refreshes::Plan::SHORT).await;
    println!("{report}");
    assert!(report.is_good(), "{report}");
}

// proves R3, CRED-3: a token that was lost with its keeper is named by the hub, and its person is told once
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_lost_with_its_keeper_is_told_once() {
    let report = lost_rotations::run(lost_rotations::Plan::SHORT).await;
    println!("{report}");
    assert!(report.is_good(), "{report}");
}
