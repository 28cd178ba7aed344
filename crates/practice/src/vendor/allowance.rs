//! How many requests fit into a window of time: counted by key, refused with the wait until the next one fits.
//!
//! Must not know what is counted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// So many requests in any window of this length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests.
    pub requests: usize,
    /// Length of the window.
    pub window: TimeDelta,
}

/// Counts requests.
#[derive(Debug, Default)]
pub(crate) struct Counter(Mutex<BTreeMap<String, VecDeque<DateTime<Utc>>>>);

impl Counter {
    /// Takes one request: how many are left, or how long to wait.
    pub(crate) fn take(
        &self,
        key: &str,
        allowance: Allowance,
        now: DateTime<Utc>,
    ) -> Result<usize, TimeDelta> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = taken.entry(key.to_owned()).or_default();
        // A clock that was moved back must not leave requests of the future behind.
        while taken.back().is_some_and(|at| *at > now) {
            taken.pop_back();
        }
        while taken
            .front()
            .is_some_and(|at| *at + allowance.window <= now)
        {
            taken.pop_front();
        }
        if taken.len() >= allowance.requests {
            let first = taken.front().copied().unwrap_or(now);
            return Err(first + allowance.window - now);
        }
        taken.push_back(now);
        Ok(allowance.requests - taken.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_waits_until_the_oldest_falls_out() {
        let allowance = Allowance {
            requests: 2,
            window: TimeDelta::seconds(10),
        };
        let (counter, start) = (Counter::default(), DateTime::UNIX_EPOCH);
        let at = |seconds| start + TimeDelta::seconds(seconds);
        assert_eq!(counter.take("a", allowance, at(0)), Ok(1));
        assert_eq!(counter.take("a", allowance, at(4)), Ok(0));
        let wait = Err(TimeDelta::seconds(5));
        assert_eq!(counter.take("a", allowance, at(5)), wait);
        assert_eq!(counter.take("b", allowance, at(5)), Ok(1));
        assert_eq!(counter.take("a", allowance, at(10)), Ok(0));
        // after the clock was moved back
        assert_eq!(counter.take("a", allowance, at(1)), Ok(1));
    }
}
