//! What was read a moment ago: spares the hot path of tool calls its reads.
//!
//! An entry lives two seconds, so what another process changes is seen within them (M16 asks for five), and a
//! change by this process drops everything at once. Must not know: what is kept. Only rows that say who may call
//! and through which connection belong here; never secrets, never records.

use chrono::TimeDelta;
use gatelodge_model::Timestamp;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How long an entry is believed.
const LIFE: TimeDelta = TimeDelta::seconds(2);

/// More entries than this are all dropped; they come back with their next use.
const MOST: usize = 4_096;

/// Entries by key.
pub(crate) struct Recent<K, V>(Mutex<Entries<K, V>>);

struct Entries<K, V> {
    by_key: HashMap<K, (Timestamp, V)>,
    /// Grows with each change, so that what was read before a change is not kept after it.
    generation: u64,
}

/// The state of things when a read began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticket(u64);

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Entries {
            by_key: HashMap::new(),
            generation: 0,
        }))
    }

    /// A fresh entry, or the ticket with which to keep what is read instead.
    pub(crate) fn get(&self, key: &K, now: Timestamp) -> Result<V, Ticket> {
        let entries = self.lock();
        match entries.by_key.get(key) {
            Some((since, value)) if now - *since < LIFE && now >= *since => Ok(value.clone()),
            _ => Err(Ticket(entries.generation)),
        }
    }

    /// Keeps what was read, unless something changed meanwhile.
    pub(crate) fn keep(&self, ticket: Ticket, key: K, value: V, now: Timestamp) {
        let mut entries = self.lock();
        if entries.generation != ticket.0 {
            return;
        }
        if entries.by_key.len() >= MOST {
            entries.by_key.clear();
        }
        entries.by_key.insert(key, (now, value));
    }

    /// Drops everything: something changed.
    pub(crate) fn forget(&self) {
        let mut entries = self.lock();
        entries.generation += 1;
        entries.by_key.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Entries<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(millis).unwrap()
    }

    #[test]
    fn entries_end_by_time_and_by_change() {
        // proves M16
        let recent = Recent::new();
        let ticket = recent.get(&"a", at(0)).unwrap_err();
        recent.keep(ticket, "a", 1, at(0));
        assert_eq!(recent.get(&"a", at(1_999)).ok(), Some(1));
        assert!(recent.get(&"a", at(2_000)).is_err());
        assert_eq!(recent.get(&"a", at(1_000)).ok(), Some(1));
        recent.forget();
        assert!(recent.get(&"a", at(1_000)).is_err());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let recent = Recent::new();
        let ticket = recent.get(&"a", at(0)).unwrap_err();
        recent.forget();
        recent.keep(ticket, "a", 1, at(0));
        assert!(recent.get(&"a", at(0)).is_err());
    }
}
