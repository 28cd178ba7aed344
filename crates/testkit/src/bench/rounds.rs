//! The rounds: all ways take turns, each round in another order, so that what the machine does meanwhile hits all.
//!
//! Must not know what the ways do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use super::lane::Lane;
use super::peer::PEER;
use super::place::Lanes;
use super::statistics::Spread;
use super::stopwatch::Stopwatch;

/// How many requests are on their way at once in the second part.
pub(super) const MANY: usize = 32;

/// How much is measured.
pub(super) struct Plan {
    pub(super) rounds: usize,
}

/// What one way did, one number a round.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) name: &'static str,
    /// Median time of a call with one on its way, in milliseconds.
    pub(super) alone: Vec<f64>,
    /// Calls per second with [`MANY`] on their way.
    pub(super) together: Vec<f64>,
}

impl Measured {
    /// Round by round, what `combine` makes of this way and another one.
    pub(super) fn against(
        &self,
        other: &Self,
        combine: impl Fn(RoundOf<'_>, RoundOf<'_>) -> f64,
    ) -> Spread {
        let rounds = 0..self.alone.len();
        Spread::of(
            rounds
                .map(|index| combine(self.round(index), other.round(index)))
                .collect(),
        )
    }

    fn round(&self, index: usize) -> RoundOf<'_> {
        RoundOf {
            alone: &self.alone[index],
            together: &self.together[index],
        }
    }
}

/// One round of one way.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoundOf<'measured> {
    pub(super) alone: &'measured f64,
    pub(super) together: &'measured f64,
}

/// Measures all ways, after a warm-up.
pub(super) async fn measure(plan: &Plan, lanes: &Lanes) -> Vec<Measured> {
    let lanes = &lanes.all;
    for lane in lanes {
        together(lane, calls(lane, 320)).await;
    }
    let mut measured: Vec<Measured> = lanes
        .iter()
        .map(|lane| Measured {
            name: lane.name,
            alone: Vec::new(),
            together: Vec::new(),
        })
        .collect();
    for round in 0..plan.rounds {
        for step in 0..lanes.len() {
            let index = (round + step) % lanes.len();
            let time = alone(&lanes[index], calls(&lanes[index], 300)).await;
            measured[index].alone.push(time);
        }
        for step in 0..lanes.len() {
            let index = (round + step) % lanes.len();
            let rate = together(&lanes[index], calls(&lanes[index], 1600)).await;
            measured[index].together.push(rate);
        }
    }
    measured
}

/// The peer is slower by far; fewer of its calls take the same time.
fn calls(lane: &Lane, count: usize) -> usize {
    if lane.name == PEER { count / 5 } else { count }
}

async fn alone(lane: &Lane, count: usize) -> f64 {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let watch = Stopwatch::start();
        lane.ask().await;
        times.push(watch.read().as_secs_f64() * 1000.0);
    }
    Spread::of(times).median
}

#[expect(clippy::cast_precision_loss, reason = "counts of calls are small")]
async fn together(lane: &Lane, count: usize) -> f64 {
    let left = Arc::new(AtomicUsize::new(count));
    let watch = Stopwatch::start();
    let mut callers = JoinSet::new();
    for _ in 0..MANY {
        let (lane, left) = (lane.clone(), Arc::clone(&left));
        callers.spawn(async move {
            while left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
            {
                lane.ask().await;
            }
        });
    }
    while let Some(ended) = callers.join_next().await {
        ended.expect("every call succeeds");
    }
    count as f64 / watch.read().as_secs_f64()
}
