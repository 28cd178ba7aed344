//! The web role's fence (landlock): which files it may open, to which ports it may connect.
//!
//! Landlock filters TCP ports, not addresses: with PostgreSQL, any host can be reached on the database's port.
//! It says nothing about UDP before Linux 7.2 and lets MPTCP and TCP Fast Open pass; `syscalls` closes those.
//! Connecting to a socket in a folder is free, so the keeper's socket needs no right here.
//! A program that a fenced process starts stays inside the fence; whoever shall live outside is started before.
//! Must not know: which role needs what.

use super::{
    report::{HardeningReport, Measure, State},
    room::Room,
};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, LandlockStatus,
    NetPort, RestrictionStatus, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError,
    Scope, path_beneath_rules,
};

/// What is asked for; an older kernel gives what it has.
const WANTED: ABI = ABI::V7;

/// Goes behind the fence. Holds for this thread and all that come after it, so it is called before any other
/// thread runs.
pub(super) fn close(room: &Room, report: &mut HardeningReport) {
    match restrict(room) {
        Ok(status) => tell(room, &status, report),
        Err(cause) => {
            for measure in [Measure::Files, Measure::Tcp, Measure::Processes] {
                report.add(measure, State::Not, format!("landlock failed: {cause}"));
            }
        }
    }
}

fn restrict(room: &Room) -> Result<RestrictionStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    // Everything but running programs and making devices.
    let write: BitFlags<AccessFs> = read
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer;
    let ports = room
        .tcp_ports
        .iter()
        .map(|port| Ok::<_, RulesetError>(NetPort::new(*port, AccessNet::ConnectTcp)));
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()?
        .add_rules(path_beneath_rules(&room.read, read))?
        .add_rules(path_beneath_rules(&room.write, write))?
        .add_rules(path_beneath_rules(
            &room.write_files,
            read | AccessFs::WriteFile | AccessFs::Truncate,
        ))?
        .add_rules(ports)?
        .restrict_self()
}

fn tell(room: &Room, status: &RestrictionStatus, report: &mut HardeningReport) {
    let has = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi,
        LandlockStatus::NotEnabled => {
            return none(report, "landlock is switched off on this machine (lsm=)");
        }
        LandlockStatus::NotImplemented => {
            return none(
                report,
                "this kernel has no landlock (Linux 5.13 or newer has)",
            );
        }
    };
    let files = format!(
        "{} places to read, {} to write",
        room.read.len(),
        room.write.len()
    );
    if has >= ABI::V3 {
        report.add(Measure::Files, State::Active, files);
    } else {
        report.add(
            Measure::Files,
            State::Partly,
            format!("{files}; truncating is not covered before Linux 6.2"),
        );
    }
    if has < ABI::V4 {
        report.add(
            Measure::Tcp,
            State::Not,
            "landlock covers TCP from Linux 6.7 on",
        );
    } else if room.tcp_ports.is_empty() {
        report.add(
            Measure::Tcp,
            State::Active,
            "no connection, no further listener",
        );
    } else {
        report.add(
            Measure::Tcp,
            State::Active,
            format!(
                "connections to the database's port {} only; landlock tells ports apart, not addresses",
                numbers(&room.tcp_ports)
            ),
        );
    }
    if has >= ABI::V6 {
        report.add(
            Measure::Processes,
            State::Active,
            "others cannot be signalled, attached to or inspected",
        );
    } else {
        report.add(
            Measure::Processes,
            State::Partly,
            "others cannot be attached to; signals are covered from Linux 6.12 on",
        );
    }
}

fn none(report: &mut HardeningReport, why: &str) {
    for measure in [Measure::Files, Measure::Tcp, Measure::Processes] {
        report.add(measure, State::Not, why);
    }
}

fn numbers(ports: &[u16]) -> String {
    let texts: Vec<String> = ports.iter().map(u16::to_string).collect();
    texts.join(", ")
}
