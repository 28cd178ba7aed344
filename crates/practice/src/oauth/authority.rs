//! The authorization server as a value: its memory behind a lock, and the few questions everyone asks.
//!
//! Every lasting change goes through [`OauthChange`], live and at replay alike, so that both end in the same
//! state. Must not know HTTP.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ambient::Clock;
use crate::oauth::change::OauthChange;
use crate::oauth::identity_key::IdentityKey;
use crate::oauth::instance::{Instance, Symptom};
use crate::oauth::memory::Memory;
use crate::oauth::policy::Policy;
use crate::oauth::{App, Passwords};
use crate::options::PracticeOptions;
use crate::org::UserId;
use crate::persistence::{ChangeLog, Durable};

/// Apps, grants, tokens and sign-ins of one org.
pub struct Authority {
    pub(crate) memory: Mutex<Memory>,
    pub(crate) passwords: Passwords,
    pub(crate) session_timeout: TimeDelta,
    pub(crate) grants_per_user_and_app: usize,
    pub(crate) identity_key: IdentityKey,
    clock: Arc<dyn Clock>,
}

/// A browser that has signed in.
pub(crate) struct SignIn {
    pub(crate) user: UserId,
    pub(crate) until: DateTime<Utc>,
}

impl Authority {
    pub(crate) fn new(options: &PracticeOptions, clock: Arc<dyn Clock>) -> Self {
        let mut memory = Memory::default();
        for app in &options.apps {
            memory.apply(&OauthChange::AppSaved(Box::new(app.clone())));
        }
        Self {
            memory: Mutex::new(memory),
            passwords: Passwords::new(&options.passwords, options.security_token.clone()),
            session_timeout: whole_delta(options.session_timeout),
            grants_per_user_and_app: options.grants_per_user_and_app,
            identity_key: IdentityKey::in_folder(options.data_dir.as_deref()),
            clock,
        }
    }

    /// Applies a change read from the log.
    pub(crate) fn apply(&self, change: &OauthChange) {
        let mut memory = self.lock();
        memory.apply(change);
        self.passwords.replace(&memory.lasting.passwords);
    }

    /// The app of a client id, as it is known now.
    pub fn app(&self, client_id: &str) -> Option<App> {
        let now = self.clock.now();
        self.lock().app(client_id, now).cloned()
    }

    /// All apps with their latest settings, by client id.
    pub fn apps(&self) -> Vec<App> {
        self.lock().latest_apps()
    }

    /// Registers or replaces an app, known at once whatever the policy says.
    pub fn save_app(&self, log: &ChangeLog, app: App) -> Durable {
        let changes = vec![OauthChange::AppSaved(Box::new(app))];
        self.lock().commit(log, changes)
    }

    /// The rules of the org.
    pub fn policy(&self) -> Policy {
        self.lock().lasting.policy.clone()
    }

    /// Where the org lives.
    pub fn instance(&self) -> Instance {
        self.lock().lasting.instance.clone()
    }

    /// What this host answers if the org has left it.
    pub(crate) fn symptom(&self, host: &str) -> Option<Symptom> {
        self.lock().lasting.instance.symptom(host)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole_delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
