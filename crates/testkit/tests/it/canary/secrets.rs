//! What the secrets are: learned where they belong, from what the hub and the practice org said to each other.

use std::collections::{BTreeMap, BTreeSet};

use gatelodge_testkit::canary::Scanner;

use super::stage::Story;

/// All values, by kind.
pub(super) struct Secrets {
    by_kind: BTreeMap<&'static str, BTreeSet<String>>,
    key: Vec<u8>,
}

impl Secrets {
    /// Reads the recordings. Fails when a kind was never seen, because then nothing is proved about it.
    pub(super) fn learn(story: &Story) -> Self {
        let to_provider = story.sent_to_provider();
        let from_provider = story.sent_by_provider();
        let mut by_kind: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        for (kind, text, before, after) in [
            (
                "access token",
                &to_provider,
                "authorization: Bearer ",
                "\r\n",
            ),
            (
                "access token",
                &to_provider,
                "<urn:sessionId>",
                "</urn:sessionId>",
            ),
            ("access token", &from_provider, "\"access_token\":\"", "\""),
            (
                "refresh token",
                &from_provider,
                "\"refresh_token\":\"",
                "\"",
            ),
            ("authorization code", &to_provider, "code=", "&"),
            ("verifier", &to_provider, "code_verifier=", "&"),
        ] {
            let values = by_kind.entry(kind).or_default();
            for rest in text.split(before).skip(1) {
                let value = rest.split(after).next().unwrap_or_default();
                let value = value.split(['\r', ' ', '&']).next().unwrap_or_default();
                values.insert(decoded(value));
            }
        }
        for (kind, value) in story.own_secrets() {
            by_kind.entry(kind).or_default().insert(value);
        }
        for (kind, values) in &by_kind {
            assert!(!values.is_empty(), "no {kind} was seen");
            assert!(
                values.iter().all(|value| value.len() >= 12),
                "{kind}: a value is cut short"
            );
        }
        Self {
            by_kind,
            key: story.key(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.by_kind.values().map(BTreeSet::len).sum::<usize>() + 1
    }

    pub(super) fn kinds(&self) -> usize {
        self.by_kind.len() + 1
    }

    /// One value of each kind.
    pub(super) fn samples(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.by_kind
            .iter()
            .filter_map(|(kind, values)| Some((*kind, values.first()?.as_str())))
    }

    /// Knows all of them.
    pub(super) fn scanner(&self) -> Scanner {
        let mut scanner = Scanner::new();
        for (kind, values) in &self.by_kind {
            for value in values {
                scanner.plant(kind, value);
            }
        }
        scanner.plant("key", &self.key);
        scanner
    }
}

/// A value of a form, as it was before it was encoded.
fn decoded(value: &str) -> String {
    let pair = format!("value={value}");
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
