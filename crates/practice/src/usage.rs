//! The counter of API requests that Salesforce reports in `Sforce-Limit-Info` and `/limits`.
//!
//! Counts; it must not know which requests count.

use std::sync::atomic::{AtomicU64, Ordering};

/// API requests since the start, against the daily allowance.
#[derive(Debug)]
pub struct ApiUsage {
    used: AtomicU64,
    allowance: u64,
}

impl ApiUsage {
    pub(crate) fn new(allowance: u64) -> Self {
        Self {
            used: AtomicU64::new(0),
            allowance,
        }
    }

    /// Counts one request and gives the new total.
    pub(crate) fn count(&self) -> u64 {
        self.used.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Requests counted so far.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Requests allowed per 24 hours.
    pub fn allowance(&self) -> u64 {
        self.allowance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_raises_the_total() {
        let usage = ApiUsage::new(10);
        assert_eq!(usage.count(), 1);
        assert_eq!(usage.count(), 2);
        assert_eq!((usage.used(), usage.allowance()), (2, 10));
    }
}
