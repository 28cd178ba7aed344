//! The hub is killed again and again while people approve; what was approved happens once, or is shown as unknown.
//!
//! The practice org runs in a process of its own, so that it can testify: it counts the writes of each record. Its
//! answers are slow, some before and some after the work, so that kills hit writes that have happened and writes
//! that have not. `GATELODGE_TEST_SEED` brings the same choices again.

mod refresh;
mod story;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gatelodge_testkit::browser;
use gatelodge_testkit::chance::Chance;
use gatelodge_testkit::decider::{Decided, Decider, RestAgent};
use gatelodge_testkit::ledger::Ledger;
use gatelodge_testkit::practice::admin;
use gatelodge_testkit::process::Process;
use serde_json::{Value, json};
use story::{Effects, Planned};
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::task::JoinSet;
use url::Url;

const APPROVALS: usize = 200;
const KILLS: usize = 60;
const KILLS_WHILE_EXECUTING: usize = 20;
/// A run with less luck than this has a fault of its own.
const MOST_KILLS: usize = 150;
const PEOPLE: usize = 8;
/// How long the practice org takes over a write.
const SLOWNESS: u64 = 150;
/// And over some: longer than the hub looks for a write whose answer it lost.
const SLOWEST: u64 = 4_000;
/// How often before and after the work take turns.
const TURNS: usize = 25;
/// The hub is killed within this time after its start.
const LIFE: Duration = Duration::from_secs(1);

/// Whether the hub is up, and which start that was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Up {
    start: usize,
    up: bool,
}

/// What the people did.
#[derive(Default)]
struct Decisions {
    acknowledged: Vec<String>,
    lost_answers: usize,
}

// proves APR-4, SEC-4, R8 and the rules that a write is never sent twice and that no acknowledged fact is lost
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approved_writes_happen_once_however_often_the_hub_is_killed() {
    let mut chance = Chance::new();
    println!("GATELODGE_TEST_SEED={}", chance.seed());
    let place = tempfile::tempdir().unwrap();
    let folder = |name: &str| place.path().join(name);
    let practice = Process::practice(&folder("practice"), &folder("practice.log")).await;
    let org: Url = practice.ready["practice_org"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut hub = Process::demo_with(&folder("hub"), &folder("hub.log"), &org).await;
    let ledger = Ledger::of_folder(&folder("hub"));
    let ready = hub.ready.clone();
    let agent = RestAgent::new(
        ready["rest"].as_str().unwrap(),
        ready["agent_token"].as_str().unwrap(),
    );
    let person = sign_in(&ready).await;

    let planned = story::propose(&agent, APPROVALS).await;
    be_slow(&org).await;

    let (signal, hub_state) = watch::channel(Up { start: 0, up: true });
    let permits = Arc::new(Semaphore::new(0));
    let decisions = Arc::new(Mutex::new(Decisions::default()));
    let mut people = people(&planned, &person, &hub_state, &permits, &decisions);
    let (mut kills, mut while_executing, mut released) = (0, 0, 0);
    while kills < KILLS || while_executing < KILLS_WHILE_EXECUTING {
        assert!(
            kills < MOST_KILLS,
            "{while_executing} of {kills} kills hit an execution"
        );
        let share = (APPROVALS - released).div_ceil(KILLS.saturating_sub(kills).max(1));
        permits.add_permits(share);
        released += share;
        // the moment of the kill is what chance decides here; nothing waits for anything
        tokio::time::sleep(chance.moment(LIFE)).await;
        signal.send_modify(|state| state.up = false);
        hub.kill().await;
        kills += 1;
        let executing = ledger
            .statuses()
            .await
            .get("executing")
            .copied()
            .unwrap_or(0);
        while_executing += usize::from(executing > 0);
        hub.restart().await;
        assert_eq!(
            hub.ready["hub"], ready["hub"],
            "the hub comes back at its address"
        );
        signal.send_modify(|state| {
            *state = Up {
                start: state.start + 1,
                up: true,
            }
        });
    }
    permits.add_permits(APPROVALS - released);
    while let Some(ended) = people.join_next().await {
        ended.unwrap();
    }

    let outcomes = settled(&agent, &planned).await;
    let effects = Effects::read(&agent, &org).await;
    let decisions = Arc::try_unwrap(decisions).ok().unwrap().into_inner();
    let counts = judge(&planned, &outcomes, &effects);
    println!(
        "{kills} kills, {while_executing} of them while something was executing; {APPROVALS} approvals, \
         {} acknowledged, {} answers lost; outcomes {counts:?}",
        decisions.acknowledged.len(),
        decisions.lost_answers,
    );
    let said = audit_is_whole(
        hub,
        &ledger,
        &folder("hub"),
        &planned,
        &decisions.acknowledged,
    )
    .await;
    println!("{said}");
    assert!(practice.stop().await.success());
}

async fn sign_in(ready: &Value) -> Decider {
    let hub: Url = ready["hub"].as_str().unwrap().parse().unwrap();
    let person = &ready["people"][0];
    let (email, password) = (
        person["email"].as_str().unwrap(),
        person["password"].as_str().unwrap(),
    );
    Decider::sign_in(&hub, email, password).await
}

/// Writes are slow from now on, in turns before and after the work.
async fn be_slow(org: &Url) {
    let client = browser::client(None);
    // the org takes 200 open orders
    let times = APPROVALS.div_ceil(2 * TURNS);
    for turn in 0..TURNS {
        for wait in ["delay_ms", "answer_delay_ms"] {
            let time = if turn % 4 == 3 { SLOWEST } else { SLOWNESS };
            for method in ["PATCH", "POST", "DELETE"] {
                let fault = json!({ "path_prefix": "/services/data", "method": method, "times": times, wait: time });
                admin(&client, org, "faults", &fault).await;
            }
        }
    }
}

/// Eight people at once, who approve as permits come, and try again when the hub went.
fn people(
    planned: &[Planned],
    person: &Decider,
    hub: &watch::Receiver<Up>,
    permits: &Arc<Semaphore>,
    decisions: &Arc<Mutex<Decisions>>,
) -> JoinSet<()> {
    let mut people = JoinSet::new();
    for lane in 0..PEOPLE {
        let mine: Vec<String> = planned
            .iter()
            .skip(lane)
            .step_by(PEOPLE)
            .map(|planned| planned.proposal.clone())
            .collect();
        let (person, mut hub) = (person.clone(), hub.clone());
        let (permits, decisions) = (Arc::clone(permits), Arc::clone(decisions));
        people.spawn(async move {
            for proposal in mine {
                permits.acquire().await.unwrap().forget();
                loop {
                    let state = *hub.wait_for(|state| state.up).await.unwrap();
                    match person.approve(&proposal).await {
                        Ok(decided) => {
                            if decided == Decided::Acknowledged {
                                decisions.lock().await.acknowledged.push(proposal.clone());
                            }
                            break;
                        }
                        Err(gone) => {
                            assert_ne!(
                                *hub.borrow(),
                                state,
                                "the hub fails without being killed: {gone:?}"
                            );
                            decisions.lock().await.lost_answers += 1;
                        }
                    }
                }
            }
        });
    }
    people
}

/// The status of every proposal, once it has its last one.
async fn settled(agent: &RestAgent, planned: &[Planned]) -> BTreeMap<String, Value> {
    let mut outcomes = BTreeMap::new();
    for planned in planned {
        let order = json!({ "id": planned.proposal, "wait_seconds": 50 });
        let view = agent.result("gatelodge_get_proposal", &order).await;
        outcomes.insert(planned.proposal.clone(), view);
    }
    outcomes
}

/// Compares what the hub says with what the practice org counted.
fn judge(
    planned: &[Planned],
    outcomes: &BTreeMap<String, Value>,
    effects: &Effects,
) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for planned in planned {
        let outcome = &outcomes[&planned.proposal];
        let status = outcome["status"].as_str().unwrap_or_default();
        let happened = effects.of(planned);
        let fits = match status {
            "done" => happened == 1,
            "unknown" => happened <= 1,
            // the read before the write may have fallen into a kill; then nothing was sent
            "failed" | "stale" => happened == 0,
            _ => false,
        };
        assert!(
            fits,
            "{planned:?} happened {happened} times and is {outcome}"
        );
        *counts
            .entry(format!("{status}, happened {happened} times"))
            .or_default() += 1;
    }
    counts
}

/// Every acknowledged decision and every acknowledged proposal has its row, and the chains are whole.
async fn audit_is_whole(
    hub: Process,
    ledger: &Ledger,
    folder: &Path,
    planned: &[Planned],
    acknowledged: &[String],
) -> String {
    assert!(hub.stop().await.success(), "the hub ends cleanly");
    let approved = ledger.audited("proposal.approved").await;
    for proposal in acknowledged {
        let rows = approved.iter().filter(|target| *target == proposal).count();
        assert_eq!(rows, 1, "approvals of {proposal} in the audit log");
    }
    for action in [
        "proposal.created",
        "proposal.approved",
        "proposal.executing",
        "proposal.settled",
    ] {
        let mut targets = ledger.audited(action).await;
        targets.sort();
        let all = targets.len();
        targets.dedup();
        assert_eq!(
            targets.len(),
            all,
            "{action} is written once for each proposal"
        );
        assert!(all <= planned.len());
    }
    let created = ledger.audited("proposal.created").await;
    assert!(
        planned
            .iter()
            .all(|planned| created.contains(&planned.proposal))
    );
    let config = folder.join("gatelodge.toml");
    let (status, said, errors) =
        Process::run(&["audit", "verify", "--config", config.to_str().unwrap()]).await;
    assert!(status.success(), "{said}{errors}");
    said.trim().to_owned()
}
