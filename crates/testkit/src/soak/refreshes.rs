//! Many connections over several hosts, whose tokens end all the time: they are renewed by themselves and because
//! somebody calls, and the practice org, which rotates refresh tokens strictly, counts what was presented.
//!
//! Must not know how refreshes are done.

use std::time::Duration;

use gatelodge_practice::PracticeOptions;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::Report;
use super::people::{self, Member, at_once};
use crate::database::Engine;
use crate::host::Host;
use crate::hub::{Agent, TestHub};
use crate::practice::PracticeOrg;

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Hosts, with a web role and a keeper each, beside the hub that people connected at.
    pub hosts: usize,
    /// People.
    pub people: usize,
    /// Connections of each.
    pub connections: usize,
    /// How long an access token lives.
    pub life: Duration,
    /// Refreshes at least.
    pub refreshes: u64,
}

impl Plan {
    /// For every test run.
    pub const SHORT: Self = Self {
        hosts: 2,
        people: 2,
        connections: 4,
        life: Duration::from_secs(2),
        refreshes: 24,
    };

    /// A thousand connections on three hosts.
    pub const LONG: Self = Self {
        hosts: 3,
        people: 20,
        connections: 50,
        life: Duration::from_mins(1),
        refreshes: 10_000,
    };
}

/// Calls under way at a time.
const CALLS: usize = 48;

/// Between the end of a token and the next calls.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// A run that needs so many rounds has a fault of its own.
const ROUNDS: u32 = 100;

/// How long what is under way may take to its end.
const SETTLES: Duration = Duration::from_secs(30);

/// More than an org allows in a day, so that this is no hindrance.
const REQUESTS_A_DAY: u64 = 10_000_000;

/// Refreshes and counts.
///
/// # Panics
/// When the hosts cannot be set up.
pub async fn run(plan: Plan) -> Report {
    let mut report = Report::new("Refreshes of many connections on several hosts");
    let connections = plan.people * plan.connections;
    let mut options = PracticeOptions::new();
    options.session_timeout = plan.life;
    options.grants_per_user_and_app = connections;
    options.daily_request_limit = REQUESTS_A_DAY;
    let practice = PracticeOrg::start(options).await;
    let hub = Box::pin(
        TestHub::builder()
            .on(Engine::Postgres)
            .app(|app| app.rotate_refresh_tokens = true)
            .start_with(practice),
    )
    .await;
    let members = people::members(&hub, plan.people, plan.connections).await;
    let mut hosts = Vec::new();
    for _ in 0..plan.hosts {
        hosts.push(Host::beside(&hub).await);
    }
    let database = hub.back_door().await;

    let (mut rounds, mut lost, mut later, mut answers) = (0, 0_usize, 0_usize, 0_usize);
    let began = Instant::now();
    while hub.token_requests("refresh_token") < plan.refreshes {
        rounds += 1;
        assert!(rounds <= ROUNDS, "refreshes do not come");
        let over = Instant::now() + plan.life + AFTERWARDS;
        // by themselves, while the same ones are called through every host
        half_is_due(&database).await;
        for status in at_once(CALLS, calls(&hosts, &members)).await {
            match status {
                200 => answers += 1,
                409 | 422 => lost += 1,
                _ => later += 1,
            }
        }
        // and by themselves only
        half_is_due(&database).await;
        sleep_until(over).await;
    }
    let took = began.elapsed();

    let (committed, presented) = settled(&hub, &database).await;
    let by_themselves = number(
        &database,
        "SELECT CAST(coalesce(sum(count), 0) AS BIGINT) AS number FROM connection_events WHERE kind = 'kept_alive'",
    )
    .await;
    let counts = hub.practice.running().counts();
    let refused = counts.answers.get("POST 400").copied().unwrap_or_default();
    report.note("hosts", plan.hosts);
    report.note("connections", connections);
    report.note("life of a token, in seconds", plan.life.as_secs());
    report.note("rounds", rounds);
    report.note("seconds", took.as_secs());
    report.note("calls that were answered", answers);
    report.note("calls that were told to try again", later);
    report.exactly("calls that were told to reconnect", lost, 0);
    report.at_least("refresh tokens presented", presented, plan.refreshes);
    report.exactly("refreshes committed", committed, presented);
    report.exactly("refresh tokens refused", refused, 0);
    report.at_least(
        "refreshes that came by themselves",
        by_themselves,
        plan.refreshes / 10,
    );
    let codes = hub.token_requests("authorization_code");
    report.exactly("grants given", codes, connections as u64);
    let grants = hub.practice.running().practice().oauth.grant_count();
    report.exactly("grants alive", grants, connections);
    for host in hosts {
        host.stop().await;
    }
    database.close().await.expect("the connection ends");
    hub.stop().await;
    report
}

/// A call of each connection through each host, those of a connection beside each other.
fn calls(hosts: &[Host], members: &[Member]) -> Vec<impl Future<Output = u16> + Send + 'static> {
    let mut calls = Vec::new();
    for member in members {
        let agents: Vec<Agent> = hosts.iter().map(|host| host.agent(&member.agent)).collect();
        for connection in &member.connections {
            for agent in &agents {
                calls.push(call(agent.clone(), connection.clone()));
            }
        }
    }
    calls
}

async fn call(agent: Agent, connection: String) -> u16 {
    let soql = json!({ "soql": "SELECT Id FROM Account LIMIT 1", "connection": connection });
    agent.rest("salesforce_query", &soql).await.status.as_u16()
}

/// As if their time had come: what nobody called for long is refreshed to keep it alive.
async fn half_is_due(database: &DatabaseConnection) {
    database
        .execute_unprepared("UPDATE credentials SET next_refresh_at = now() WHERE random() < 0.5")
        .await
        .expect("the database takes it");
}

/// How many refreshes were committed, and how many refresh tokens were presented, once nothing is under way.
async fn settled(hub: &TestHub, database: &DatabaseConnection) -> (u64, u64) {
    let since = Instant::now();
    loop {
        // A connection is made with its first generation; each refresh adds one.
        let committed = number(
            database,
            "SELECT CAST(sum(generation - 1) AS BIGINT) AS number FROM credentials",
        )
        .await;
        let presented = hub.token_requests("refresh_token");
        let open = number(
            database,
            "SELECT count(*) AS number FROM credentials WHERE intent_owner IS NOT NULL OR next_refresh_at < now() + interval '10 minutes'",
        )
        .await;
        if (committed == presented && open == 0) || since.elapsed() > SETTLES {
            return (committed, presented);
        }
        sleep(AFTERWARDS).await;
    }
}

async fn number(database: &DatabaseConnection, query: &str) -> u64 {
    let query = Statement::from_string(DbBackend::Postgres, query);
    let row = database.query_one_raw(query).await.expect("an answer");
    let number: i64 = row.expect("a row").try_get("", "number").expect("a number");
    number.unsigned_abs()
}
