//! Step-up: what changes who may do what, or shows what is secret, needs a proof of the person that is minutes old,
//! so that a browser left open is not enough (ADM-9, APR-8).
//!
//! Must not know: how the proof is given.

use crate::{Hub, Person};
use chrono::TimeDelta;
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};

/// How old the proof may be.
const FRESH: TimeDelta = TimeDelta::minutes(5);

impl Hub {
    /// Whether the person proved within the last five minutes who they are.
    pub fn is_proved(&self, person: &Person) -> bool {
        self.now() - person.session.proved_at <= FRESH
    }

    /// Refuses people whose proof is older.
    pub(crate) fn require_step_up(&self, person: &Person) -> Result<()> {
        if self.is_proved(person) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::StepUpNeeded,
            "This needs a sign-in that is at most five minutes old. Nothing was changed.",
        )
        .with_hint(
            WhoMustAct::Person,
            "Confirm with your password or passkey that it is you, and do it again.",
        ))
    }
}
