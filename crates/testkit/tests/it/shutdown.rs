//! A host is asked to end while much is under way.

use std::time::Duration;

use gatelodge_model::AgentAccess;
use gatelodge_practice::PracticeOptions;
use gatelodge_testkit::database::Engine;
use gatelodge_testkit::host::Host;
use gatelodge_testkit::hub::{Agent, TestHub, Who};
use gatelodge_testkit::practice::{MARIA, PracticeOrg};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};

use crate::proposals::{account, propose_phone};

/// Answers that wait for something to happen.
const STREAMS: usize = 100;
/// Refreshes under way.
const REFRESHES: usize = 20;
/// How long the practice org takes over each, in milliseconds.
const SLOWNESS: u64 = 2_000;
/// What the product promises about its end.
const LIMIT: Duration = Duration::from_secs(10);

/// An answer that waits until somebody decides; over REST and over MCP.
async fn stream(agent: Agent, proposal: String, over_mcp: bool) -> Value {
    let order = json!({ "id": proposal, "wait_seconds": 50 });
    if over_mcp {
        let answer = agent.call("gatelodge_get_proposal", order).await;
        return answer["structuredContent"].clone();
    }
    agent.result("gatelodge_get_proposal", order).await
}

async fn query(agent: Agent, connection: String) -> u16 {
    let soql = json!({ "soql": "SELECT Id FROM Account LIMIT 1", "connection": connection });
    agent.rest("salesforce_query", &soql).await.status.as_u16()
}

// proves R15: both processes are asked to end at once, with 100 answers that wait and 20 refreshes under way
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_ends_in_time_and_loses_nothing() {
    let mut options = PracticeOptions::new();
    options.grants_per_user_and_app = REFRESHES;
    let practice = PracticeOrg::start(options).await;
    let hub = Box::pin(
        TestHub::builder()
            .on(Engine::Postgres)
            .app(|app| app.rotate_refresh_tokens = true)
            .start_with(practice),
    )
    .await;
    let mut member = hub.person(Who::Member).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    let mut connections = vec![member.connect(&hub, MARIA).await];
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "+49 30 12345").await;
    while connections.len() < REFRESHES {
        connections.push(member.connect(&hub, MARIA).await);
    }
    let host = Host::beside(&hub).await;
    let at_host = host.agent(&agent);
    let streams: Vec<_> = (0..STREAMS)
        .map(|number| stream(at_host.clone(), proposal.clone(), number % 2 == 0))
        .map(tokio::spawn)
        .collect();
    let fault = json!({ "path_prefix": "/services/oauth2/token", "times": REFRESHES, "answer_delay_ms": SLOWNESS });
    hub.practice.admin("faults", &fault).await;
    hub.practice.admin("expire-access-tokens", &json!({})).await;
    let calls: Vec<_> = connections
        .iter()
        .map(|connection| query(at_host.clone(), connection.clone()))
        .map(tokio::spawn)
        .collect();
    // They came after the streams, through the same door.
    while hub.token_requests("refresh_token") < REFRESHES as u64 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let ended = tokio::time::timeout(LIMIT, host.stop_at_once()).await;
    let (status, logs) = ended.expect("the end comes in time");
    assert!(status.success(), "{logs}");
    assert!(logs.contains("the keeper ended"), "{logs}");
    assert!(!logs.contains("were cut off"), "{logs}");
    for stream in streams {
        let answer = stream.await.expect("a whole answer");
        assert_eq!(answer["status"], "pending", "{answer}");
    }
    for call in calls {
        call.await.expect("an answer");
    }

    let database = hub.back_door().await;
    let committed =
        "SELECT count(*) AS number FROM credentials WHERE generation = 2 AND intent_owner IS NULL";
    let committed = Statement::from_string(DbBackend::Postgres, committed);
    let row = database.query_one_raw(committed).await.unwrap().unwrap();
    let committed: i64 = row.try_get("", "number").unwrap();
    assert_eq!(committed, 20, "all are committed: {logs}");
    database.close().await.unwrap();
    // and what was committed works at another host, without another refresh
    for connection in connections {
        assert_eq!(query(agent.clone(), connection).await, 200);
    }
    assert_eq!(hub.token_requests("refresh_token"), REFRESHES as u64);
    let grants = hub.practice.running().practice().oauth.grant_count();
    assert_eq!(grants, REFRESHES);
    hub.stop().await;
}
