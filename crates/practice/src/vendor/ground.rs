//! What every vendor's practice server has: an address, a time, randomness, a journal, open faults, a door for people.
//!
//! Must not know what any vendor keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::door::Door;
use super::people::STAFF;
use crate::ambient::{Clock, Random, random_hex, random_letters};
use crate::clock::ShiftedClock;
use crate::faults::{Fault, FaultError, Faults};
use crate::journal::Journal;
use crate::oauth::{MARK, Passwords};
use crate::vendor::VendorOptions;

/// The ground that a vendor's practice server stands on.
pub struct Ground {
    base_url: String,
    shift: ShiftedClock,
    random: Arc<dyn Random>,
    pub(super) journal: Journal,
    pub(super) faults: Faults,
    pub(super) door: Door,
    pub(super) passwords: Passwords,
    /// Hidden in our own forms, so that another site cannot send them.
    pub(super) form_guard: String,
    pub(super) admin: bool,
    pub(super) admin_token: Option<String>,
}

impl Ground {
    pub(super) fn new(options: &VendorOptions, base_url: String) -> Self {
        Self {
            base_url,
            shift: ShiftedClock::new(Arc::clone(&options.clock)),
            random: Arc::clone(&options.random),
            journal: Journal::default(),
            faults: Faults::default(),
            door: Door::default(),
            passwords: Passwords::new(&BTreeMap::new(), None),
            form_guard: random_hex(options.random.as_ref(), 24),
            admin: options.admin,
            admin_token: options.admin_token.clone(),
        }
    }

    /// Address without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The moment, as the vendor sees it.
    pub fn now(&self) -> DateTime<Utc> {
        self.shift.now()
    }

    /// Moves the clock to this distance from the true time.
    pub fn move_clock(&self, shift: TimeDelta) {
        self.shift.set(shift);
    }

    /// How far the clock is moved.
    pub fn clock_shift(&self) -> TimeDelta {
        self.shift.shift()
    }

    /// Orders a fault and gives it with its number.
    ///
    /// # Errors
    /// The order makes no sense, too many are open, or it is a named fault, which only the practice org knows.
    pub fn order(&self, fault: Fault) -> Result<Fault, FaultError> {
        if fault.kind.is_some() {
            return Err(FaultError::Field {
                field: "fault",
                reason: "named faults are those of the practice org; say what happens".to_owned(),
            });
        }
        self.faults.order(fault)
    }

    /// The orders that are still open.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What was asked.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Names and passwords of the people who can sign in.
    pub fn sign_ins(&self) -> Vec<(String, String)> {
        let staff = STAFF.iter();
        staff
            .map(|one| (one.username.to_owned(), self.passwords.of(one.username)))
            .collect()
    }

    /// Random letters and digits.
    pub(crate) fn letters(&self, length: usize) -> String {
        random_letters(self.random.as_ref(), length)
    }

    /// Random hexadecimal digits, two for each byte.
    pub(crate) fn hex(&self, bytes: usize) -> String {
        random_hex(self.random.as_ref(), bytes)
    }

    /// A secret value with the mark that a scan for leaked secrets looks for.
    pub(crate) fn secret(&self, before: &str, length: usize) -> String {
        format!("{before}{MARK}{}", self.letters(length))
    }

    /// A number that looks like an id of the vendor.
    pub(crate) fn digits(&self, length: usize) -> String {
        let mut bytes = vec![0_u8; length];
        self.random.fill(&mut bytes);
        bytes
            .into_iter()
            .map(|byte| char::from(b'0' + byte % 10))
            .collect()
    }
}
