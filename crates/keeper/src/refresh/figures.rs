//! How long new tokens were in memory only: from the last byte of the answer until they were durable.
//!
//! Counted in buckets, so that it costs nothing and can be asked at any time. Must not know: which tokens.

use crate::token_endpoint::TokenOutcome;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Counts a request to a token endpoint by how it ended.
pub(super) fn asked(outcome: &TokenOutcome) {
    let outcome = match outcome {
        TokenOutcome::Granted { .. } => "granted",
        TokenOutcome::Refused { .. } => "refused",
        TokenOutcome::NotSent(_) => "not_sent",
        TokenOutcome::Lost(_) => "answer_lost",
    };
    metrics::counter!("gatelodge_refreshes_total", "outcome" => outcome).increment(1);
}

/// Buckets grow by a fifth, from a microsecond to about two minutes.
const BUCKETS: usize = 103;

/// Counts.
pub(crate) struct Figures {
    buckets: [AtomicU64; BUCKETS],
    spooled: AtomicU64,
    lost: AtomicU64,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            spooled: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }
}

/// What a keeper counted since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefreshFigures {
    /// Refreshes whose tokens became durable.
    pub refreshes: u64,
    /// Half of them took at most this long from the answer's last byte.
    pub p50: Duration,
    /// Of a hundred, ninety-nine took at most this long.
    pub p99: Duration,
    /// How many waited on disk for the database.
    pub spooled: u64,
    /// How many connections were found to have lost their tokens.
    pub lost: u64,
}

impl Figures {
    pub(crate) fn durable_after(&self, time: Duration) {
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the logarithm of a number from 1 on is small and not negative"
        )]
        let bucket = (f64::from(micros.max(1)).log(1.2).ceil() as usize).min(BUCKETS - 1);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        metrics::histogram!("gatelodge_refresh_durable_seconds").record(time.as_secs_f64());
    }

    pub(crate) fn spooled(&self) {
        self.spooled.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("gatelodge_refresh_spooled_total").increment(1);
    }

    pub(crate) fn lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("gatelodge_refresh_lost_total").increment(1);
    }

    pub(crate) fn read(&self) -> RefreshFigures {
        let counts: Vec<u64> = self
            .buckets
            .iter()
            .map(|bucket| bucket.load(Ordering::Relaxed))
            .collect();
        let refreshes: u64 = counts.iter().sum();
        RefreshFigures {
            refreshes,
            p50: quantile(&counts, refreshes.div_ceil(2)),
            p99: quantile(&counts, (refreshes * 99).div_ceil(100)),
            spooled: self.spooled.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
        }
    }
}

/// The upper end of the bucket in which the wanted one lies.
fn quantile(counts: &[u64], wanted: u64) -> Duration {
    let mut seen = 0;
    for (bucket, count) in (0_i32..).zip(counts) {
        seen += count;
        if wanted > 0 && seen >= wanted {
            return Duration::from_secs_f64(1.2_f64.powi(bucket) / 1e6);
        }
    }
    Duration::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_counted() {
        let figures = Figures::default();
        assert_eq!(figures.read(), RefreshFigures::default());
        for micros in 1..=1000 {
            figures.durable_after(Duration::from_micros(micros));
        }
        figures.durable_after(Duration::from_secs(1_000_000));
        let read = figures.read();
        assert_eq!(read.refreshes, 1001);
        let (p50, p99) = (read.p50.as_micros(), read.p99.as_micros());
        assert!((500..=601).contains(&p50), "{p50}");
        assert!((990..=1189).contains(&p99), "{p99}");
    }
}
