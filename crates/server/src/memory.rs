//! Giving memory back: a password's hash takes 64 MiB for a moment, and the allocator returns a freed block of that
//! size to the system only when the next one is freed.
//!
//! Asking for such a block, without touching it, and letting it go costs microseconds and keeps an idle hub
//! small (bench/README.md has the figures). Must not know: what the memory was used for.

use std::{hint::black_box, time::Duration};
use tokio::time::MissedTickBehavior;

/// As large as what a password's hash takes.
const BLOCK: usize = 64 * 1024 * 1024;

/// How often.
const EVERY: Duration = Duration::from_millis(200);

/// Runs until it is dropped.
pub async fn give_back() {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        drop(black_box(Vec::<u8>::with_capacity(BLOCK)));
    }
}
