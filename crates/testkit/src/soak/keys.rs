//! All keys are replaced while agents work and keepers are killed: every record opens afterwards, none with an old key.
//!
//! Must not know how keys are replaced; it gives the orders that an operator gives, at the console.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use gatelodge_keeper_client::{
    Keeper as _, RetireKey, SaveOAuthApp, SealRequest, SealedKind, SecretChange, Viewer,
};
use gatelodge_model::{AgentAccess, OAuthAppId, OrganizationId, SealedId, Secret, UserId};
use gatelodge_server::ambient::{SystemClock, SystemRandom};
use gatelodge_server::config::Config;
use gatelodge_server::wiring::KeeperSide;
use gatelodge_store::keeper::{KeeperStore, RotationKind};
use gatelodge_store::{DatabaseOptions, Store};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::Report;
use crate::chance::Chance;
use crate::database::Engine;
use crate::host::Host;
use crate::hub::{Agent, TestHub, Who};
use crate::practice::{ADMIN, BEN, MARIA};
use crate::process::Process;

/// How much is replaced, and how often a keeper dies meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Organizations besides the one that works.
    pub organizations: usize,
    /// Sealed records of each.
    pub records: usize,
    /// Kills of keepers.
    pub kills: u64,
    /// One kill in so many comes right after a new operator's key was ordered.
    pub kek_every: u64,
    /// How long agents work before anything is replaced.
    pub calm: Duration,
    /// How many times the usual 95th percentile of calls is bearable; none where a run is too short to say.
    pub slower: Option<f64>,
}

impl Plan {
    /// For every test run.
    pub const SHORT: Self = Self {
        organizations: 3,
        records: 1_000,
        kills: 4,
        kek_every: 4,
        calm: Duration::from_secs(2),
        slower: None,
    };

    /// 100,000 records, 50 kills.
    pub const LONG: Self = Self {
        organizations: 40,
        records: 2_500,
        kills: 50,
        kek_every: 10,
        calm: Duration::from_mins(1),
        slower: Some(2.0),
    };
}

/// OAuth apps of each organization besides its records: what the other kind of data key seals.
const APPS: usize = 10;

/// Tasks that seal or open at the same time.
const AT_ONCE: usize = 8;

/// Between an agent's calls.
const PAUSE: Duration = Duration::from_millis(50);

/// Between two looks at a replacement.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// From the moment that a kill is due, at most.
const JITTER: Duration = Duration::from_millis(80);

const QUERY: &str = "SELECT Id FROM Account LIMIT 1";

/// A sealed record, and what must come out of it.
type Kept = (OrganizationId, SealedId, String);

/// How long calls took, from the first try to the answer.
#[derive(Default)]
struct Calls {
    phase: AtomicUsize,
    taken: [Mutex<Vec<Duration>>; 2],
    repeated: AtomicU64,
}

const CALM: usize = 0;
const REPLACING: usize = 1;
const OVER: usize = 2;

/// Replaces and counts.
///
/// # Panics
/// When the hosts cannot be set up.
pub async fn run(plan: Plan) -> Report {
    let mut chance = Chance::new();
    let mut report = Report::new("Keys replaced under load");
    report.note("seed", chance.seed());
    let mut hub = TestHub::builder().on(Engine::Postgres).start().await;
    let agents = agents(&hub).await;
    hub.retreat().await;
    let kept = fill(&hub.config, plan).await;
    report.note("sealed records", kept.len());
    report.note("sealed OAuth apps", plan.organizations * APPS);

    let hosts = [Host::beside(&hub).await, Host::beside(&hub).await];
    let calls = Arc::new(Calls::default());
    let mut load = JoinSet::new();
    for host in &hosts {
        for agent in &agents {
            load.spawn(ask(host.agent(agent), Arc::clone(&calls)));
        }
    }
    sleep(plan.calm).await;
    calls.phase.store(REPLACING, Ordering::Relaxed);
    let began = Instant::now();
    let mut console = Console {
        store: store(&hub.config).await,
        folder: hub.folder().to_owned(),
        files: vec![hub.config.key_file()],
    };
    console.rotate(&hosts, true).await;
    let total = console.total().await;
    let mut kills = 0;
    let mut during = 0_u64;
    while kills < plan.kills {
        let due = total * (kills + 1) / (plan.kills + 1);
        while console.done().await < due && console.open().await > 0 {
            sleep(LOOK_AGAIN).await;
        }
        if kills % plan.kek_every == 0 {
            console.wait_for_kek().await;
            console.rotate(&hosts, false).await;
        }
        sleep(chance.moment(JITTER)).await;
        during += u64::from(console.open().await > 0);
        let victim = usize::try_from(chance.below(hosts.len() as u64)).unwrap_or(0);
        let killed = hosts[victim].keeper().await;
        hosts[victim].kill_keeper().await;
        hosts[victim].keeper_after(killed).await;
        kills += 1;
    }
    while console.open().await > 0 {
        sleep(LOOK_AGAIN).await;
    }
    report.note("replacing took, in s", began.elapsed().as_secs());
    calls.phase.store(OVER, Ordering::Relaxed);
    while let Some(ended) = load.join_next().await {
        ended.expect("no panic");
    }
    let mut working = 0;
    for host in &hosts {
        for agent in &agents {
            working += usize::from(query(&host.agent(agent)).await);
        }
    }
    let promised = hosts.len() * agents.len();
    for host in hosts {
        host.stop().await;
    }

    report.note("replacements of operator's keys", console.files.len() - 1);
    report.note("kills of keepers", kills);
    report.exactly("kills while keys were being replaced", during, plan.kills);
    compare(&mut report, plan, &calls).await;
    report.exactly(
        "connections that work at the end, at each host",
        working,
        promised,
    );
    let unreadable: u64 = console
        .rotations()
        .await
        .iter()
        .map(|one| one.unreadable)
        .sum();
    report.exactly("records that a replacement could not read", unreadable, 0);
    // the new key alone, and a keeper that remembers nothing
    let newest = console.files.pop().expect("a key");
    let mut config = hub.config.clone();
    config.keys.file = newest;
    look(&mut report, &config, kept).await;
    console.store.close().await;
    hub.stop().await;
    report
}

/// Three people, connected, with an agent each.
async fn agents(hub: &TestHub) -> Vec<Agent> {
    let mut agents = Vec::new();
    for (who, user) in [
        (Who::Member, MARIA),
        (Who::SecondMember, BEN),
        (Who::Owner, ADMIN),
    ] {
        let mut person = hub.person(who).await;
        person.connect(hub, user).await;
        agents.push(hub.agent_of(&mut person, AgentAccess::ReadAndPropose).await);
    }
    agents
}

/// Has a keeper seal what shall be there.
async fn fill(config: &Config, plan: Plan) -> Vec<Kept> {
    let side = keeper(config).await;
    let mut tasks = JoinSet::new();
    for lane in 0..AT_ONCE {
        let keeper = side.keeper.clone();
        tasks.spawn(async move {
            let mut kept = Vec::new();
            for _ in (lane..plan.organizations).step_by(AT_ONCE) {
                let organization = OrganizationId::generate(&SystemClock, &SystemRandom);
                for number in 0..APPS {
                    let app = SaveOAuthApp {
                        organization,
                        app: OAuthAppId::generate(&SystemClock, &SystemRandom),
                        provider: "salesforce".to_owned(),
                        client_id: format!("client {number}"),
                        client_secret: SecretChange::Set(Secret::new("a secret of this run")),
                    };
                    keeper.save_oauth_app(app).await.expect("an app is kept");
                }
                for number in 0..plan.records {
                    let text = format!("{organization}: record {number} {:>400}", "of this run");
                    let request = SealRequest {
                        organization,
                        kind: SealedKind::Outcome,
                        user: UserId::generate(&SystemClock, &SystemRandom),
                        agent: None,
                        bytes: text.clone().into_bytes(),
                    };
                    let id = keeper.seal(request).await.expect("a record is sealed");
                    kept.push((organization, id, text));
                }
            }
            kept
        });
    }
    let kept = tasks.join_all().await.into_iter().flatten().collect();
    side.stop().await;
    kept
}

/// Opens everything, looks which keys seal and wrap, and gives the old ones up.
async fn look(report: &mut Report, config: &Config, kept: Vec<Kept>) {
    let side = keeper(config).await;
    let records = kept.len();
    let (opened, first) = (open(&side, kept).await, Instant::now());
    report.exactly("records that open as they were", opened.len(), records);
    let inventory = side.keeper.key_inventory(None).await.expect("an inventory");
    let old: Vec<_> = inventory
        .data_keys
        .iter()
        .filter(|key| !key.current)
        .collect();
    let rows = old.iter().map(|key| key.rows).sum::<u64>() + inventory.unnamed_rows;
    report.exactly("records on an old data key", rows, 0);
    let wrapped: u64 = inventory
        .keks
        .iter()
        .filter(|kek| !kek.current)
        .map(|kek| kek.data_keys)
        .sum();
    report.exactly("data keys on an old operator's key", wrapped, 0);
    let mut retired = 0;
    for key in &old {
        let order = RetireKey {
            id: key.id.clone().unwrap_or_default(),
            now: true,
        };
        match side.keeper.retire_key(order).await {
            Ok(()) => retired += 1,
            Err(failure) => report.note("a key that is not given up", failure.error.message()),
        }
    }
    report.exactly("old data keys given up", retired, old.len());
    let again = open(&side, opened).await.len();
    report.exactly("records that open after that", again, records);
    report.note("opening them took, in s", first.elapsed().as_secs());
    side.stop().await;
}

/// Those that open.
async fn open(side: &KeeperSide, kept: Vec<Kept>) -> Vec<Kept> {
    let lane = kept.len().div_ceil(AT_ONCE).max(1);
    let mut tasks = JoinSet::new();
    for kept in kept.chunks(lane) {
        let (keeper, kept) = (side.keeper.clone(), kept.to_vec());
        tasks.spawn(async move {
            let mut opened = Vec::new();
            for (organization, id, text) in kept {
                let bytes = keeper.open(organization, id, Viewer::Execution).await;
                if bytes.is_ok_and(|bytes| bytes == text.as_bytes()) {
                    opened.push((organization, id, text));
                }
            }
            opened
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

/// The operator, with the database to look how far things are.
struct Console {
    store: Store,
    folder: PathBuf,
    /// Key files, the one in use last.
    files: Vec<PathBuf>,
}

impl Console {
    /// Orders another operator's key, and new data keys with it or not; then names the new file in every host's
    /// configuration, as the program says.
    async fn rotate(&mut self, hosts: &[Host], data_keys: bool) {
        let file = self.folder.join(format!("key-{}", self.files.len()));
        let name = text(&file);
        command(&["keys", "new", "--file", &name]).await;
        let config = text(&hosts[0].config());
        let mut words = vec!["keys", "rotate", "--kek", "--new-key-file", &name];
        if data_keys {
            words.push("--data-keys");
        }
        words.extend(["--detach", "--config", &config]);
        command(&words).await;
        for host in hosts {
            host.configure(|config| {
                config.keys.previous_files.clone_from(&self.files);
                config.keys.file.clone_from(&file);
            });
        }
        self.files.push(file);
    }

    async fn rotations(&self) -> Vec<gatelodge_store::keeper::KeyRotation> {
        let store = KeeperStore::new(self.store.clone());
        store
            .key_rotations()
            .list(None, 1_000)
            .await
            .expect("the database answers")
    }

    /// Rows to move in all.
    async fn total(&self) -> u64 {
        self.rotations().await.iter().map(|one| one.total).sum()
    }

    /// Rows moved in all.
    async fn done(&self) -> u64 {
        self.rotations().await.iter().map(|one| one.done).sum()
    }

    /// Replacements under way.
    async fn open(&self) -> usize {
        let all = self.rotations().await;
        all.iter().filter(|one| one.finished_at.is_none()).count()
    }

    /// Only one operator's key is replaced at a time.
    async fn wait_for_kek(&self) {
        let under_way = |one: &gatelodge_store::keeper::KeyRotation| {
            one.kind == RotationKind::Kek && one.finished_at.is_none()
        };
        while self.rotations().await.iter().any(under_way) {
            sleep(LOOK_AGAIN).await;
        }
    }
}

async fn command(words: &[&str]) {
    let (status, out, err) = Process::run(words).await;
    assert!(status.success(), "{words:?}: {out}{err}");
}

fn text(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

async fn keeper(config: &Config) -> KeeperSide {
    KeeperSide::start(config, Arc::new(SystemClock), Arc::new(SystemRandom))
        .await
        .expect("a keeper")
}

async fn store(config: &Config) -> Store {
    let options = DatabaseOptions {
        urls: config.database_urls(),
        max_connections: 2,
    };
    Store::connect(&options, Arc::new(SystemClock), Arc::new(SystemRandom))
        .await
        .expect("the database")
}

/// Asks until the run is over. A call that a kill cut off is repeated, as its caller is told to.
async fn ask(agent: Agent, calls: Arc<Calls>) {
    loop {
        let phase = calls.phase.load(Ordering::Relaxed);
        if phase == OVER {
            return;
        }
        let began = Instant::now();
        while !query(&agent).await {
            calls.repeated.fetch_add(1, Ordering::Relaxed);
            sleep(PAUSE).await;
        }
        calls.taken[phase].lock().await.push(began.elapsed());
        sleep(PAUSE).await;
    }
}

async fn query(agent: &Agent) -> bool {
    let request = agent
        .client()
        .post(agent.at("/api/v1/tools/salesforce_query"))
        .bearer_auth(agent.token().expose())
        .json(&json!({ "soql": QUERY }));
    let answer = request.send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

async fn compare(report: &mut Report, plan: Plan, calls: &Calls) {
    let mut ends = Vec::new();
    for (phase, when) in [(CALM, "before"), (REPLACING, "while keys were replaced")] {
        let mut taken = calls.taken[phase].lock().await;
        taken.sort_unstable();
        report.note(&format!("calls {when}"), taken.len());
        for percent in [50, 95] {
            let at = taken.len() * percent / 100;
            let millis = taken.get(at).map_or(0.0, Duration::as_secs_f64) * 1000.0;
            report.note(&format!("p{percent} {when}, in ms"), format!("{millis:.1}"));
            if percent == 95 {
                ends.push(millis);
            }
        }
    }
    let repeated = calls.repeated.load(Ordering::Relaxed);
    report.note("calls that a kill cut off, repeated", repeated);
    let slower = (ends[1] / ends[0] * 100.0).round() / 100.0;
    match plan.slower {
        Some(bearable) => report.at_most("p95, times the usual", slower, bearable),
        None => report.note("p95, times the usual", slower),
    }
}
