//! The keeper's own folder on its host: which keepers of this host live, and where new tokens wait for the database.
//!
//! Each running keeper holds the lock of one place below `spool/`; a place whose lock is free was left by a
//! keeper that is gone. So what a killed keeper began is recognised at once, without waiting for its lease. Must
//! not know: what a file in a place holds.

use gatelodge_model::{Clock, Random, id::new_uuid};
use rustix::fs::{FlockOperation, flock};
use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};
use uuid::Uuid;

/// A keeper's own folder, locked while this value lives.
#[derive(Debug)]
pub(crate) struct Place {
    /// Names this keeper in intents; stays the same over restarts.
    pub(crate) id: Uuid,
    /// Where new tokens wait.
    pub(crate) folder: PathBuf,
    lock: Mutex<Option<File>>,
}

/// What was found beside.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    /// Keepers of this host that are gone, with their locks, so that only one keeper looks after each. This
    /// keeper's own earlier life is not among them.
    pub(crate) gone: Vec<Place>,
    /// Keepers of this host that live.
    pub(crate) living: HashSet<Uuid>,
}

impl Place {
    /// Takes a place below `folder`: the first that nobody holds, or a new one.
    pub(crate) fn take(
        folder: &Path,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> io::Result<(Self, Neighbours)> {
        let spool = folder.join("spool");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&spool)?;
        let mut neighbours = Neighbours::default();
        let mut own = None;
        let mut ids: Vec<Uuid> = Vec::new();
        for entry in fs::read_dir(&spool)? {
            let name = entry?.file_name();
            ids.extend(name.to_str().and_then(|name| Uuid::parse_str(name).ok()));
        }
        ids.sort_unstable();
        for id in ids {
            match (Self::lock(&spool, id)?, own.is_some()) {
                (Some(place), false) => own = Some(place),
                (Some(place), true) => neighbours.gone.push(place),
                (None, _) => {
                    neighbours.living.insert(id);
                }
            }
        }
        let own = if let Some(place) = own {
            place
        } else {
            let id = new_uuid(clock, random);
            DirBuilder::new()
                .mode(0o700)
                .create(spool.join(id.to_string()))?;
            Self::lock(&spool, id)?.ok_or(io::ErrorKind::WouldBlock)?
        };
        Ok((own, neighbours))
    }

    /// `None` when a living keeper holds it.
    fn lock(spool: &Path, id: Uuid) -> io::Result<Option<Self>> {
        let folder = spool.join(id.to_string());
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(folder.join("lock"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self {
                id,
                folder,
                lock: Mutex::new(Some(file)),
            })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets go of the place: this keeper does nothing more.
    pub(crate) fn release(&self) {
        self.lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    /// Takes an empty place away for good.
    pub(crate) fn remove(self) -> io::Result<()> {
        fs::remove_file(self.folder.join("lock"))?;
        fs::remove_dir(&self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::{FixedClock, SeededRandom};

    #[test]
    fn a_place_is_held_by_one_keeper_and_found_again() {
        // proves R3
        let folder = tempfile::tempdir().unwrap();
        let (clock, random) = (FixedClock::at(0), SeededRandom::new(1));
        let take = || Place::take(folder.path(), &clock, &random).unwrap();
        let (first, beside) = take();
        assert!(beside.gone.is_empty() && beside.living.is_empty());
        let (second, beside) = take();
        assert_ne!(first.id, second.id);
        assert_eq!(beside.living, HashSet::from([first.id]));
        let ids = [first.id, second.id];
        drop((first, second));
        let (again, mut beside) = take();
        let gone = beside.gone.pop().unwrap();
        assert!(ids.contains(&again.id) && ids.contains(&gone.id) && again.id != gone.id);
        gone.remove().unwrap();
        drop(again);
        assert!(take().1.gone.is_empty());
    }
}
