//! The keeper as a process of its own: outlives the hub, is used again, comes back, ends when nobody needs it,
//! gives way to another build.

use crate::program::{Installation, Process};
use std::{fs, path::Path, time::Duration};
use tokio::{
    process::Command,
    time::{interval, timeout},
};

const PATIENCE: Duration = Duration::from_mins(1);

async fn kill(process: u32) {
    let killed = Command::new("kill")
        .args(["-KILL", &process.to_string()])
        .status()
        .await
        .unwrap();
    assert!(killed.success());
}

/// The process of the keeper, once it is another than this.
async fn keeper_other_than(home: &Installation, old: u32) -> u32 {
    let mut turns = interval(Duration::from_millis(20));
    let other = async {
        loop {
            turns.tick().await;
            match home.keeper().await {
                Some(process) if process != old => return process,
                _ => {}
            }
        }
    };
    timeout(PATIENCE, other).await.expect("another keeper")
}

fn files_of(process: u32) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let targets = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    targets.map(|path| path.display().to_string()).collect()
}

#[tokio::test]
async fn the_keeper_outlives_its_hub_and_serves_the_next_one() {
    // proves R1
    let home = Installation::new().await;
    let mut hub = home.serve().await;
    let keeper = home.keeper().await.expect("a keeper");
    assert_ne!(Some(keeper), hub.id(), "a process of its own");
    hub.kill().await;
    assert_eq!(home.keeper().await, Some(keeper), "it lives");
    let hub = home.serve().await;
    assert_eq!(home.keeper().await, Some(keeper), "no second one");
    hub.stop().await;
}

#[tokio::test]
async fn a_killed_keeper_comes_back_while_the_hub_lives() {
    // proves R2
    let home = Installation::new().await;
    let hub = home.serve().await;
    let mut keeper = home.keeper().await.expect("a keeper");
    for _ in 0..3 {
        kill(keeper).await;
        keeper = keeper_other_than(&home, keeper).await;
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_keeper_that_nobody_needs_ends() {
    let home = Installation::new().await;
    home.set("grace_seconds =", "grace_seconds = 1");
    let hub = home.serve().await;
    assert!(home.keeper().await.is_some());
    hub.stop().await;
    home.without_keeper().await;
    assert!(!home.path("keeper/keeper.sock").exists());
}

#[tokio::test]
async fn a_keeper_of_another_build_finishes_and_gives_way() {
    // proves R14
    let home = Installation::new().await;
    // the same program under another date is another build
    let other = home.path("other-gatelodge");
    fs::copy(env!("CARGO_BIN_EXE_gatelodge"), &other).unwrap();
    let log = home.path("other.log");
    let mut older = Process::start_program(
        &other,
        &["keeper", "--stay", "--config", &home.config],
        &log,
    );
    let mut turns = interval(Duration::from_millis(20));
    let listens = async {
        while home.keeper().await.is_none() {
            turns.tick().await;
        }
    };
    timeout(PATIENCE, listens).await.expect("it listens");
    let before = home.keeper().await.unwrap();
    assert_eq!(Some(before), older.id());
    let hub = home.serve().await;
    let after = home.keeper().await.expect("a keeper");
    assert_ne!(before, after);
    assert_eq!(older.ended().await, Some(0), "{}", older.log());
    hub.stop().await;
}

#[tokio::test]
async fn only_the_keeper_opens_the_key() {
    // proves V3, R1
    let home = Installation::new().await;
    let hub = home.serve().await;
    let keeper = home.keeper().await.unwrap();
    let of_hub = files_of(hub.id().unwrap());
    let holds = |files: &[String], part: &str| files.iter().any(|file| file.contains(part));
    assert!(!holds(&of_hub, "/keys/"), "{of_hub:?}");
    assert!(!holds(&of_hub, "keeper.lock"), "{of_hub:?}");
    assert!(
        holds(&files_of(keeper), "keeper.lock"),
        "the keeper holds its lock"
    );
    // a session of its own: what reaches the hub's process group does not reach it
    assert_eq!(session_of(keeper), keeper);
    hub.stop().await;
}

fn session_of(process: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    // state, parent, process group, session
    let session = after_name.split_whitespace().nth(3).unwrap();
    session.parse().unwrap()
}

#[tokio::test]
async fn without_leave_to_start_one_the_hub_waits_for_a_keeper_of_others() {
    let home = Installation::new().await;
    home.set("spawn =", "spawn = false");
    let arguments = ["serve", "--config", &home.config];
    let hub = Process::start(&arguments, &home.path("hub.log"));
    let log = home.path("keeper.log");
    let keeper = Process::start(&["keeper", "--stay", "--config", &home.config], &log);
    home.ready().await;
    assert_eq!(home.keeper().await, keeper.id());
    let refused = home.run(&["keeper"]).await;
    refused.refused_with(&["another keeper lives"]);
    hub.stop().await;
    keeper.stop().await;
    assert!(!Path::new(&home.path("keeper/keeper.sock")).exists());
}
