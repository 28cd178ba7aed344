//! The hub's web role, its keeper, or both are killed again and again while people approve; what was approved happens
//! once, or is shown as unknown.
//!
//! The practice org runs in a process of its own, so that it can testify: it counts the writes of each record. Its
//! answers are slow, some before and some after the work, so that kills hit writes that have happened and writes
//! that have not. `GATELODGE_TEST_SEED` brings the same choices again. Must not know how the hub keeps its promise.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use super::Report;
use super::planned_writes::{self, Effects, Planned};
use super::victims::{LOOK_AGAIN, START, Victim, Victims};
use crate::browser;
use crate::chance::Chance;
use crate::decider::{Decided, Decider, RestAgent};
use crate::ledger::Ledger;
use crate::practice::admin;
use crate::process::Process;

/// How long a run lasts.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Writes that are proposed and approved.
    pub approvals: usize,
    /// Kills at least.
    pub kills: usize,
    /// Of them, those that hit an execution, at least.
    pub while_executing: usize,
    /// A run with less luck than this has a fault of its own.
    pub most_kills: usize,
}

impl Plan {
    /// For every test run.
    pub const SHORT: Self = Self {
        approvals: 200,
        kills: 60,
        while_executing: 20,
        most_kills: 150,
    };

    /// A thousand kills, each while a write was being executed.
    pub const LONG: Self = Self {
        approvals: 2_000,
        kills: 1_000,
        while_executing: 1_000,
        most_kills: 1_500,
    };
}

const PEOPLE: usize = 8;
/// A run asks more of one connection than people do in an hour.
const NO_BUDGET: &[(&str, &str)] = &[
    ("GATELODGE_BUDGET__CALLS", "0"),
    ("GATELODGE_BUDGET__ROWS", "0"),
    ("GATELODGE_BUDGET__BYTES", "0"),
];
/// How long the practice org takes over a write.
const SLOWNESS: u64 = 150;
/// And over some: longer than the hub looks for a write whose answer it lost.
const SLOWEST: u64 = 4_000;
/// How often before and after the work take turns.
const TURNS: usize = 25;
/// Something is killed within this time after the kill before.
const LIFE: Duration = Duration::from_millis(800);

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

/// Kills and counts.
///
/// # Panics
/// When a write happened twice, an outcome does not fit what happened, or an acknowledged fact is lost.
pub async fn run(plan: Plan) -> Report {
    let mut chance = Chance::new();
    let mut report = Report::new("Kills while approved writes are executed");
    report.note("seed", chance.seed());
    let place = crate::evidence::folder();
    let folder = |name: &str| place.path().join(name);
    let practice = Process::practice(&folder("practice"), &folder("practice.log")).await;
    let org: Url = practice.ready["practice_org"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut hub = Process::demo_in(&folder("hub"), &folder("hub.log"), &org, NO_BUDGET).await;
    let ledger = Ledger::of_folder(&folder("hub"));
    let ready = hub.ready.clone();
    let agent = RestAgent::new(
        ready["rest"].as_str().unwrap(),
        ready["agent_token"].as_str().unwrap(),
    );
    let person = Decider::first_of(&ready).await;

    let planned = planned_writes::propose(&agent, plan.approvals).await;
    be_slow(&org, plan.approvals).await;

    let (signal, hub_state) = watch::channel(Up { start: 0, up: true });
    let permits = Arc::new(Semaphore::new(0));
    let decisions = Arc::new(Mutex::new(Decisions::default()));
    let mut people = people(&planned, &person, &hub_state, &permits, &decisions);
    let mut victims = Victims::of(&folder("hub"));
    let (mut kills, mut while_executing, mut released) = (0, 0, 0);
    while kills < plan.kills || while_executing < plan.while_executing {
        assert!(
            kills < plan.most_kills,
            "{while_executing} of {kills} kills hit an execution"
        );
        let share = (plan.approvals - released).div_ceil(plan.kills.saturating_sub(kills).max(1));
        permits.add_permits(share);
        released += share;
        // the moment of the kill is what chance decides here; nothing waits for anything
        tokio::time::sleep(chance.moment(LIFE)).await;
        let down = || signal.send_modify(|state| state.up = false);
        let victim = victims.strike(&mut hub, &mut chance, down).await;
        kills += 1;
        let executing = ledger.statuses().await.get("executing").copied();
        while_executing += usize::from(executing > Some(0));
        if victim == Victim::Keeper {
            continue;
        }
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
    permits.add_permits(plan.approvals - released);
    while let Some(ended) = people.join_next().await {
        ended.unwrap();
    }

    works_again(&agent).await;
    let outcomes = settled(&agent, &planned).await;
    let effects = Effects::read(&agent, &org, plan.approvals).await;
    let decisions = Arc::try_unwrap(decisions).ok().unwrap().into_inner();
    let judgement = judge(&planned, &outcomes, &effects);
    report.at_least("kills", kills, plan.kills);
    report.at_least(
        "kills while a write was being executed",
        while_executing,
        plan.while_executing,
    );
    victims.tell(&mut report);
    report.note("approvals", plan.approvals);
    report.note("approvals acknowledged", decisions.acknowledged.len());
    report.note("answers to approvals lost", decisions.lost_answers);
    for (what, count) in &judgement.counts {
        report.note(what, count);
    }
    report.exactly("writes that happened twice", judgement.twice, 0);
    report.exactly(
        "outcomes that do not fit what happened",
        judgement.misfits.len(),
        0,
    );
    for misfit in &judgement.misfits {
        report.note("misfit", misfit);
    }
    let said = audit_is_whole(
        hub,
        &ledger,
        &folder("hub"),
        &planned,
        &decisions.acknowledged,
    )
    .await;
    report.note("audit log", said);
    assert!(practice.stop().await.success());
    report
}

/// Waits until reads pass through whatever was started last.
async fn works_again(agent: &RestAgent) {
    let query = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    let patience = Instant::now() + START;
    loop {
        let answer = agent.call("salesforce_query", &query).await;
        if matches!(answer, Ok((200, _))) {
            return;
        }
        assert!(
            Instant::now() < patience,
            "the hub does not work again: {answer:?}"
        );
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Writes are slow from now on, in turns before and after the work.
async fn be_slow(org: &Url, approvals: usize) {
    let client = browser::client(None);
    // the org takes 200 open orders
    let times = approvals.div_ceil(2 * TURNS);
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
                        // there is no keeper at this moment
                        Ok(Decided::NotNow) => tokio::time::sleep(LOOK_AGAIN).await,
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

/// What the hub says, compared with what the practice org counted.
#[derive(Default)]
struct Judgement {
    /// Writes that happened more than once.
    twice: usize,
    /// Outcomes that do not fit what happened.
    misfits: Vec<String>,
    /// How many of each outcome.
    counts: BTreeMap<String, usize>,
}

fn judge(planned: &[Planned], outcomes: &BTreeMap<String, Value>, effects: &Effects) -> Judgement {
    let mut judgement = Judgement::default();
    for planned in planned {
        let outcome = &outcomes[&planned.proposal];
        let status = outcome["status"].as_str().unwrap_or_default();
        let happened = effects.of(planned);
        judgement.twice += usize::from(happened > 1);
        let fits = match status {
            "done" => happened == 1,
            // said with evidence, and never more than once
            "unknown" => happened <= 1 && outcome.to_string().contains("\"evidence\":\""),
            // the read before the write may have fallen into a kill; then nothing was sent
            "failed" | "stale" => happened == 0,
            _ => false,
        };
        if !fits {
            judgement.misfits.push(format!(
                "{planned:?} happened {happened} times and is {outcome}"
            ));
        }
        *judgement
            .counts
            .entry(format!("{status}, happened {happened} times"))
            .or_default() += 1;
    }
    judgement
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
