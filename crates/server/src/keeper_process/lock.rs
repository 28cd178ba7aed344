//! One keeper a place: the lock is the operating system's, so it ends with the process, however that ends.
//!
//! Must not know: who wants it.

use super::Place;
use anyhow::Context as _;
use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt as _,
};

/// Held by the keeper as long as it lives.
#[derive(Debug)]
pub struct KeeperLock {
    _file: File,
}

impl KeeperLock {
    /// Takes it. `None`: another keeper lives.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn take(place: &Place) -> anyhow::Result<Option<Self>> {
        place.make()?;
        let path = place.lock();
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => {
                Err(cause).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_place_has_one_keeper() {
        let config = Config {
            folder: tempfile::tempdir().unwrap().keep(),
            ..Config::default()
        };
        let place = Place::of(&config);
        let first = KeeperLock::take(&place).unwrap();
        assert!(first.is_some());
        assert!(KeeperLock::take(&place).unwrap().is_none());
        drop(first);
        assert!(KeeperLock::take(&place).unwrap().is_some());
    }
}
