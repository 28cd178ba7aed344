//! Keepers are killed when the practice org has rotated a token and its answer is on the way: the next keeper finds
//! out at its start, the hub shows it, and the person is told once.
//!
//! Must not know how a keeper finds out.

use std::time::Duration;

use gatelodge_practice::PracticeOptions;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Report;
use super::people;
use crate::database::Engine;
use crate::host::Host;
use crate::hub::{Agent, TestHub};
use crate::practice::PracticeOrg;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Kills, each with a connection of its own.
    pub kills: usize,
    /// From the keeper's new start to the status of the connection.
    pub within: Duration,
}

impl Plan {
    /// For every test run, which says nothing about time.
    pub const SHORT: Self = Self {
        kills: 2,
        within: Duration::from_mins(1),
    };

    /// Within five seconds.
    pub const LONG: Self = Self {
        kills: 30,
        within: Duration::from_secs(5),
    };
}

/// The answer to a refresh is on the way for so long, in milliseconds: longer than the keeper lives.
const SLOWNESS: u64 = 20_000;

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What is not seen by then will not be.
const PATIENCE: Duration = Duration::from_mins(2);

/// Kills and counts.
///
/// # Panics
/// When the host cannot be set up, or a loss is never seen.
pub async fn run(plan: Plan) -> Report {
    let mut report = Report::new("Keepers killed with the answer to a refresh on the way");
    let mut options = PracticeOptions::new();
    options.grants_per_user_and_app = plan.kills;
    let practice = PracticeOrg::start(options).await;
    let hub = Box::pin(
        TestHub::builder()
            .on(Engine::Postgres)
            .app(|app| app.rotate_refresh_tokens = true)
            .start_with(practice),
    )
    .await;
    let mut members = people::members(&hub, 1, plan.kills).await;
    let member = members.remove(0);
    let host = Host::beside(&hub).await;
    let agent = host.agent(&member.agent);

    let mut slowest = Duration::ZERO;
    for connection in &member.connections {
        let seen = lose(&hub, &host, &agent, connection).await;
        slowest = slowest.max(seen);
    }
    let states = states(&agent).await;
    let named = |connection: &Value| {
        connection["status"] == "attention" && connection["diagnosis"]["reason"] == "lost_rotation"
    };
    let shown = states.iter().filter(|connection| named(connection)).count();
    let mut person = member.person;
    let page = person.get("/notices").await.expect(200).text;
    let told = |connection: &String| {
        let page_of_it = format!("<h2><a href=\"/connections/{connection}\">");
        page.matches(&page_of_it).count()
    };
    let told: Vec<usize> = member.connections.iter().map(told).collect();
    report.exactly("kills, each of which hurt a connection", shown, plan.kills);
    report.exactly(
        "connections whose person was told",
        told.iter().filter(|count| **count > 0).count(),
        plan.kills,
    );
    report.exactly(
        "connections whose person was told twice",
        told.iter().filter(|count| **count > 1).count(),
        0,
    );
    report.at_most(
        "seconds from the keeper's new start to the status at the hub",
        slowest.as_secs_f64(),
        plan.within.as_secs_f64(),
    );
    host.stop().await;
    hub.stop().await;
    report
}

/// Has a connection lose its token; gives how long the hub took to say so after the keeper's new start.
async fn lose(hub: &TestHub, host: &Host, agent: &Agent, connection: &str) -> Duration {
    let before = hub.token_requests("refresh_token");
    let fault =
        json!({ "path_prefix": "/services/oauth2/token", "times": 1, "answer_delay_ms": SLOWNESS });
    hub.practice.admin("faults", &fault).await;
    hub.practice.admin("expire-access-tokens", &json!({})).await;
    let soql = json!({ "soql": "SELECT Id FROM Account LIMIT 1", "connection": connection });
    let calling = {
        let agent = agent.clone();
        tokio::spawn(async move { agent.rest("salesforce_query", &soql).await })
    };
    let old = host.keeper().await;
    while hub.token_requests("refresh_token") == before {
        sleep(LOOK_AGAIN).await;
    }
    host.kill_keeper().await;
    while host
        .keeper_if_any()
        .await
        .is_none_or(|keeper| keeper == old)
    {
        sleep(LOOK_AGAIN).await;
    }
    let started = Instant::now();
    loop {
        let states = states(agent).await;
        let state = states.iter().find(|state| state["id"] == connection);
        if state.is_some_and(|state| state["status"] == "attention") {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "{state:?} {}", host.logs());
        sleep(LOOK_AGAIN).await;
    }
    let seen = started.elapsed();
    let reply = calling.await.expect("no panic");
    assert!(!reply.status.is_success(), "{}", reply.text);
    seen
}

async fn states(agent: &Agent) -> Vec<Value> {
    let answer = agent.get("/api/v1/connections").await.expect(200).json();
    answer["connections"]
        .as_array()
        .expect("connections")
        .clone()
}
