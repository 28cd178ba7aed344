//! The breaker on a token endpoint: while it is in trouble nothing is sent there, then one request tries (R6).
//!
//! Must not know: connections.

use gatelodge_model::{Random, Timestamp};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use url::Url;

/// Failures one after the other that open it.
const IN_A_ROW: u32 = 5;

/// How far back the share of failures is counted.
const WINDOW_SECONDS: i64 = 30;

/// Fewer requests than this in the window say nothing about a share.
const FEWEST: usize = 10;

/// How long it stays open the first time; it doubles up to the longest.
const FIRST_PAUSE_SECONDS: i64 = 15;
const LONGEST_PAUSE_SECONDS: i64 = 300;

/// Endpoints that are remembered; nobody has more providers and apps.
const MOST: usize = 10_000;

/// A token endpoint and the app that asks there.
pub(crate) type Door = (String, String);

/// Names the door of a refresh.
pub(crate) fn door(login_base: &Url, client_id: &str) -> Door {
    let host = login_base.origin().ascii_serialization();
    (host, client_id.to_owned())
}

#[derive(Debug, Default)]
struct State {
    /// When requests of the window ended, and whether they failed.
    recent: VecDeque<(Timestamp, bool)>,
    in_a_row: u32,
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    until: Timestamp,
    pause: i64,
    probing: bool,
}

/// All breakers.
#[derive(Debug, Default)]
pub(crate) struct Breakers(Mutex<HashMap<Door, State>>);

impl Breakers {
    /// Whether a request may be sent. If not, until when it is pointless to ask again.
    pub(crate) fn admit(&self, door: &Door, now: Timestamp) -> Result<(), Timestamp> {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = doors.get_mut(door).and_then(|state| state.open.as_mut()) else {
            return Ok(());
        };
        // A clock that was set back must not keep it open.
        let waits = now < open.until && (open.until - now).num_seconds() <= LONGEST_PAUSE_SECONDS;
        if waits {
            return Err(open.until);
        }
        // Should the one that tries never come back, somebody else may after a while.
        open.probing = true;
        open.until = now + chrono::TimeDelta::seconds(FIRST_PAUSE_SECONDS);
        Ok(())
    }

    /// Takes note of how a request ended. `true` when this opened the breaker.
    pub(crate) fn note(
        &self,
        door: &Door,
        failed: bool,
        now: Timestamp,
        random: &dyn Random,
    ) -> bool {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !failed && !doors.contains_key(door) {
            return false;
        }
        if doors.len() >= MOST && !doors.contains_key(door) {
            doors.retain(|_, state| state.open.is_some());
        }
        let state = doors.entry(door.clone()).or_default();
        if !failed && state.open.is_some_and(|open| open.probing) {
            doors.remove(door);
            return false;
        }
        state.add(now, failed);
        let pause = match state.open {
            Some(open) if open.probing && failed => (open.pause * 2).min(LONGEST_PAUSE_SECONDS),
            None if state.is_bad() => FIRST_PAUSE_SECONDS,
            _ => return false,
        };
        let opened = state.open.is_none();
        // Keepers that closed their doors together do not knock together.
        let jitter = i64::from(byte(random)) * pause * 1000 / 4 / 255;
        state.open = Some(Open {
            until: now + chrono::TimeDelta::milliseconds(pause * 750 + jitter),
            pause,
            probing: false,
        });
        opened
    }
}

impl State {
    fn add(&mut self, now: Timestamp, failed: bool) {
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        self.recent.push_back((now, failed));
        while self.recent.len() > 200
            || self
                .recent
                .front()
                .is_some_and(|(at, _)| (now - *at).num_seconds().abs() > WINDOW_SECONDS)
        {
            self.recent.pop_front();
        }
    }

    fn is_bad(&self) -> bool {
        let failures = self.recent.iter().filter(|(_, failed)| *failed).count();
        self.in_a_row >= IN_A_ROW
            || (self.recent.len() >= FEWEST && failures * 2 > self.recent.len())
    }
}

fn byte(random: &dyn Random) -> u8 {
    let mut byte = [0];
    random.fill(&mut byte);
    byte[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::SeededRandom;

    fn moment(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn door() -> Door {
        super::door(&Url::parse("https://login.test/x").unwrap(), "client")
    }

    #[test]
    fn five_failures_open_it_and_one_request_tries() {
        // proves R6
        let (breakers, random) = (Breakers::default(), SeededRandom::new(1));
        let note = |failed, at| breakers.note(&door(), failed, moment(at), &random);
        for number in 0..4 {
            assert!(!note(true, number));
        }
        assert!(breakers.admit(&door(), moment(4)).is_ok());
        assert!(note(true, 4), "the fifth opens it");
        let until = breakers.admit(&door(), moment(5)).unwrap_err();
        assert!(until > moment(5) && until <= moment(4 + FIRST_PAUSE_SECONDS));
        let later = until + chrono::TimeDelta::seconds(1);
        assert!(breakers.admit(&door(), later).is_ok(), "one tries");
        assert!(breakers.admit(&door(), later).is_err(), "and only one");
        assert!(!breakers.note(&door(), true, later, &random));
        let second = breakers.admit(&door(), later).unwrap_err();
        assert!(second - later > until - moment(4), "the pause grows");
        let probe = second + chrono::TimeDelta::seconds(1);
        breakers.admit(&door(), probe).unwrap();
        assert!(!breakers.note(&door(), false, probe, &random));
        for _ in 0..9 {
            assert!(breakers.admit(&door(), probe).is_ok(), "closed again");
        }
    }

    #[test]
    fn half_of_the_requests_failing_opens_it_and_a_clock_set_back_does_not_hold_it() {
        // proves R6, R5
        let (breakers, random) = (Breakers::default(), SeededRandom::new(1));
        let mut opened = false;
        breakers.note(&door(), true, moment(7200), &random);
        for number in 0..12 {
            opened |= breakers.note(&door(), number % 3 != 0, moment(7200), &random);
        }
        assert!(opened);
        assert!(breakers.admit(&door(), moment(7200)).is_err());
        assert!(breakers.admit(&door(), moment(0)).is_ok());
        let other = super::door(&Url::parse("https://login.test").unwrap(), "another app");
        assert!(breakers.admit(&other, moment(7200)).is_ok());
    }
}
