//! What lasts of the authority, kept and put back as a whole while nothing can come in between.
//!
//! Must not know names of snapshots.

use crate::oauth::authority::Authority;
use crate::oauth::change::OauthChange;
use crate::oauth::memory::Lasting;

impl Lasting {
    /// Number of grants.
    pub fn grant_count(&self) -> usize {
        self.grants.len()
    }
}

impl Authority {
    /// What lasts; `then` runs while no change can come in between.
    pub(crate) fn hold<T>(&self, then: impl FnOnce() -> T) -> (Lasting, T) {
        let memory = self.lock();
        (memory.lasting.clone(), then())
    }

    /// Puts earlier content in place; `then` runs while no change can come in between. What is short-lived ends.
    pub(crate) fn put_back<T>(&self, earlier: Lasting, then: impl FnOnce() -> T) -> T {
        let mut memory = self.lock();
        memory.apply(&OauthChange::Restored(Box::new(earlier)));
        self.passwords.replace(&memory.lasting.passwords);
        then()
    }
}
