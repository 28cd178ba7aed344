//! Figures for Prometheus: where they are gathered, what each is, and joining those of both roles.
//!
//! Labels have few values and name no person, connection or record; `exported` in the tests keeps it so. Must not
//! know: who may read them; the page does.

mod join;
mod machine;
pub mod page;

pub use join::join;

use crate::hardening::{self, Role, State};
use anyhow::anyhow;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{sync::OnceLock, time::Duration};

/// Bounds of histograms, in seconds: from a call through the socket to a slow provider.
const BOUNDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0,
];

/// How often what was recorded is taken up, so that nobody's not asking makes memory grow.
const UPKEEP: Duration = Duration::from_secs(5);

/// Where this process gathers.
static GATHERED: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to gather in this process, under a role's name; a second call changes nothing.
///
/// # Errors
/// When somebody else gathers in this process.
pub fn gather(role: Role) -> anyhow::Result<()> {
    if GATHERED.get().is_some() {
        return Ok(());
    }
    let name = match role {
        Role::Web => "web",
        Role::Keeper => "keeper",
    };
    let handle = PrometheusBuilder::new()
        .add_global_label("role", name)
        .set_buckets(&BOUNDS)?
        .install_recorder()
        .map_err(|cause| anyhow!("figures cannot be gathered: {cause}"))?;
    describe();
    // The first to come is the one that was installed.
    let _ = GATHERED.set(handle);
    Ok(())
}

/// What this process gathered, as text; empty where it does not gather.
pub fn render() -> String {
    let Some(handle) = GATHERED.get() else {
        return String::new();
    };
    machine::measure();
    measure_hardening();
    handle.render()
}

/// Takes up what was recorded, now and then. Runs until it is dropped.
pub async fn keep_up() {
    let Some(handle) = GATHERED.get() else {
        return;
    };
    let mut turns = tokio::time::interval(UPKEEP);
    loop {
        turns.tick().await;
        handle.run_upkeep();
    }
}

/// 1 is active, 0.5 in part, 0 not.
fn measure_hardening() {
    let Some(report) = hardening::report() else {
        return;
    };
    for taken in &report.measures {
        let value = match taken.state {
            State::Active => 1.0,
            State::Partly => 0.5,
            State::Not => 0.0,
        };
        gauge!("gatelodge_hardening", "measure" => taken.measure.name()).set(value);
    }
}

fn describe() {
    describe_counter!(
        "gatelodge_tool_calls_total",
        "Tool calls by tool and outcome: ok, proposed, or the code of the error."
    );
    describe_histogram!(
        "gatelodge_tool_call_seconds",
        Unit::Seconds,
        "Time of tool calls, by effect."
    );
    describe_counter!(
        "gatelodge_audit_events_total",
        "Committed audit events by action and outcome: proposals, approvals, connections, refreshes, sign-ins."
    );
    describe_histogram!(
        "gatelodge_http_request_seconds",
        Unit::Seconds,
        "Time until the head of an answer, by face and class of status."
    );
    describe_gauge!("gatelodge_http_connections", "Connections that are open.");
    describe_histogram!(
        "gatelodge_keeper_call_seconds",
        Unit::Seconds,
        "Time of calls to the keeper, by method and outcome."
    );
    describe_counter!(
        "gatelodge_provider_calls_total",
        "Calls to providers by class of status; none where no answer came."
    );
    describe_counter!(
        "gatelodge_refreshes_total",
        "Requests for fresh tokens by outcome: granted, refused, not_sent, answer_lost."
    );
    describe_counter!(
        "gatelodge_egress_denied_total",
        "Destinations that the egress guard refused."
    );
    describe_histogram!(
        "gatelodge_database_begin_seconds",
        Unit::Seconds,
        "Time until a transaction had a connection and had begun."
    );
    describe_histogram!(
        "gatelodge_database_commit_seconds",
        Unit::Seconds,
        "Time of commits, with their audit events."
    );
    describe_gauge!(
        "gatelodge_executions",
        "Approved changes that are being made."
    );
    describe_gauge!(
        "gatelodge_keeper_up",
        "Whether the keeper answered when these figures were asked for."
    );
    describe_gauge!(
        "gatelodge_resident_bytes",
        Unit::Bytes,
        "Memory in use by the process."
    );
    describe_gauge!(
        "gatelodge_hardening",
        "Measures of confinement: 1 active, 0.5 in part, 0 not."
    );
}
