//! What was used of the allowances for 24 hours, as `Sforce-Limit-Info` and `/limits` report it.
//!
//! Counts; it must not know which requests count, or what happens when nothing is left.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Uses since the window began, against the daily allowance of API requests.
#[derive(Debug)]
pub struct ApiUsage {
    used: Mutex<Used>,
    allowance: u64,
}

#[derive(Debug, Default)]
struct Used {
    since: Option<DateTime<Utc>>,
    requests: u64,
    by_app: HashMap<String, u64>,
    other: HashMap<&'static str, u64>,
}

impl ApiUsage {
    pub(crate) fn new(allowance: u64) -> Self {
        Self {
            used: Mutex::default(),
            allowance,
        }
    }

    /// Counts one request and gives the new totals, of all and of its app.
    pub(crate) fn count(&self, now: DateTime<Utc>, app: Option<&str>) -> (u64, u64) {
        let mut used = self.window(now);
        used.requests += 1;
        let all = used.requests;
        let Some(app) = app else {
            return (all, 0);
        };
        let own = match used.by_app.get_mut(app) {
            Some(own) => own,
            None => used.by_app.entry(app.to_owned()).or_default(),
        };
        *own += 1;
        (all, *own)
    }

    /// Counts uses of another daily allowance, by its name in `/limits`.
    pub fn spend(&self, now: DateTime<Utc>, allowance: &'static str, number: u64) {
        *self.window(now).other.entry(allowance).or_default() += number;
    }

    /// Uses of another daily allowance so far.
    pub fn spent(&self, allowance: &str) -> u64 {
        self.lock().other.get(allowance).copied().unwrap_or(0)
    }

    /// Requests counted so far.
    pub fn used(&self) -> u64 {
        self.lock().requests
    }

    /// Requests allowed per 24 hours.
    pub fn allowance(&self) -> u64 {
        self.allowance
    }

    /// The counters of the present window; they begin anew after 24 hours.
    fn window(&self, now: DateTime<Utc>) -> MutexGuard<'_, Used> {
        let mut used = self.lock();
        let over = used
            .since
            .is_none_or(|since| now - since >= TimeDelta::hours(24));
        if over {
            *used = Used {
                since: Some(now),
                ..Used::default()
            };
        }
        used
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_raises_the_totals_until_a_day_is_over() {
        let usage = ApiUsage::new(10);
        let start = DateTime::UNIX_EPOCH;
        assert_eq!(usage.count(start, Some("a")), (1, 1));
        assert_eq!(usage.count(start, Some("b")), (2, 1));
        assert_eq!(usage.count(start, None), (3, 0));
        usage.spend(start, "DailyBulkApiBatches", 2);
        assert_eq!((usage.used(), usage.allowance()), (3, 10));
        assert_eq!(usage.spent("DailyBulkApiBatches"), 2);
        assert_eq!(usage.count(start + TimeDelta::hours(24), Some("a")), (1, 1));
        assert_eq!(usage.spent("DailyBulkApiBatches"), 0);
    }
}
