//! What keeps a role in its place on this machine, measure by measure, in words for an operator.
//!
//! Must not know: how a measure is taken.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Which process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Serves people and agents; holds no key.
    Web,
    /// Holds the keys, and the only way out.
    Keeper,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// No program that this process starts gets more rights than it has.
    NoNewPrivileges,
    /// The rights of an administrator are given up.
    Capabilities,
    /// A crash leaves no image of the memory behind.
    CoreFiles,
    /// Another process of the same user cannot read this one's memory.
    PrivateMemory,
    /// The memory is never written to swap.
    LockedMemory,
    /// Files and folders beyond what the role needs are out of reach.
    Files,
    /// TCP connections to the outside are refused.
    Tcp,
    /// Every other way to the network is refused.
    OtherNetwork,
    /// Other processes cannot be signalled or inspected.
    Processes,
    /// No other program can be run in place of this one.
    Programs,
    /// System calls that the role never makes are refused.
    SystemCalls,
}

impl Measure {
    /// The name in reports and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoNewPrivileges => "no_new_privileges",
            Self::Capabilities => "capabilities",
            Self::CoreFiles => "core_files",
            Self::PrivateMemory => "private_memory",
            Self::LockedMemory => "locked_memory",
            Self::Files => "files",
            Self::Tcp => "tcp",
            Self::OtherNetwork => "other_network",
            Self::Processes => "processes",
            Self::Programs => "programs",
            Self::SystemCalls => "system_calls",
        }
    }
}

/// How far it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As meant.
    Active,
    /// As far as this machine or configuration allows.
    Partly,
    /// Not at all.
    Not,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Partly => "partly",
            Self::Not => "not",
        })
    }
}

/// One measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Which.
    pub measure: Measure,
    /// How far.
    pub state: State,
    /// What it does here, or why it does not, and what would change that.
    pub why: String,
}

/// All measures of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardeningReport {
    /// Whose.
    pub role: Role,
    /// Each measure that the role asks for.
    pub measures: Vec<Taken>,
}

impl HardeningReport {
    pub(super) fn of(role: Role) -> Self {
        Self {
            role,
            measures: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, measure: Measure, state: State, why: impl Into<String>) {
        self.measures.push(Taken {
            measure,
            state,
            why: why.into(),
        });
    }

    /// Takes a measure whose only failure is the system's refusal.
    pub(super) fn try_add(
        &mut self,
        measure: Measure,
        done: &str,
        attempt: Result<(), impl fmt::Display>,
    ) {
        match attempt {
            Ok(()) => self.add(measure, State::Active, done),
            Err(cause) => self.add(
                measure,
                State::Not,
                format!("refused by the system: {cause}"),
            ),
        }
    }

    /// How far a measure is taken; [`State::Not`] where the role does not ask for it.
    pub fn state(&self, measure: Measure) -> State {
        self.measures
            .iter()
            .find(|taken| taken.measure == measure)
            .map_or(State::Not, |taken| taken.state)
    }

    /// Those that are taken in part or not at all.
    pub fn incomplete(&self) -> impl Iterator<Item = &Taken> {
        self.measures
            .iter()
            .filter(|taken| taken.state != State::Active)
    }

    /// Writes it to the log: one line for what holds, one for each measure that does not.
    pub fn log(&self) {
        let active: Vec<&str> = self
            .measures
            .iter()
            .filter(|taken| taken.state == State::Active)
            .map(|taken| taken.measure.name())
            .collect();
        tracing::info!(role = ?self.role, active = active.join(" "), "confined");
        for taken in self.incomplete() {
            tracing::warn!(
                role = ?self.role,
                measure = taken.measure.name(),
                state = %taken.state,
                why = taken.why,
                "confined less than meant"
            );
        }
    }
}

impl fmt::Display for HardeningReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for taken in &self.measures {
            writeln!(
                f,
                "{:<18} {:<7} {}",
                taken.measure.name(),
                taken.state.to_string(),
                taken.why
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_its_reason() {
        let mut report = HardeningReport::of(Role::Keeper);
        report.try_add(Measure::CoreFiles, "off", Ok::<(), String>(()));
        report.try_add(Measure::LockedMemory, "locked", Err("too little"));
        assert_eq!(report.state(Measure::CoreFiles), State::Active);
        assert_eq!(report.state(Measure::LockedMemory), State::Not);
        assert_eq!(report.state(Measure::Tcp), State::Not);
        let missing: Vec<_> = report.incomplete().map(|taken| taken.measure).collect();
        assert_eq!(missing, [Measure::LockedMemory]);
        assert!(report.to_string().contains("too little"));
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(
            serde_json::from_str::<HardeningReport>(&json).unwrap(),
            report
        );
    }
}
