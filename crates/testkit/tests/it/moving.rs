//! The practice org moves to another host, as after a migration of its instance.

use std::time::Duration;

use chrono::TimeDelta;
use gatelodge_practice::PracticeOptions;
use gatelodge_testkit::hub::{Agent, TestHub};
use gatelodge_testkit::practice::{MARIA, PracticeOrg};
use serde_json::{Value, json};
use url::Url;

use crate::proposals::{account, phone, propose_phone};

/// What the host that was left may answer; that nobody listens there is tested beside the keeper.
const SYMPTOMS: [&str; 6] = [
    "moved",
    "found",
    "temporary_redirect",
    "not_found_page",
    "too_calm",
    "invalid_session",
];

/// The same org under another name.
fn other_name(url: &Url) -> Url {
    let mut other = url.clone();
    let host = if url.host_str() == Some("localhost") {
        "127.0.0.1"
    } else {
        "localhost"
    };
    other.set_host(Some(host)).unwrap();
    other
}

fn authority(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
}

async fn leave(hub: &TestHub, from: &Url, to: &Url, symptom: &str) {
    let order = json!({
        "instance_url": to.origin().ascii_serialization(),
        "retired": [{ "host": authority(from), "symptom": symptom }],
    });
    hub.practice.admin("move-instance", &order).await;
    // its token is old enough that nobody takes its host for granted
    hub.clock.advance(TimeDelta::minutes(2));
}

async fn connection(agent: &Agent) -> Value {
    let answer = agent.get("/api/v1/connections").await.expect(200).json();
    answer["connections"][0].clone()
}

// proves R19, CON-16: whatever the old host answers, the next call finds the org at its new one, inside the hosts that
// are allowed; what was approved for the old host is not sent to the new one, and what is proposed then is
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_org_that_moves_is_followed() {
    let practice = PracticeOrg::start(PracticeOptions::new()).await;
    let homes = [practice.url(), other_name(&practice.url())];
    let allowed = homes.to_vec();
    let hub = Box::pin(
        TestHub::builder()
            .configure(move |config| config.egress.practice_orgs = allowed)
            .start_with(practice),
    )
    .await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    for (round, symptom) in SYMPTOMS.into_iter().enumerate() {
        let (from, to) = (&homes[round % 2], &homes[(round + 1) % 2]);
        let number = format!("+49 30 {round}");
        let late = propose_phone(&agent, &id, &number).await;
        leave(&hub, from, to, symptom).await;
        let before = phone(&agent, &id).await;
        let refreshes = hub.token_requests("refresh_token");
        assert_eq!(refreshes, round as u64 + 1, "{symptom}");

        // the keeper notes it in a moment, and the hub takes it up from there
        let now = loop {
            hub.hub().take_up_connection_events().await.unwrap();
            let now = connection(&agent).await;
            if now["host"] == authority(to) {
                break now;
            }
            assert_eq!(now["host"], authority(from), "{symptom}: {now}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(now["status"], "active");

        member.review_and_approve(&late).await;
        let ended = agent.proposal(&late).await;
        assert_ne!(ended["status"], "done", "{ended}");
        assert_eq!(phone(&agent, &id).await, before, "{symptom}");

        let proposal = propose_phone(&agent, &id, &number).await;
        member.review_and_approve(&proposal).await;
        let order = json!({ "id": proposal, "wait_seconds": 20 });
        let done = agent.result("gatelodge_get_proposal", order).await;
        assert_eq!(done["status"], "done", "{symptom}: {done}");
        assert_eq!(phone(&agent, &id).await, number.as_str(), "{symptom}");
        assert_eq!(hub.token_requests("refresh_token"), refreshes);
    }
    hub.stop().await;
}

// proves R19, O11: a host that is not allowed is not followed, whatever the old one answers
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_org_that_moves_out_of_reach_is_not_followed() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let from = hub.practice.url();
    let to = "https://attacker.example".parse().unwrap();
    leave(&hub, &from, &to, "moved").await;
    let query = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    let refused = agent.rest("salesforce_query", &query).await;
    assert!(!refused.status.is_success(), "{}", refused.text);
    let now = connection(&agent).await;
    assert_eq!(now["status"], "attention", "{now}");
    assert_eq!(now["diagnosis"]["reason"], "host_refused", "{now}");
    assert_eq!(now["host"], authority(&from));
    hub.stop().await;
}
