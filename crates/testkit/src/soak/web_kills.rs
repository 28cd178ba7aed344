//! Web roles of several hosts are killed again and again under load, while tokens end all the time: the keepers go on,
//! and no token is lost.
//!
//! Must not know how refreshes are done; the practice org, which rotates refresh tokens, counts them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::{Report, people};
use crate::chance::Chance;
use crate::database::Engine;
use crate::host::Host;
use crate::hub::{Agent, TestHub};

/// How long a run lasts.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Hosts besides the one that nobody kills.
    pub hosts: usize,
    /// People with a connection each.
    pub people: usize,
    /// How long web roles are killed.
    pub time: Duration,
}

impl Plan {
    /// For every test run.
    pub const SHORT: Self = Self {
        hosts: 2,
        people: 6,
        time: Duration::from_secs(12),
    };

    /// Ten minutes.
    pub const LONG: Self = Self {
        hosts: 3,
        people: 20,
        time: Duration::from_mins(10),
    };
}

/// From one kill to the next.
const EVERY: Duration = Duration::from_secs(2);

/// How often all access tokens end: within an hour no user of the practice org may sign in more than 3,600 times.
const TOKENS_END: Duration = Duration::from_millis(1_500);

/// How often something is tried again that may work later.
const TRIES: usize = 30;

const QUERY: &str = "SELECT Id FROM Account LIMIT 1";

/// What the agents met.
#[derive(Default)]
struct Counts {
    answers: AtomicU64,
    broken: AtomicU64,
    later: AtomicU64,
    lost: AtomicU64,
}

/// Kills and counts.
///
/// # Panics
/// When the hosts cannot be set up.
pub async fn run(plan: Plan) -> Report {
    let mut chance = Chance::new();
    let mut report = Report::new("Web roles killed under load");
    report.note("seed", chance.seed());
    let hub = TestHub::builder()
        .on(Engine::Postgres)
        .without_budget()
        .app(|app| app.rotate_refresh_tokens = true)
        .start()
        .await;
    let members = people::members(&hub, plan.people, 1).await;
    let agents: Vec<Agent> = members.into_iter().map(|member| member.agent).collect();
    let mut hosts = Vec::new();
    for _ in 0..plan.hosts {
        hosts.push(Host::beside(&hub).await);
    }

    let counts = Arc::new(Counts::default());
    let ending = Arc::new(AtomicBool::new(false));
    let mut load = JoinSet::new();
    for (number, agent) in agents.iter().enumerate() {
        let agent = hosts[number % hosts.len()].agent(agent);
        load.spawn(ask(agent, Arc::clone(&counts), Arc::clone(&ending)));
    }
    let start = Instant::now();
    let mut next_kill = start + EVERY;
    let mut kills = 0_u64;
    while start.elapsed() < plan.time {
        sleep(TOKENS_END).await;
        hub.practice.admin("expire-access-tokens", &json!({})).await;
        if Instant::now() >= next_kill {
            next_kill += EVERY;
            let victim = usize::try_from(chance.below(plan.hosts as u64)).unwrap_or(0);
            hosts[victim].kill_web().await;
            kills += 1;
            hosts[victim].restart_web().await;
        }
    }
    ending.store(true, Ordering::Relaxed);
    while let Some(ended) = load.join_next().await {
        ended.expect("no panic");
    }

    // everybody's connection works at every host, with a token that was just refreshed
    let mut working = 0;
    for (number, agent) in agents.iter().enumerate() {
        hub.practice.admin("expire-access-tokens", &json!({})).await;
        let agent = hosts[number % hosts.len()].agent(agent);
        match works_again(&agent).await {
            Ok(()) => working += 1,
            Err(answer) => report.note("a connection that does not work", answer),
        }
    }
    report.note("kills of web roles", kills);
    report.note("answers under load", counts.answers.load(Ordering::Relaxed));
    report.note(
        "requests that a kill cut off",
        counts.broken.load(Ordering::Relaxed),
    );
    report.note(
        "answers that said to try again",
        counts.later.load(Ordering::Relaxed),
    );
    report.note("refreshes", hub.token_requests("refresh_token"));
    report.exactly(
        "answers that asked for a reconnect",
        counts.lost.load(Ordering::Relaxed),
        0,
    );
    report.exactly("connections that work at the end", working, plan.people);
    let grants = hub.practice.running().practice().oauth.grant_count();
    report.exactly("grants alive at the practice org", grants, plan.people);
    for host in hosts {
        host.stop().await;
    }
    hub.stop().await;
    report
}

async fn ask(agent: Agent, counts: Arc<Counts>, ending: Arc<AtomicBool>) {
    while !ending.load(Ordering::Relaxed) {
        let counter = match query(&agent).await {
            Some(200) => &counts.answers,
            Some(409 | 422) => &counts.lost,
            Some(_) => &counts.later,
            None => {
                // the host is being started again
                sleep(Duration::from_millis(50)).await;
                &counts.broken
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether it works, if need be after what the hub says may help: to try again.
async fn works_again(agent: &Agent) -> Result<(), String> {
    let mut answer = String::new();
    for _ in 0..TRIES {
        let soql = json!({ "soql": QUERY });
        let reply = agent.rest("salesforce_query", &soql).await;
        if reply.status.is_success() {
            return Ok(());
        }
        answer = reply.text;
        sleep(TOKENS_END).await;
    }
    Err(answer)
}

async fn query(agent: &Agent) -> Option<u16> {
    let url = agent.at("/api/v1/tools/salesforce_query");
    let request = agent
        .client()
        .post(url)
        .bearer_auth(agent.token().expose())
        .json(&json!({ "soql": QUERY }));
    Some(request.send().await.ok()?.status().as_u16())
}
