//! Time and memory as the operating system counts them.
//!
//! Must not know what is measured.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::statistics::Spread;
use crate::process::Process;

/// Measures from here on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "a bench measures durations of the real clock"
    )]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn read(&self) -> Duration {
        self.0.elapsed()
    }
}

/// How long a process rests before it counts as idle.
const REST: Duration = Duration::from_secs(2);

/// Resident memory of a process that has nothing to do.
pub(super) async fn resident_when_idle(process: &Process) -> u64 {
    tokio::time::sleep(REST).await;
    resident(process)
}

/// Resident memory of a process in bytes (proc(5), `VmRSS`).
pub(super) fn resident(process: &Process) -> u64 {
    let id = process.id().expect("it runs");
    let status =
        std::fs::read_to_string(format!("/proc/{id}/status")).expect("the process's state");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a size");
    let number = line.split_whitespace().next().expect("a number");
    number.parse::<u64>().expect("kibibytes") * 1024
}

/// How long this disk takes to keep 4 KiB, in milliseconds: what an audit row costs at least.
pub(super) fn fsync(folder: &Path) -> Spread {
    let path = folder.join("fsync-probe");
    let mut file = File::create(&path).expect("a file");
    let times = (0..50)
        .map(|_| {
            let watch = Stopwatch::start();
            file.write_all(&[7; 4096]).expect("room");
            file.sync_data().expect("a disk");
            watch.read().as_secs_f64() * 1000.0
        })
        .collect();
    Spread::of(times)
}
