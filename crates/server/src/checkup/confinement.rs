//! What each role gives up on this machine, told by a process that gives it up: `gatelodge confined`, which ends at
//! once.
//!
//! Must not know: how a measure is taken.

use super::finding::Finding;
use crate::hardening::{HardeningReport, Measure, State, Taken, trial::Outcome};
use std::{env, path::Path, process::Stdio, time::Duration};
use tokio::{process::Command, time::timeout};

/// Confining takes a blink; a machine that needs longer has other trouble.
const PATIENCE: Duration = Duration::from_secs(20);

/// What this finding is called.
const CHECK: &str = "hardening";

pub(super) async fn look(path: &Path, findings: &mut Vec<Finding>) {
    for role in ["web", "keeper"] {
        match report_of(role, path).await {
            Ok(report) => findings.extend(report.measures.iter().map(|taken| one(role, taken))),
            Err(cause) => findings.push(Finding::warn(
                CHECK,
                format!("{role}: {cause}"),
                "Run 'gatelodge confined' by hand, as the user that the role runs as.",
            )),
        }
    }
}

/// Has a process of this program confine itself and tell how far that went.
async fn report_of(role: &str, path: &Path) -> Result<HardeningReport, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command
        .args(["confined", role, "--untried", "--config"])
        .arg(path)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let told = timeout(PATIENCE, command.output())
        .await
        .map_err(|_| format!("it told nothing within {} seconds", PATIENCE.as_secs()))?
        .map_err(|error| error.to_string())?;
    let outcome: Outcome = serde_json::from_slice(&told.stdout)
        .map_err(|_| String::from_utf8_lossy(&told.stderr).trim().to_owned())?;
    outcome
        .report
        .ok_or_else(|| "it took no measure".to_owned())
}

fn one(role: &str, taken: &Taken) -> Finding {
    let found = format!(
        "{role}: {} {}: {}",
        taken.measure.name(),
        taken.state,
        taken.why
    );
    match taken.state {
        State::Active => Finding::ok(CHECK, found),
        State::Partly | State::Not => Finding::warn(CHECK, found, what_helps(taken.measure)),
    }
}

const fn what_helps(measure: Measure) -> &'static str {
    match measure {
        Measure::LockedMemory => {
            "Raise the limit of locked memory: LimitMEMLOCK=infinity in the keeper's unit."
        }
        Measure::Files | Measure::Tcp | Measure::Processes => {
            "Landlock does this: a newer kernel, or one that has it switched on. What it cannot do, the network can."
        }
        Measure::OtherNetwork => "Name the database by its address, or use a local socket.",
        _ => "See 'What each role gives up' in docs/operating.md for what it needs.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkup::Level;

    #[test]
    fn what_is_missing_says_what_helps() {
        let taken = |state| Taken {
            measure: Measure::LockedMemory,
            state,
            why: "64 KiB may be locked".to_owned(),
        };
        let found = one("keeper", &taken(State::Not));
        assert_eq!(found.level, Level::Warn);
        assert!(found.todo.unwrap().contains("LimitMEMLOCK"));
        assert_eq!(one("keeper", &taken(State::Active)).level, Level::Ok);
    }
}
