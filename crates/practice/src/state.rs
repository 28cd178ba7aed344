//! The state that every handler of the practice org shares.
//!
//! Only holds the parts together; each part owns its rules.

use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};

use crate::ambient::{Clock, Random};
use crate::clock::ShiftedClock;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::oauth::Authority;
use crate::options::PracticeOptions;
use crate::org::Org;
use crate::persistence::ChangeLog;
use crate::usage::ApiUsage;

/// One running practice org.
pub struct Practice {
    /// Objects, records and users.
    pub org: Org,
    /// Apps, grants, tokens and sign-ins.
    pub oauth: Authority,
    /// Append log of all changes; does nothing without a data folder.
    pub log: ChangeLog,
    /// What was asked of this org, for tests.
    pub journal: Journal,
    /// Faults that were ordered.
    pub faults: Arc<Faults>,
    /// The request counter behind `Sforce-Limit-Info` and `/limits`.
    pub usage: ApiUsage,
    /// The time of this org.
    pub clock: Arc<dyn Clock>,
    /// The same clock, to be moved.
    pub shift: Arc<ShiftedClock>,
    /// The source of ids and tokens.
    pub random: Arc<dyn Random>,
    /// What the owner chose.
    pub options: PracticeOptions,
    /// Own address without a slash at the end, e.g. `http://localhost:8181`.
    pub base_url: String,
    /// When this run began; objects and fields have been as they are since then.
    pub started: DateTime<Utc>,
    /// Address handed out as `instance_url` when it was moved by the administration interface.
    pub(crate) moved_instance: RwLock<Option<String>>,
}

impl Practice {
    /// The address that token answers give as `instance_url`.
    pub fn instance_url(&self) -> String {
        let moved = self
            .moved_instance
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        moved.clone().unwrap_or_else(|| self.base_url.clone())
    }
}
