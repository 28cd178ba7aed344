//! Browsers that signed in, and the requests for access that wait for a person's decision.
//!
//! Must not know what is asked or who may decide.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::oauth::{Digest, Parameters};

/// How long a browser stays signed in, and how long a request for access waits.
const LIFE: TimeDelta = TimeDelta::hours(8);

#[derive(Default)]
pub(super) struct Door(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Names of people by the digest of the cookie.
    signed_in: BTreeMap<Digest, (String, DateTime<Utc>)>,
    /// What was asked, by the digest of the flow.
    flows: BTreeMap<Digest, (Parameters, DateTime<Utc>)>,
}

impl Door {
    pub(super) fn sign_in(&self, cookie: &str, username: &str, now: DateTime<Utc>) {
        let mut inner = self.lock();
        inner.sweep(now);
        let entry = (username.to_owned(), now + LIFE);
        inner.signed_in.insert(Digest::of(cookie), entry);
    }

    pub(super) fn signed_in(&self, cookie: &str, now: DateTime<Utc>) -> Option<String> {
        let inner = self.lock();
        let (username, until) = inner.signed_in.get(&Digest::of(cookie))?;
        (*until > now).then(|| username.clone())
    }

    pub(super) fn sign_out(&self, cookie: &str) {
        self.lock().signed_in.remove(&Digest::of(cookie));
    }

    pub(super) fn begin(&self, flow: &str, asked: Parameters, now: DateTime<Utc>) {
        let mut inner = self.lock();
        inner.sweep(now);
        inner.flows.insert(Digest::of(flow), (asked, now + LIFE));
    }

    pub(super) fn asked(&self, flow: &str, now: DateTime<Utc>) -> Option<Parameters> {
        let inner = self.lock();
        let (asked, until) = inner.flows.get(&Digest::of(flow))?;
        (*until > now).then(|| asked.clone())
    }

    pub(super) fn finish(&self, flow: &str) {
        self.lock().flows.remove(&Digest::of(flow));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn sweep(&mut self, now: DateTime<Utc>) {
        self.signed_in.retain(|_, (_, until)| *until > now);
        self.flows.retain(|_, (_, until)| *until > now);
    }
}
