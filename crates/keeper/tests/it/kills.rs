//! Keepers as processes of their own, killed and stopped with a refresh in flight.
//!
//! The process is this test binary again: [`keeper_process`] is what it runs then. The provider lives in the test, so
//! that it can testify.

use crate::{
    fleet::{Fleet, Pace, Peer, RealClock, seed},
    provider::MANIFEST,
    server::Server,
    socket::serve_behind,
};
use gatelodge_keeper_client::{Keeper, SendRead};
use gatelodge_model::{
    AttentionReason, ConnectionId, OrganizationId, Random, RequestId, clock::testing::SeededRandom,
};
use gatelodge_provider::ReadRequest;
use gatelodge_store::keeper::KeeperStore;
use gatelodge_vault::{Kek, Vault};
use sea_orm::{ConnectionTrait as _, Database};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, process::Stdio, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::Instant,
};

/// Tells a process of this binary that it is a keeper.
const ORDER: &str = "GATELODGE_KEEPER_PROCESS";

/// Asks for another number of kills than a full run does.
const KILLS: &str = "GATELODGE_TEST_KILLS";

/// How long a token request takes, and the time in which the keeper is killed after it came.
const REQUEST: Duration = Duration::from_millis(57);
const WINDOW: u64 = 60;

/// The share of kills in such a window that may hurt; a spool without a database at its side measured 12.
const AIM: f64 = 3.0;

/// How many kills a full run does, each with a refresh in flight.
const FULL: usize = 300;

#[derive(Serialize, Deserialize)]
struct Order {
    database: String,
    /// Where it is also to be asked.
    socket: Option<PathBuf>,
    peer: Peer,
    folder: PathBuf,
    organization: OrganizationId,
    token_millis: u64,
}

/// Runs as a keeper when it is asked to: each line of the input is a connection to read through; `figures` asks for
/// what was counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by the other tests of this module, as a process"]
async fn keeper_process() {
    let Ok(order) = std::panic::catch_unwind(|| crate::fleet::variable(ORDER)) else {
        return;
    };
    let order: Order = serde_json::from_str(&order).unwrap();
    let random = Arc::new(SeededRandom::new(seed()));
    let vault = Vault::new(Kek::from_bytes([7; 32].into()), random.clone());
    let pace = Pace {
        sweep: Duration::from_secs(1),
        token: Duration::from_millis(order.token_millis),
    };
    let keeper =
        crate::fleet::start(&order.database, &order.peer, &vault, &order.folder, pace).await;
    if let Some(path) = &order.socket {
        serve_behind(path, keeper.clone());
    }
    println!("\nready");
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line == "figures" {
            let figures = keeper.refresh_figures();
            let (p50, p99) = (figures.p50.as_micros(), figures.p99.as_micros());
            println!("figures {} {p50} {p99}", figures.refreshes);
            continue;
        }
        let (keeper, random) = (keeper.clone(), random.clone());
        tokio::spawn(async move {
            let connection: ConnectionId = line.parse().unwrap();
            let read = keeper
                .read(SendRead {
                    organization: order.organization,
                    connection,
                    request_id: RequestId::generate(&RealClock, random.as_ref()),
                    agent: "tester".to_owned(),
                    request: ReadRequest::get("/data/one"),
                })
                .await;
            println!("read {}", read.is_ok());
        });
    }
    keeper.shutdown().await;
}

/// A keeper in a process of its own.
pub(crate) struct Process {
    pub(crate) child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(crate) async fn start(fleet: &Fleet, token: Duration) -> Self {
        Self::start_behind(fleet, token, None).await
    }

    /// As [`Self::start`], also behind a socket.
    pub(crate) async fn start_behind(
        fleet: &Fleet,
        token: Duration,
        socket: Option<PathBuf>,
    ) -> Self {
        let order = Order {
            database: fleet.database.clone(),
            socket,
            peer: fleet.peer.clone(),
            folder: fleet.folder.path().join("killed"),
            organization: fleet.organization,
            token_millis: u64::try_from(token.as_millis()).unwrap(),
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "kills::keeper_process",
                "--ignored",
                "--nocapture",
            ])
            .env(ORDER, serde_json::to_string(&order).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self {
            child,
            input,
            lines,
        };
        process.line("ready").await;
        process
    }

    pub(crate) async fn say(&mut self, line: &str) {
        self.input
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
    }

    /// Waits for a line that begins so.
    pub(crate) async fn line(&mut self, beginning: &str) -> String {
        loop {
            let line = self.lines.next_line().await.unwrap();
            let line = line.expect("the process lives");
            if line.starts_with(beginning) {
                return line;
            }
        }
    }

    async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args([name, &id]).status().await;
        assert!(sent.unwrap().success());
    }
}

async fn fleet(server: &Server, connections: usize) -> Fleet {
    let mut fleet = Fleet::new(server.base.clone(), MANIFEST).await;
    let keeper = fleet.keeper(9, Pace::QUICK).await;
    fleet
        .connect(&keeper, connections, async |_, _| "code".to_owned())
        .await;
    keeper.shutdown().await;
    server.script().expire();
    server.arrivals.forget_permits(1_000_000);
    fleet
}

/// What a run counted.
struct Counted {
    kills: usize,
    in_flight: usize,
    hurt: usize,
    told: usize,
    slowest: Duration,
    p50: Duration,
    p99: Duration,
    durable: u64,
}

/// Kills until so many kills hit a refresh in flight, and measures the same refresh undisturbed.
async fn kill_around_refreshes(wanted: usize) -> Counted {
    let server = Server::start().await;
    let measured = 300;
    let most = wanted * 3;
    let fleet = fleet(&server, most + measured).await;
    let store = fleet.store().await;
    let rows = KeeperStore::new(store.clone());
    let token = Duration::from_secs(15);
    let chance = SeededRandom::new(seed());
    let mut process = Process::start(&fleet, token).await;
    for connection in &fleet.connections[most..] {
        process.say(&connection.to_string()).await;
        process.line("read true").await;
    }
    process.say("figures").await;
    let figures = process.line("figures").await;
    let numbers: Vec<u64> = figures
        .split(' ')
        .skip(1)
        .map(|number| number.parse().unwrap())
        .collect();
    let mut counted = Counted {
        kills: 0,
        in_flight: 0,
        hurt: 0,
        told: 0,
        slowest: Duration::ZERO,
        durable: numbers[0],
        p50: Duration::from_micros(numbers[1]),
        p99: Duration::from_micros(numbers[2]),
    };
    server.script().token_delay = REQUEST;
    server.arrivals.forget_permits(1_000_000);
    while counted.in_flight < wanted {
        let connection = fleet.connections[counted.kills];
        process.say(&connection.to_string()).await;
        server.arrival().await;
        // the moment of the kill is what chance decides here; nothing waits for anything
        let mut bytes = [0; 2];
        chance.fill(&mut bytes);
        let micros = u64::from(u16::from_le_bytes(bytes)) * WINDOW * 1000 / u64::from(u16::MAX);
        tokio::time::sleep(Duration::from_micros(micros)).await;
        process.child.kill().await.unwrap();
        counted.kills += 1;
        let load = || async {
            let credentials = rows.credentials();
            let row = credentials.load(fleet.organization, connection).await;
            row.unwrap().unwrap()
        };
        counted.in_flight += usize::from(load().await.intent.is_some());
        let restarted = Instant::now();
        process = Process::start(&fleet, token).await;
        // However the story ends, it ends without anybody asking.
        let row = loop {
            let row = load().await;
            if row.intent.is_none() && (row.generation > 1 || row.ended.is_some()) {
                break row;
            }
            assert!(restarted.elapsed() < Duration::from_mins(1), "{row:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        counted.slowest = counted.slowest.max(restarted.elapsed());
        counted.hurt += usize::from(row.ended.is_some());
        assert!(
            row.ended
                .is_none_or(|reason| reason == AttentionReason::LostRotation)
        );
        // The request that the take-up sent is not the next one's.
        server.arrivals.forget_permits(1_000_000);
    }
    let waiting = store.connection_events().list_waiting(1000).await.unwrap();
    counted.told = waiting.len();
    drop(process);
    fleet.end().await;
    counted
}

/// Kills times the share of a request in which its answer is in memory only, times two.
fn bound(counted: &Counted) -> f64 {
    let kills = f64::from(u32::try_from(counted.in_flight).unwrap());
    kills * counted.p99.as_secs_f64() / REQUEST.as_secs_f64() * 2.0
}

/// The share of the kills in flight that hurt, in percent: of kills in a window of this length.
fn share(counted: &Counted) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    number(counted.hurt) * 100.0 / number(counted.in_flight)
}

fn report(counted: &Counted) {
    println!("| figure | counted |\n|---|---|");
    println!("| kills | {} |", counted.kills);
    println!(
        "| of them with a refresh in flight | {} |",
        counted.in_flight
    );
    println!("| hurt connections | {} |", counted.hurt);
    println!("| hurt connections, at most | {:.1} |", bound(counted));
    println!("| told as lost | {} |", counted.told);
    let share = share(counted);
    let word = if share <= AIM { "met" } else { "missed" };
    println!("| share hurt within {WINDOW} ms | {share:.1} % (aim of {AIM} %: {word}) |");
    println!(
        "| answer to durable, p50 of {} | {:?} |",
        counted.durable, counted.p50
    );
    println!("| answer to durable, p99 | {:?} |", counted.p99);
    println!("| duration of the request | {REQUEST:?} |");
    println!(
        "| start of the process to the end of the story, longest | {:?} |",
        counted.slowest
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keepers_killed_around_a_refresh_lose_little_and_tell_each_loss_once() {
    // proves R3, R2: most connections live on, each that does not is told once, at once, on PostgreSQL too
    let counted = kill_around_refreshes(15).await;
    report(&counted);
    assert_eq!(counted.told, counted.hurt, "each loss is told, once");
    // A short run on a busy machine says nothing about a share; that most survive is sure.
    assert!(counted.hurt * 2 < counted.in_flight);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by cargo xtask soak keeper-kills"]
#[expect(
    clippy::disallowed_methods,
    reason = "a shorter run is asked for by the environment of the run"
)]
async fn soak_keeper_kills() {
    let kills = std::env::var(KILLS).map_or(FULL, |text| text.parse().unwrap());
    let counted = kill_around_refreshes(kills).await;
    report(&counted);
    assert_eq!(counted.told, counted.hurt, "each loss is told, once");
    let hurt = f64::from(u32::try_from(counted.hurt).unwrap());
    assert!(
        hurt <= bound(&counted).max(1.0),
        "more than the numbers allow"
    );
    assert!(counted.slowest < Duration::from_secs(5), "told too late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_wait_on_disk_survive_a_kill() {
    // proves R2, R3: the database does not take the new tokens, the keeper is killed, and nothing is lost
    let server = Server::start().await;
    let fleet = fleet(&server, 1).await;
    let connection = fleet.connections[0];
    let mut process = Process::start(&fleet, Duration::from_secs(15)).await;
    crate::server::close(&server.token_gate);
    process.say(&connection.to_string()).await;
    server.arrival().await;
    let lock = Database::connect(&fleet.database).await.unwrap();
    let transaction = sea_orm::TransactionTrait::begin(&lock).await.unwrap();
    transaction
        .execute_unprepared("SELECT * FROM credentials FOR UPDATE")
        .await
        .unwrap();
    server.token_gate.add_permits(1);
    let spool = fleet.folder.path().join("killed/spool");
    while !waits(&spool) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    process.child.kill().await.unwrap();
    // The server would carry the statement out for a client that is gone.
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    transaction.execute_unprepared(end).await.unwrap();
    transaction.rollback().await.unwrap();
    let rows = KeeperStore::new(fleet.store().await);
    let load = || async {
        let credentials = rows.credentials();
        let row = credentials.load(fleet.organization, connection).await;
        row.unwrap().unwrap()
    };
    let row = load().await;
    assert_eq!(row.generation, 1, "it is on disk only");
    assert!(row.intent.is_some());

    let mut process = Process::start(&fleet, Duration::from_secs(15)).await;
    assert!(!waits(&spool), "what is stored does not wait any more");
    assert_eq!(load().await.generation, 2);
    process.say(&connection.to_string()).await;
    process.line("read true").await;
    assert_eq!(server.refreshes(), 1);
    drop(process);
    fleet.end().await;
}

fn waits(spool: &std::path::Path) -> bool {
    let places = std::fs::read_dir(spool).unwrap();
    places
        .flat_map(|place| std::fs::read_dir(place.unwrap().path()).unwrap())
        .any(|file| {
            file.unwrap()
                .path()
                .extension()
                .is_some_and(|name| name == "token")
        })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keeper_that_stood_still_overwrites_nothing() {
    // proves R4: it is stopped with its request under way, another host takes over, then it goes on
    let server = Server::start().await;
    let fleet = fleet(&server, 1).await;
    let connection = fleet.connections[0];
    let token = Duration::from_millis(700);
    let mut process = Process::start(&fleet, token).await;
    crate::server::close(&server.token_gate);
    process.say(&connection.to_string()).await;
    server.arrival().await;
    process.signal("-STOP").await;
    let pace = Pace {
        sweep: Duration::from_millis(100),
        token,
    };
    let other = fleet.keeper(2, pace).await;
    // The other host watches the open refresh for the length of a lease, then sends its own request.
    server.arrival().await;
    server.token_gate.add_permits(100);
    let rows = KeeperStore::new(fleet.store().await);
    let load = || async {
        let credentials = rows.credentials();
        let row = credentials.load(fleet.organization, connection).await;
        row.unwrap().unwrap()
    };
    while load().await.intent.is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let settled = load().await;
    process.signal("-CONT").await;
    process.line("read").await;
    let after = load().await;
    assert!(after.generation >= settled.generation);
    if after.ended.is_none() {
        let read = fleet.read(&other, connection, "/data/one").await;
        assert_eq!(read.unwrap().status, 200, "what is stored works");
    }
    other.shutdown().await;
    drop(process);
    fleet.end().await;
}
