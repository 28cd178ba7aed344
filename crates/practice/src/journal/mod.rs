//! What was asked of the practice org, so that a test can count effects instead of believing answers.
//!
//! Never holds a query string, a token, or a body; a token appears as the first characters of its digest.

pub(crate) mod endpoint;
mod filter;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// How many requests are kept; the counters go on beyond that.
pub const CAPACITY: usize = 5_000;

/// How many endpoints and tokens are counted one by one; further ones are counted together as `other`.
pub const MOST_COUNTED: usize = 1_000;

/// The name under which what is too much is counted together.
const OTHER: &str = "other";

pub use filter::Filter;

/// One request that was answered.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Number of the request since the start, from 1.
    pub sequence: u64,
    /// When the answer was ready.
    pub at: DateTime<Utc>,
    /// HTTP method.
    pub method: String,
    /// Path without the query string.
    pub path: String,
    /// Status of the answer; 0 when the connection was cut instead.
    pub status: u16,
    /// The `client` of `Sforce-Call-Options`.
    pub client: Option<String>,
    /// 18-character id of the user whose token came along.
    pub user: Option<String>,
    /// Name of that user.
    pub username: Option<String>,
    /// Id of the OAuth app whose token came along.
    pub app: Option<String>,
    /// Fingerprint of the token that came along, dead or alive.
    pub token: Option<String>,
}

/// Totals since the start.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Counts {
    /// All requests.
    pub requests: u64,
    /// Requests at the token endpoint by grant type, successful or not.
    pub token_requests: BTreeMap<String, u64>,
    /// Requests by method and status, e.g. `POST 201`.
    pub answers: BTreeMap<String, u64>,
    /// Requests by endpoint, e.g. `GET /services/data/{version}/sobjects/Account/{id}`.
    pub endpoints: BTreeMap<String, u64>,
    /// Requests by fingerprint of the token.
    pub tokens: BTreeMap<String, u64>,
}

impl Counts {
    fn count(&mut self, entry: &Entry) {
        self.requests += 1;
        let answer = format!("{} {}", entry.method, entry.status);
        add(&mut self.answers, &answer);
        add(
            &mut self.endpoints,
            &endpoint::of(&entry.method, &entry.path),
        );
        if let Some(token) = &entry.token {
            add(&mut self.tokens, token);
        }
    }
}

/// Counts by name; made-up names must not grow the table for ever.
fn add(counts: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(count) = counts.get_mut(name) {
        *count += 1;
        return;
    }
    let name = if counts.len() < MOST_COUNTED {
        name
    } else {
        OTHER
    };
    *counts.entry(name.to_owned()).or_default() += 1;
}

/// What a reader asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Totals since the start, whatever the filter.
    pub counts: Counts,
    /// Totals of the kept requests that fit the filter.
    pub matching: Counts,
    /// The kept requests that fit the filter, oldest first.
    pub entries: Vec<Entry>,
}

/// What a handler tells the journal about the request it works on.
#[derive(Clone, Debug, Default)]
pub struct RequestNote(Arc<Mutex<Caller>>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) user: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) app: Option<String>,
}

impl RequestNote {
    pub(crate) fn set(&self, user: &str, username: &str, app: Option<&str>) {
        let mut caller = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        caller.user = Some(user.to_owned());
        caller.username = Some(username.to_owned());
        caller.app = app.map(ToOwned::to_owned);
    }

    /// The app whose token came along, once that is known.
    pub(crate) fn app(&self) -> Option<String> {
        let caller = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        caller.app.clone()
    }

    pub(crate) fn take(&self) -> Caller {
        let mut caller = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut caller)
    }
}

#[derive(Debug, Default)]
struct Inner {
    entries: VecDeque<Entry>,
    counts: Counts,
    /// Number of the last request; a cleared journal does not begin anew, so that `after` stays true.
    last: u64,
}

/// The latest requests and the totals.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Inner>);

impl Journal {
    /// Adds a request; its number is given by the journal.
    pub(crate) fn add(&self, mut entry: Entry) {
        let mut inner = self.lock();
        inner.last += 1;
        entry.sequence = inner.last;
        inner.counts.count(&entry);
        if inner.entries.len() == CAPACITY {
            inner.entries.pop_front();
        }
        inner.entries.push_back(entry);
    }

    /// Counts a request at the token endpoint.
    pub(crate) fn count_token_request(&self, grant_type: &str) {
        let mut inner = self.lock();
        let counts = &mut inner.counts.token_requests;
        // Made-up grant types must not grow the table.
        let known = counts.len() < 16 || counts.contains_key(grant_type);
        let name = if known { grant_type } else { "other" };
        *counts.entry(name.to_owned()).or_default() += 1;
    }

    /// The totals.
    pub fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// Kept requests after a number, oldest first.
    pub fn entries_after(&self, sequence: u64) -> Vec<Entry> {
        let inner = self.lock();
        let after = inner.entries.iter().filter(|one| one.sequence > sequence);
        after.cloned().collect()
    }

    /// What fits a filter, with the totals.
    pub fn report(&self, filter: &Filter) -> Report {
        let inner = self.lock();
        let fitting = inner.entries.iter().filter(|entry| filter.fits(entry));
        let mut entries: Vec<Entry> = fitting.cloned().collect();
        let mut matching = Counts::default();
        for entry in &entries {
            matching.count(entry);
        }
        if let Some(limit) = filter.limit {
            entries.drain(..entries.len().saturating_sub(limit));
        }
        Report {
            counts: inner.counts.clone(),
            matching,
            entries,
        }
    }

    /// Forgets entries and totals.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.entries.clear();
        inner.counts = Counts::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str) -> Entry {
        Entry {
            sequence: 0,
            at: DateTime::UNIX_EPOCH,
            method: "GET".to_owned(),
            path: path.to_owned(),
            status: 200,
            client: None,
            user: None,
            username: None,
            app: None,
            token: None,
        }
    }

    #[test]
    fn keeps_the_latest_and_counts_all() {
        let journal = Journal::default();
        for number in 0..CAPACITY + 2 {
            journal.add(entry(&format!("/{number}")));
        }
        let kept = journal.entries_after(0);
        assert_eq!(kept.len(), CAPACITY);
        assert_eq!(kept[0].path, "/2");
        assert_eq!(kept[0].sequence, 3);
        assert_eq!(journal.counts().requests, CAPACITY as u64 + 2);
        assert_eq!(journal.counts().answers["GET 200"], CAPACITY as u64 + 2);
        assert_eq!(journal.entries_after(CAPACITY as u64 + 1).len(), 1);
    }

    #[test]
    fn made_up_paths_are_counted_together() {
        let journal = Journal::default();
        for number in 0..MOST_COUNTED + 3 {
            journal.add(entry(&format!("/{number}")));
        }
        let counts = journal.counts();
        assert_eq!(counts.endpoints.len(), MOST_COUNTED + 1);
        assert_eq!(counts.endpoints[OTHER], 3);
    }

    #[test]
    fn a_cleared_journal_goes_on_numbering() {
        let journal = Journal::default();
        journal.add(entry("/a"));
        journal.clear();
        assert_eq!(journal.counts(), Counts::default());
        journal.add(entry("/b"));
        assert_eq!(journal.entries_after(1)[0].path, "/b");
    }

    #[test]
    fn made_up_grant_types_are_counted_together() {
        let journal = Journal::default();
        for number in 0..40 {
            journal.count_token_request(&format!("made-up-{number}"));
        }
        let counts = journal.counts().token_requests;
        assert_eq!(counts.len(), 17);
        assert_eq!(counts["other"], 24);
    }
}
