//! How many refreshes a keeper does in a second on PostgreSQL, and what it holds in memory at 100,000 connections.
//!
//! The peer is the strict server of these tests: it answers at once and rotates every token. It, PostgreSQL and the
//! keeper share the machine.

use super::spread;
use crate::{
    fleet::{Fleet, Pace, RealClock},
    kills::Process,
    provider::MANIFEST,
    server::Server,
};
use futures::{StreamExt as _, stream};
use gatelodge_model::{Clock as _, ConnectionId};
use sea_orm::{ConnectionTrait as _, Database};
use std::time::Duration;
use tokio::time::Instant;

/// Asks for another number of connections than a full run has.
const NUMBER: &str = "GATELODGE_BENCH_CONNECTIONS";
const FULL: usize = 100_000;

/// Connections that are being made together, and calls that are under way together.
const TOGETHER: usize = 48;

/// Between two looks at the count.
const LOOK: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by cargo xtask bench refresh"]
#[expect(
    clippy::disallowed_methods,
    reason = "a shorter run is asked for by the environment of the run"
)]
async fn bench_refresh() {
    let number = std::env::var(NUMBER).map_or(FULL, |text| text.parse().unwrap());
    let server = Server::start().await;
    // The profile's own limit is what a provider is spared, not what a keeper can do.
    let quick = MANIFEST.replace(
        "[[scopes]]\nname = \"api\"",
        "[refresh]\nrotation = \"strict\"\nper_second = 100000\n\n[[scopes]]\nname = \"api\"",
    );
    let fleet = connected(&server, &quick, number).await;
    let mut process = Process::start(&fleet, Duration::from_secs(15)).await;
    let mut held = vec![("started", resident(&process))];

    let mut rates = refresh_all(&fleet, &mut process, number).await;
    held.push(("after a refresh of each", resident(&process)));
    let few = number / 5;
    read_all(&mut process, &fleet.connections[..few]).await;
    held.push(("after calls over a fifth of them", resident(&process)));
    read_all(&mut process, &fleet.connections[few..2 * few]).await;
    held.push(("after calls over another fifth", resident(&process)));
    rates.extend(refresh_all(&fleet, &mut process, number).await);
    held.push(("after another refresh of each", resident(&process)));

    println!("| measured | here | aim |\n|---|---|---|");
    let measured = rates.len();
    println!(
        "| refreshes a second, one keeper on PostgreSQL, median of {measured} tenths (least–greatest) | {} | 500 |",
        spread(rates, 0)
    );
    for (when, bytes) in held {
        let mebibytes = bytes / 1024;
        println!("| memory at {number} connections, {when} | {mebibytes} MiB | flat |");
    }
    let (asked, twice) = (server.refreshes(), server.script().twice);
    println!("| refreshes in all | {asked} | |\n| tokens that came twice | {twice} | 0 |");
    assert_eq!((asked, twice), (number * 2, 0));
    drop(process);
    fleet.end().await;
}

/// So many connections whose tokens are not due.
async fn connected(server: &Server, manifest: &str, number: usize) -> Fleet {
    let mut fleet = Fleet::new(server.base.clone(), manifest).await;
    let keeper = fleet.keeper(9, Pace::QUICK).await;
    // the first one makes the app known
    fleet
        .connect(&keeper, 1, async |_, _| "code".to_owned())
        .await;
    let more: Vec<ConnectionId> = stream::iter(1..number)
        .map(|_| fleet.connect_one(&keeper, async |_| "code".to_owned()))
        .buffer_unordered(TOGETHER)
        .collect()
        .await;
    fleet.connections.extend(more);
    keeper.shutdown().await;
    server.script().token_requests.clear();
    fleet
}

/// Makes all due, and waits until each was refreshed; refreshes a second, for each tenth of them.
async fn refresh_all(fleet: &Fleet, process: &mut Process, number: usize) -> Vec<f64> {
    let before = refreshes(process).await;
    let database = Database::connect(&fleet.database).await.unwrap();
    let now = RealClock.now().to_rfc3339();
    database
        .execute_unprepared(&format!("UPDATE credentials SET next_refresh_at = '{now}'"))
        .await
        .unwrap();
    database.close().await.unwrap();
    let mut rates = Vec::new();
    let (mut since, mut counted) = (Instant::now(), 0);
    while counted < number {
        tokio::time::sleep(LOOK).await;
        let done = refreshes(process).await - before;
        if done - counted >= number / 10 || done == number {
            let took = since.elapsed().as_secs_f64();
            rates.push(f64::from(u32::try_from(done - counted).unwrap()) / took);
            (since, counted) = (Instant::now(), done);
        }
    }
    rates
}

async fn refreshes(process: &mut Process) -> usize {
    process.say("figures").await;
    let line = process.line("figures").await;
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

async fn read_all(process: &mut Process, connections: &[ConnectionId]) {
    for some in connections.chunks(TOGETHER) {
        for connection in some {
            process.say(&connection.to_string()).await;
        }
        for _ in some {
            assert_eq!(process.line("read").await, "read true");
        }
    }
}

/// Kibibytes (proc(5), `VmRSS`).
fn resident(process: &Process) -> u64 {
    let id = process.child.id().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().split_whitespace().next().unwrap();
    number.parse().unwrap()
}
