//! What the database's work costs, and what was done, counted where it became durable.
//!
//! Actions and outcomes are words of the program, so the labels have few values. Must not know: who reads them.

use gatelodge_model::AuditEvent;
use metrics::{counter, histogram};
use std::{future::Future, time::Instant};

/// Waits for something and records under a name how long that took.
#[expect(
    clippy::disallowed_methods,
    reason = "only a duration is measured for a metric"
)]
pub(crate) async fn timed<T>(name: &'static str, work: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let outcome = work.await;
    histogram!(name).record(begun.elapsed().as_secs_f64());
    outcome
}

/// Counts events that are durable now.
pub(crate) fn committed(events: &[AuditEvent]) {
    for event in events {
        counter!(
            "gatelodge_audit_events_total",
            "action" => event.action.clone(),
            "outcome" => event.outcome.as_str(),
        )
        .increment(1);
    }
}
