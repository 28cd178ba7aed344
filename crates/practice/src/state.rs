//! The state that every handler of the practice org shares.
//!
//! Only holds the parts together; each part owns its rules.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::ambient::{Clock, Random};
use crate::bulk::{Jobs, Runner};
use crate::clock::ShiftedClock;
use crate::error::PracticeError;
use crate::faults::Faults;
use crate::files::FileStore;
use crate::journal::Journal;
use crate::oauth::Authority;
use crate::options::PracticeOptions;
use crate::org::Org;
use crate::persistence::ChangeLog;
use crate::sandbox::Sandbox;
use crate::snapshots::Snapshots;
use crate::usage::ApiUsage;

/// One running practice org.
pub struct Practice {
    /// Objects, records and users.
    pub org: Org,
    /// Apps, grants, tokens and sign-ins.
    pub oauth: Authority,
    /// Bulk jobs.
    pub jobs: Jobs,
    /// The work on bulk jobs.
    pub runner: Runner,
    /// The bytes of uploaded files.
    pub files: Arc<FileStore>,
    /// Append log of all changes; does nothing without a data folder.
    pub log: ChangeLog,
    /// Snapshots of the whole org.
    pub snapshots: Snapshots,
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
    /// Proves that a form comes from a page of this process.
    pub(crate) form_guard: String,
    /// Own address without a slash at the end, e.g. `http://localhost:8181`.
    pub base_url: String,
    /// When this run began; objects and fields have been as they are since then.
    pub started: DateTime<Utc>,
    /// The sandbox beside this org; a sandbox has none.
    pub(crate) sandbox: Option<Sandbox>,
}

impl Practice {
    /// The address that token answers give as `instance_url` to who came by the plain address.
    pub fn instance_url(&self) -> String {
        let moved = self.oauth.instance().instance_url;
        moved.unwrap_or_else(|| self.base_url.clone())
    }

    /// Copies the sandbox anew and gives the copy: its org id is another one, its apps are gone, every token of
    /// the old one is dead. `None` when this org is a sandbox.
    ///
    /// # Errors
    /// The copy could not be put together.
    pub async fn refresh_sandbox(&self) -> Result<Option<Arc<Self>>, PracticeError> {
        match &self.sandbox {
            Some(sandbox) => sandbox.refresh().await.map(Some),
            None => Ok(None),
        }
    }

    /// The sandbox beside this org, made now if nobody has asked for it before. `None` when this org is one.
    ///
    /// # Errors
    /// The sandbox could not be put together.
    pub async fn sandbox(&self) -> Result<Option<Arc<Self>>, PracticeError> {
        match &self.sandbox {
            Some(sandbox) => sandbox.get().await.map(|(practice, _)| Some(practice)),
            None => Ok(None),
        }
    }

    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &str {
        let scheme = self.base_url.split(':').next();
        scheme.unwrap_or("http")
    }
}
