//! Rights that a role gives up for good: those of an administrator, and getting more by running a program.
//!
//! Must not know: files, network, system calls.

use super::report::{HardeningReport, Measure};
use rustix::{
    io::Errno,
    thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities, set_no_new_privs},
};

/// What a role started by root keeps: its own files may belong to another user, and pages to lock.
const KEPT: CapabilitySet = CapabilitySet::DAC_OVERRIDE
    .union(CapabilitySet::DAC_READ_SEARCH)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::IPC_LOCK);

/// Gives them up.
pub(super) fn give_up(report: &mut HardeningReport) {
    report.try_add(Measure::NoNewPrivileges, "set", set_no_new_privs(true));
    report.try_add(
        Measure::Capabilities,
        "none but access to own files and locking memory",
        drop_capabilities(),
    );
}

fn drop_capabilities() -> Result<(), Errno> {
    let held = capabilities(None)?;
    let sets = CapabilitySets {
        effective: held.effective & KEPT,
        permitted: held.permitted & KEPT,
        inheritable: CapabilitySet::empty(),
    };
    set_capabilities(None, sets)
}
