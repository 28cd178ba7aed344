//! Snapshots of the whole org under names, and the way back: to one of them or to the first day.
//!
//! A snapshot holds what lasts: records, apps, grants and tokens, so that a client connected at that moment is
//! connected again after the way back, and a token issued later is dead. Sign-ins of browsers, codes under way and
//! query locators end. Faults, the journal and bulk jobs stay. Records are kept in maps that share their content, so
//! that taking and restoring costs next to nothing; the log keeps names only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::oauth::{Authority, Lasting};
use crate::org::{Org, State};
use crate::persistence::{Change, ChangeLog, Durable};
use crate::state::Practice;

/// More snapshots than this are refused.
pub const MOST_KEPT: usize = 50;
/// Longest name.
const LONGEST_NAME: usize = 60;

/// What became of snapshots, for the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotChange {
    /// The org was kept as it was at this line.
    Taken {
        /// Name of the snapshot.
        name: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// The org was put back.
    Restored {
        /// Name of the snapshot.
        name: String,
    },
    /// A snapshot was forgotten.
    Dropped {
        /// Name of the snapshot.
        name: String,
    },
    /// The org was put back to its first day.
    Reset,
}

/// Why an order was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The name cannot be used.
    #[error("name: 1 to {LONGEST_NAME} letters, digits, dots, dashes and underscores")]
    Name,
    /// No snapshot has the name.
    #[error("there is no snapshot {0:?}")]
    Unknown(String),
    /// Too many are kept.
    #[error("{MOST_KEPT} snapshots are kept; drop one first")]
    TooMany,
}

/// The org at one moment.
#[derive(Clone)]
struct Picture {
    at: DateTime<Utc>,
    state: Arc<State>,
    oauth: Arc<Lasting>,
}

/// One snapshot as a list shows it.
#[derive(Clone, Debug, Serialize)]
pub struct SnapshotView {
    /// Name.
    pub name: String,
    /// When it was taken, by the clock of the org.
    pub taken_at: DateTime<Utc>,
    /// Live records.
    pub records: usize,
    /// Grants.
    pub grants: usize,
}

/// All snapshots, and the first day.
pub struct Snapshots {
    first: Picture,
    kept: Mutex<BTreeMap<String, Picture>>,
}

impl Snapshots {
    /// With the org as it is now as its first day.
    pub(crate) fn new(org: &Org, oauth: &Authority) -> Self {
        Self {
            first: Picture {
                at: org.now(),
                state: org.snapshot(),
                oauth: Arc::new(oauth.snapshot()),
            },
            kept: Mutex::default(),
        }
    }

    /// All snapshots by name.
    pub fn list(&self, org: &Org) -> Vec<SnapshotView> {
        let objects = &org.schema().objects;
        let view = |(name, picture): (&String, &Picture)| SnapshotView {
            name: name.clone(),
            taken_at: picture.at,
            records: objects
                .iter()
                .map(|object| picture.state.table(object).live_count())
                .sum(),
            grants: picture.oauth.grant_count(),
        };
        self.kept().iter().map(view).collect()
    }

    /// Applies a change read from the log.
    pub(crate) fn apply(&self, org: &Org, oauth: &Authority, change: &SnapshotChange) {
        match change {
            SnapshotChange::Taken { name, at } => {
                let picture = Picture {
                    at: *at,
                    state: org.snapshot(),
                    oauth: Arc::new(oauth.snapshot()),
                };
                self.kept().insert(name.clone(), picture);
            }
            SnapshotChange::Restored { name } => {
                let picture = self.kept().get(name).cloned();
                if let Some(picture) = picture {
                    put_back(org, oauth, &picture);
                }
            }
            SnapshotChange::Dropped { name } => drop(self.kept().remove(name)),
            SnapshotChange::Reset => put_back(org, oauth, &self.first),
        }
    }

    /// Records of the first day.
    pub(crate) fn first_state(&self) -> Arc<State> {
        Arc::clone(&self.first.state)
    }

    /// Apps of the first day.
    pub(crate) fn first_lasting(&self) -> &Lasting {
        &self.first.oauth
    }

    /// Each snapshot with the change that takes it where the org is as it was.
    pub(crate) fn folded<T>(
        &self,
        with: impl Fn(Arc<State>, Lasting, SnapshotChange) -> T,
    ) -> Vec<T> {
        let kept = self.kept();
        let folded = kept.iter().map(|(name, picture)| {
            let (name, at) = (name.clone(), picture.at);
            let taken = SnapshotChange::Taken { name, at };
            with(
                Arc::clone(&picture.state),
                picture.oauth.as_ref().clone(),
                taken,
            )
        });
        folded.collect()
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Picture>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put_back(org: &Org, oauth: &Authority, picture: &Picture) {
    org.replace(&picture.state, || {
        oauth.put_back(picture.oauth.as_ref().clone(), || ());
    });
}

fn log(log: &ChangeLog, change: SnapshotChange) -> Durable {
    log.append(&Change::Snapshot(change))
}

impl Practice {
    /// Keeps the org as it is now; a snapshot of the same name gives way.
    ///
    /// # Errors
    /// The name cannot be used, or too many are kept.
    pub fn take_snapshot(&self, name: &str) -> Result<Durable, SnapshotError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(allowed) {
            return Err(SnapshotError::Name);
        }
        let at = self.clock.now();
        let name = name.to_owned();
        self.org.in_order(|state| {
            let mut kept = self.snapshots.kept();
            if kept.len() >= MOST_KEPT && !kept.contains_key(&name) {
                return Err(SnapshotError::TooMany);
            }
            // Both locks are held, so that the line stands in the log where the picture was taken.
            let (oauth, durable) = self.oauth.hold(|| {
                let name = name.clone();
                log(&self.log, SnapshotChange::Taken { name, at })
            });
            let picture = Picture {
                at,
                state: Arc::clone(state),
                oauth: Arc::new(oauth),
            };
            kept.insert(name, picture);
            Ok(durable)
        })
    }

    /// Puts the org back to a snapshot.
    ///
    /// # Errors
    /// No snapshot has the name.
    pub fn restore(&self, name: &str) -> Result<Durable, SnapshotError> {
        let picture = self.snapshots.kept().get(name).cloned();
        let picture = picture.ok_or_else(|| SnapshotError::Unknown(name.to_owned()))?;
        let name = name.to_owned();
        Ok(self.go_back(&picture, SnapshotChange::Restored { name }))
    }

    /// Puts the org back to its first day; also clears faults, the clock and the moved instance.
    pub fn reset(&self) -> Durable {
        self.faults.clear();
        self.shift.set(TimeDelta::zero());
        self.go_back(&self.snapshots.first, SnapshotChange::Reset)
    }

    /// Forgets a snapshot.
    ///
    /// # Errors
    /// No snapshot has the name.
    pub fn drop_snapshot(&self, name: &str) -> Result<Durable, SnapshotError> {
        self.org.in_order(|_| {
            let removed = self.snapshots.kept().remove(name);
            removed.ok_or_else(|| SnapshotError::Unknown(name.to_owned()))?;
            let name = name.to_owned();
            Ok(log(&self.log, SnapshotChange::Dropped { name }))
        })
    }

    fn go_back(&self, picture: &Picture, change: SnapshotChange) -> Durable {
        let earlier = picture.oauth.as_ref().clone();
        let durable = self.org.replace(&picture.state, || {
            self.oauth.put_back(earlier, || log(&self.log, change))
        });
        self.org.cursors().forget(None);
        durable
    }
}
