//! Memory that nobody else reads: no core files, no other process of the same user, no swap (V8).
//!
//! Must not know: what the memory holds.

use super::report::{HardeningReport, Measure, State};
use rustix::{
    mm::{MlockAllFlags, mlockall},
    process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit},
    thread::{CapabilitySet, capabilities},
};
use std::fs;

/// No core files, and no reading by others: both roles.
pub(super) fn keep_private(report: &mut HardeningReport) {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    report.try_add(
        Measure::CoreFiles,
        "a crash leaves no file (RLIMIT_CORE 0)",
        setrlimit(Resource::Core, none),
    );
    // Also hands /proc/PID of this process to root, so that mem, environ and fd are closed to the same user.
    report.try_add(
        Measure::PrivateMemory,
        "processes of the same user cannot attach or read (PR_SET_DUMPABLE 0); root can",
        set_dumpable_behavior(DumpableBehavior::NotDumpable),
    );
}

/// Keeps every page out of swap, where the limit allows that: pages are locked as they are used, so an idle
/// process does not grow.
///
/// A limit below the whole address space must not be tried: the lock would succeed now and a later
/// allocation would fail.
pub(super) fn lock(report: &mut HardeningReport) {
    if !may_lock_everything() {
        let (state, swap) = if has_swap() {
            (State::Not, "and this machine swaps")
        } else {
            (State::Partly, "but this machine has no swap now")
        };
        let limit = getrlimit(Resource::Memlock).current.unwrap_or_default() / 1024;
        report.add(
            Measure::LockedMemory,
            state,
            format!(
                "RLIMIT_MEMLOCK is {limit} KiB {swap}; LimitMEMLOCK=infinity in the unit (or ulimit -l unlimited) changes that"
            ),
        );
        return;
    }
    let flags = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    report.try_add(
        Measure::LockedMemory,
        "no page goes to swap (mlockall)",
        mlockall(flags),
    );
}

fn may_lock_everything() -> bool {
    let limit = getrlimit(Resource::Memlock);
    if limit.maximum.is_none() {
        let unlimited = Rlimit {
            current: None,
            maximum: None,
        };
        return setrlimit(Resource::Memlock, unlimited).is_ok();
    }
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::IPC_LOCK))
}

fn has_swap() -> bool {
    // the first line is the heading; what cannot be read counts as swap
    fs::read_to_string("/proc/swaps").map_or(true, |text| text.lines().count() > 1)
}
