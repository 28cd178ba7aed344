//! A clock that runs like the system's and can be set forward, so that a test waits for nothing.
//!
//! Must not know what expires.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use gatelodge_model::{Clock, Timestamp};
use gatelodge_server::ambient::SystemClock;

/// The system's time and a lead that only grows.
#[derive(Debug, Default)]
pub struct LeadingClock(AtomicI64);

impl LeadingClock {
    /// Sets it forward.
    pub fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for LeadingClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + TimeDelta::milliseconds(self.0.load(Ordering::SeqCst))
    }
}

/// How far to set a clock forward so that a whole hour is ahead.
pub fn to_the_next_hour(now: Timestamp) -> TimeDelta {
    let hour = TimeDelta::hours(1).num_milliseconds();
    TimeDelta::milliseconds(hour - now.timestamp_millis().rem_euclid(hour) + 1)
}
