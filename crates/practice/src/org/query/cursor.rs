//! Open query results: each is a snapshot, owned by one user, found by a locator nobody can guess.
//!
//! Must not know what a result holds.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::Found;
use crate::org::id::Id;

/// Most open cursors per user; the oldest gives way.
const MOST_OPEN: usize = 10;

/// All open cursors.
#[derive(Debug, Default)]
pub struct Cursors(Mutex<HashMap<Id, VecDeque<Cursor>>>);

#[derive(Debug)]
struct Cursor {
    locator: String,
    found: Arc<Found>,
    page: usize,
}

impl Cursors {
    /// Keeps a result under a locator.
    pub fn open(&self, user: Id, locator: String, found: Arc<Found>, page: usize) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.entry(user).or_default();
        if own.len() == MOST_OPEN {
            own.pop_front();
        }
        own.push_back(Cursor {
            locator,
            found,
            page,
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

    /// The result behind a locator of this user, and the size of its pages.
    pub fn find(&self, user: Id, locator: &str) -> Option<(Arc<Found>, usize)> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cursor = open
            .get(&user)?
            .iter()
            .find(|cursor| cursor.locator == locator)?;
        Some((Arc::clone(&cursor.found), cursor.page))
    }
}
