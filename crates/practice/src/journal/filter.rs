//! Which entries a reader wants.
//!
//! Compares; must not know where a filter comes from.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::Entry;
use crate::faults::path_matches;

/// Conditions that an entry must all fulfil; absent ones are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Only requests with a higher number.
    pub after: u64,
    /// Only paths that begin so.
    pub path_prefix: String,
    /// Only paths of this pattern; `*` stands for anything.
    pub path: Option<String>,
    /// Only this method.
    pub method: Option<String>,
    /// Only this status; 0 for answers that were cut.
    pub status: Option<u16>,
    /// Only this user, by username or 18-character id.
    pub user: Option<String>,
    /// Only this app.
    pub app: Option<String>,
    /// Only clients whose `client` of `Sforce-Call-Options` begins so.
    pub client_prefix: Option<String>,
    /// Only the token with this fingerprint.
    pub token: Option<String>,
    /// Only answers from this moment on.
    pub since: Option<DateTime<Utc>>,
    /// At most so many, the latest.
    pub limit: Option<usize>,
}

impl Filter {
    pub(crate) fn fits(&self, entry: &Entry) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| match wanted {
            None => true,
            Some(wanted) => found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)),
        };
        let user =
            same(&self.user, entry.username.as_deref()) || same(&self.user, entry.user.as_deref());
        let client = self.client_prefix.as_deref().is_none_or(|prefix| {
            entry
                .client
                .as_deref()
                .is_some_and(|client| client.starts_with(prefix))
        });
        let path = self.path.as_deref();
        entry.sequence > self.after
            && entry.path.starts_with(&self.path_prefix)
            && path.is_none_or(|pattern| path_matches(pattern, &entry.path))
            && same(&self.method, Some(&entry.method))
            && self.status.is_none_or(|status| status == entry.status)
            && user
            && same(&self.app, entry.app.as_deref())
            && client
            && same(&self.token, entry.token.as_deref())
            && self.since.is_none_or(|since| entry.at >= since)
    }
}
