//! What each role gives up for good before it serves, so that a foothold in it stays small.
//!
//! The web role keeps its database, its data folder and the sockets that it holds already; the keeper keeps the way
//! out and its files. Everything is best effort, and what this machine does not offer is reported: in the log, by
//! `doctor`, and in the metrics. Called once a process, before the runtime starts its threads.
//! Must not know: what the roles do.

#[cfg(target_os = "linux")]
mod fence;
#[cfg(target_os = "linux")]
mod memory;
mod report;
#[cfg(target_os = "linux")]
mod rights;
mod room;
#[cfg(target_os = "linux")]
mod syscalls;
pub mod trial;

pub use report::{HardeningReport, Measure, Role, State, Taken};
pub use room::Room;

use std::sync::OnceLock;

/// What this process gave up.
static TAKEN: OnceLock<HardeningReport> = OnceLock::new();

/// Confines the web role. Its listeners are bound and its keeper runs, because neither can be done afterwards: a
/// program that it starts stays confined with it.
pub fn confine_web(room: &Room) -> &'static HardeningReport {
    let mut report = HardeningReport::of(Role::Web);
    #[cfg(target_os = "linux")]
    {
        memory::keep_private(&mut report);
        rights::give_up(&mut report);
        fence::close(room, &mut report);
        syscalls::refuse_for_web(room, &mut report);
    }
    #[cfg(not(target_os = "linux"))]
    unavailable(
        &mut report,
        &[Measure::Files, Measure::Tcp, Measure::SystemCalls],
    );
    TAKEN.get_or_init(|| report)
}

/// Confines the keeper.
pub fn confine_keeper() -> &'static HardeningReport {
    let mut report = HardeningReport::of(Role::Keeper);
    #[cfg(target_os = "linux")]
    {
        memory::keep_private(&mut report);
        memory::lock(&mut report);
        rights::give_up(&mut report);
        syscalls::refuse_for_keeper(&mut report);
    }
    #[cfg(not(target_os = "linux"))]
    unavailable(&mut report, &[Measure::PrivateMemory, Measure::SystemCalls]);
    TAKEN.get_or_init(|| report)
}

/// What this process gave up, once it did.
pub fn report() -> Option<&'static HardeningReport> {
    TAKEN.get()
}

#[cfg(not(target_os = "linux"))]
fn unavailable(report: &mut HardeningReport, measures: &[Measure]) {
    for measure in measures {
        report.add(*measure, State::Not, "only Linux has it");
    }
}
