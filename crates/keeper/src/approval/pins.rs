//! Which generation of each record about approvals this host saw last, in a file of the keeper's own: a record
//! that is gone or older than that was taken back by somebody, and nothing is decided by it.
//!
//! A pin only grows; only the operator's console sets it back. Must not know: what the records say.

use super::folder::Folder;
use gatelodge_model::OrganizationId;
use std::{collections::BTreeMap, fs, io};
use uuid::Uuid;

const FILE: &str = "pins.json";
const LOCK: &str = "pins.lock";

/// The pins of this host. The file is the truth: the console of this host writes it too.
#[derive(Debug, Clone)]
pub(crate) struct Pins(Folder);

type Map = BTreeMap<String, i64>;

fn key(organization: OrganizationId, subject: Uuid) -> String {
    format!("{organization}/{}", subject.simple())
}

impl Pins {
    pub(crate) fn new(folder: Folder) -> Self {
        Self(folder)
    }

    /// The generation that was seen last; 0 where none was.
    pub(crate) fn seen(&self, organization: OrganizationId, subject: Uuid) -> io::Result<i64> {
        let pins = self.read()?;
        Ok(pins
            .get(&key(organization, subject))
            .copied()
            .unwrap_or_default())
    }

    /// Notes a generation, durably.
    pub(crate) fn raise(
        &self,
        organization: OrganizationId,
        subject: Uuid,
        generation: i64,
    ) -> io::Result<()> {
        self.change(|pins| {
            let pin = pins.entry(key(organization, subject)).or_default();
            let grows = generation > *pin;
            *pin = generation.max(*pin);
            grows
        })
    }

    /// Forgets what was seen of an organization: the operator says that its records of now are the right ones.
    pub(crate) fn forget(&self, organization: OrganizationId) -> io::Result<()> {
        let prefix = format!("{organization}/");
        self.change(|pins| {
            let before = pins.len();
            pins.retain(|key, _| !key.starts_with(&prefix));
            pins.len() != before
        })
    }

    fn change(&self, change: impl FnOnce(&mut Map) -> bool) -> io::Result<()> {
        let _lock = self.0.lock(LOCK)?;
        let mut pins = self.read()?;
        if change(&mut pins) {
            let content = serde_json::to_vec_pretty(&pins).map_err(io::Error::other)?;
            self.0.replace(FILE, &content)?;
        }
        Ok(())
    }

    fn read(&self) -> io::Result<Map> {
        match fs::read(self.0.path().join(FILE)) {
            Ok(content) => serde_json::from_slice(&content)
                .map_err(|cause| io::Error::new(io::ErrorKind::InvalidData, cause)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Map::new()),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::{FixedClock, SeededRandom};

    #[test]
    fn a_pin_only_grows_and_survives() {
        // proves P4
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path().join("keeper")).unwrap();
        let (clock, random) = (FixedClock::at(0), SeededRandom::new(1));
        let here = OrganizationId::generate(&clock, &random);
        let there = OrganizationId::generate(&clock, &random);
        let subject = here.as_uuid();
        let pins = Pins::new(folder.clone());
        assert_eq!(pins.seen(here, subject).unwrap(), 0);
        pins.raise(here, subject, 4).unwrap();
        pins.raise(here, subject, 2).unwrap();
        pins.raise(there, subject, 1).unwrap();
        let restarted = Pins::new(folder.clone());
        assert_eq!(restarted.seen(here, subject).unwrap(), 4);
        restarted.forget(here).unwrap();
        assert_eq!(pins.seen(here, subject).unwrap(), 0);
        assert_eq!(pins.seen(there, subject).unwrap(), 1);
        // a file that cannot be read decides nothing
        fs::write(folder.path().join(FILE), b"{").unwrap();
        assert!(pins.seen(here, subject).is_err());
    }
}
