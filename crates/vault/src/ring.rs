//! The operator's keys that are in memory now: the one that wraps, and those that still unwrap while keys
//! are being replaced. Empty while the keeper is sealed.
//!
//! Must not know: where keys come from, or what they wrap.

use crate::key::{Kek, KeyId};
use std::sync::{PoisonError, RwLock};

/// Keys in memory; the first one wraps.
#[derive(Default)]
pub(crate) struct KeyRing(RwLock<Vec<Kek>>);

impl KeyRing {
    pub(crate) fn of(kek: Kek) -> Self {
        Self(RwLock::new(vec![kek]))
    }

    pub(crate) fn current(&self) -> Option<Kek> {
        self.read().first().cloned()
    }

    pub(crate) fn find(&self, id: KeyId) -> Option<Kek> {
        self.read().iter().find(|kek| kek.id() == id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Kek> {
        self.read().clone()
    }

    /// Adds a key behind those that are held.
    pub(crate) fn add(&self, kek: Kek) {
        let mut keys = self.write();
        if keys.iter().all(|held| held.id() != kek.id()) {
            keys.push(kek);
        }
    }

    /// Makes a held key the one that wraps; whether it is held.
    pub(crate) fn prefer(&self, id: KeyId) -> bool {
        let mut keys = self.write();
        let Some(at) = keys.iter().position(|kek| kek.id() == id) else {
            return false;
        };
        keys[..=at].rotate_right(1);
        true
    }

    /// Forgets a key that does not wrap.
    pub(crate) fn forget(&self, id: KeyId) {
        let mut keys = self.write();
        let current = keys.first().map(Kek::id);
        keys.retain(|kek| kek.id() != id || Some(id) == current);
    }

    /// Forgets all: seals.
    pub(crate) fn clear(&self) {
        self.write().clear();
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<Kek>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Vec<Kek>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::SeededRandom;

    #[test]
    fn the_preferred_key_wraps_and_is_never_forgotten() {
        let random = SeededRandom::new(1);
        let keys: Vec<Kek> = (0..3).map(|_| Kek::generate(&random)).collect();
        let ring = KeyRing::default();
        assert!(ring.current().is_none());
        for key in &keys {
            ring.add(key.clone());
            ring.add(key.clone());
        }
        let ids = |ring: &KeyRing| ring.all().iter().map(Kek::id).collect::<Vec<_>>();
        let [a, b, c] = [keys[0].id(), keys[1].id(), keys[2].id()];
        assert_eq!(ids(&ring), [a, b, c]);
        assert!(ring.prefer(c));
        assert_eq!(ids(&ring), [c, a, b]);
        ring.forget(c);
        ring.forget(a);
        assert_eq!(ids(&ring), [c, b]);
        assert!(!ring.prefer(a));
        ring.clear();
        assert!(ring.find(c).is_none());
    }
}
