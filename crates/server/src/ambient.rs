//! The real clock and the real random source: the only implementations outside tests.
//!
//! Must not know: who uses them.

use chrono::SubsecRound as _;
use gatelodge_model::{Clock, Random, Timestamp};

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one implementation that asks the system"
    )]
    fn now(&self) -> Timestamp {
        // Microseconds, so that what is frozen equals what any database gives back.
        chrono::Utc::now().trunc_subsecs(6)
    }
}

/// The system's cryptographic random source (aws-lc, seeded by the kernel).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one implementation that asks the system"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        // A machine without randomness must not make guessable secrets: the process ends instead.
        if aws_lc_rs::rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
