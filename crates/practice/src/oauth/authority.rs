//! The memory of the authorization server: apps, grants, tokens, codes, sign-ins.
//!
//! Every lasting change goes through [`OauthChange`], live and at replay alike, so that both end in the same
//! state. Must not know HTTP.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::oauth::change::{Access, Grant, OauthChange};
use crate::oauth::code::Code;
use crate::oauth::flow::Flow;
use crate::oauth::secrets::Digest;
use crate::oauth::{App, Passwords};
use crate::options::PracticeOptions;
use crate::org::UserId;
use crate::persistence::{Change, ChangeLog, Durable};

/// Apps, grants, tokens and sign-ins of one org.
pub struct Authority {
    pub(crate) memory: Mutex<Memory>,
    pub(crate) passwords: Passwords,
    pub(crate) session_timeout: TimeDelta,
}

/// A browser that has signed in.
pub(crate) struct SignIn {
    pub(crate) user: UserId,
    pub(crate) until: DateTime<Utc>,
}

/// The data behind the lock.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) apps: BTreeMap<String, App>,
    pub(crate) grants: BTreeMap<u64, Grant>,
    /// Working and spent refresh tokens with their grant.
    pub(crate) refresh: HashMap<Digest, u64>,
    pub(crate) access: HashMap<Digest, Access>,
    pub(crate) last_grant: u64,
    // What follows is short-lived and not kept.
    pub(crate) codes: HashMap<Digest, Code>,
    pub(crate) flows: HashMap<Digest, Flow>,
    pub(crate) sign_ins: HashMap<Digest, SignIn>,
}

impl Authority {
    pub(crate) fn new(options: &PracticeOptions) -> Self {
        let mut memory = Memory::default();
        for app in &options.apps {
            memory.apps.insert(app.client_id.clone(), app.clone());
        }
        Self {
            memory: Mutex::new(memory),
            passwords: Passwords::new(&options.passwords, options.security_token.clone()),
            session_timeout: whole_delta(options.session_timeout),
        }
    }

    /// Applies a change read from the log.
    pub(crate) fn apply(&self, change: &OauthChange) {
        self.lock().apply(change);
    }

    /// The app of a client id.
    pub fn app(&self, client_id: &str) -> Option<App> {
        self.lock().apps.get(client_id).cloned()
    }

    /// All apps, by client id.
    pub fn apps(&self) -> Vec<App> {
        self.lock().apps.values().cloned().collect()
    }

    /// Registers or replaces an app.
    pub fn save_app(&self, log: &ChangeLog, app: App) -> Durable {
        self.lock().commit(log, vec![OauthChange::AppSaved(app)])
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole_delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

impl Memory {
    /// Applies changes and queues them for the log, in one order.
    pub(crate) fn commit(&mut self, log: &ChangeLog, changes: Vec<OauthChange>) -> Durable {
        let mut last = Durable::nothing();
        for change in changes {
            self.apply(&change);
            // The log writes in order and stops at the first failure: waiting for the last is enough.
            last = log.append(&Change::Oauth(change));
        }
        last
    }

    pub(crate) fn apply(&mut self, change: &OauthChange) {
        match change {
            OauthChange::AppSaved(app) => {
                self.apps.insert(app.client_id.clone(), app.clone());
            }
            OauthChange::Granted(grant) => {
                self.last_grant = self.last_grant.max(grant.id);
                self.refresh.insert(grant.refresh.clone(), grant.id);
                self.grants.insert(grant.id, grant.clone());
            }
            OauthChange::Rotated { grant: id, refresh } => {
                if let Some(grant) = self.grants.get_mut(id) {
                    let spent = std::mem::replace(&mut grant.refresh, refresh.clone());
                    grant.spent.push(spent);
                    self.refresh.insert(refresh.clone(), *id);
                }
            }
            OauthChange::GrantEnded { grant: id } => {
                self.grants.remove(id);
                self.refresh.retain(|_, grant| grant != id);
                self.access.retain(|_, access| access.grant != Some(*id));
            }
            OauthChange::TokenIssued { token, access } => {
                self.access.insert(token.clone(), access.clone());
            }
            OauthChange::TokenEnded { token } => {
                self.access.remove(token);
            }
            OauthChange::AllTokensEnded => self.access.clear(),
        }
    }

    /// Forgets what has run out; called where something new is added, so that nothing grows for ever.
    pub(crate) fn sweep(&mut self, now: DateTime<Utc>) {
        self.access.retain(|_, access| access.expires_at > now);
        self.codes.retain(|_, code| code.forget_at > now);
        self.flows.retain(|_, flow| flow.until > now);
        self.sign_ins.retain(|_, sign_in| sign_in.until > now);
    }
}
