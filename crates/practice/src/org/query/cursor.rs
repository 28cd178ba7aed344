//! Open query results: each is owned by one user and found by a locator nobody can guess.
//!
//! The lists of child rows that did not fit into a page live and go together with the result they belong to. Must
//! not know what a result holds.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::Found;
use crate::org::id::Id;

/// Most open cursors per user; the oldest gives way.
const MOST_OPEN: usize = 10;
/// How long a cursor lives.
const LIFE: TimeDelta = TimeDelta::days(2);

/// All open cursors.
#[derive(Debug, Default)]
pub struct Cursors(Mutex<HashMap<Id, VecDeque<Cursor>>>);

#[derive(Debug)]
struct Cursor {
    opened: DateTime<Utc>,
    page: usize,
    results: Vec<(String, Arc<Found>)>,
}

impl Cursor {
    fn find(&self, locator: &str) -> Option<&Arc<Found>> {
        let (_, found) = self.results.iter().find(|(known, _)| known == locator)?;
        Some(found)
    }
}

impl Cursors {
    /// Keeps results, read in pages of one size, under their locators.
    pub fn open(
        &self,
        user: Id,
        now: DateTime<Utc>,
        page: usize,
        results: Vec<(String, Arc<Found>)>,
    ) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.entry(user).or_default();
        own.retain(|cursor| now - cursor.opened < LIFE);
        if own.len() == MOST_OPEN {
            own.pop_front();
        }
        own.push_back(Cursor {
            opened: now,
            page,
            results,
        });
    }

    /// Ends the open results of a user, or of everyone.
    pub fn forget(&self, user: Option<Id>) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match user {
            Some(user) => drop(open.remove(&user)),
            None => open.clear(),
        }
    }

    /// Keeps further results together with the one that has this locator.
    pub fn extend(&self, user: Id, locator: &str, results: Vec<(String, Arc<Found>)>) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.entry(user).or_default();
        if let Some(cursor) = own.iter_mut().find(|cursor| cursor.find(locator).is_some()) {
            cursor.results.extend(results);
        }
    }

    /// The result behind a locator of this user, and the size of its pages.
    pub fn find(&self, user: Id, now: DateTime<Utc>, locator: &str) -> Option<(Arc<Found>, usize)> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&user)?
            .iter()
            .filter(|cursor| now - cursor.opened < LIFE)
            .find_map(|cursor| Some((Arc::clone(cursor.find(locator)?), cursor.page)))
    }
}
