//! What leaves this installation, where to and why: the list for people who keep firewalls, and the addresses
//! that it comes from.
//!
//! Must not know: how anything is sent, or how the list is shown.

use crate::{Hub, Person, hub::event, people::require_overseer};
use gatelodge_model::{AuditOutcome, Error, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WayOut {
    /// Where to, one line each.
    pub destinations: Vec<Destination>,
    /// Where from.
    pub own_addresses: Vec<OwnAddress>,
    /// What the configuration file opens beyond that, setting by setting.
    pub openings: Vec<Opening>,
    /// The proxy that opens the connections.
    pub proxy: Option<String>,
}

/// A setting that lets more out, or lets it out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// Its name in the configuration, such as `egress.private_ranges`.
    pub setting: &'static str,
    /// For people.
    pub words: &'static str,
    /// What it says; empty where it opens nothing.
    pub values: Vec<String>,
}

/// A line of a firewall list. Everything is outgoing TCP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destination {
    /// Name of a host; `*.` stands for every name below.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Its class, such as `provider` or `sign_in`.
    pub class: &'static str,
    /// Why, for people.
    pub why: String,
    /// The provider that it is for; none where it serves the installation itself.
    pub provider: Option<String>,
    /// Whether it is needed as things are: its provider is in use, or it is not a provider's.
    pub needed: bool,
}

/// An address that providers see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnAddress {
    /// An address or range.
    pub address: String,
    /// Whether the configuration names it; otherwise it is what this machine has, and a NAT may change it.
    pub configured: bool,
}

/// Under which name the openings of the last start are kept.
const KNOWN: &str = "egress.openings";

impl Hub {
    /// Writes to the audit log of every organization what the configuration file opens otherwise than at the last
    /// start (S10). Nothing but that file opens anything, so a start is the only moment at which it can change.
    ///
    /// # Errors
    /// `store_unavailable`, `audit_unavailable`.
    pub async fn note_openings(&self) -> Result<()> {
        let now: BTreeMap<&str, &[String]> = self
            .settings()
            .way_out
            .openings
            .iter()
            .map(|opening| (opening.setting, opening.values.as_slice()))
            .collect();
        let known = self.store.settings().get(KNOWN).await?;
        let before: BTreeMap<String, Vec<String>> = known
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let changes = changes(&before, &now);
        if changes.is_empty() {
            return Ok(());
        }
        for organization in self.store.organizations().list().await? {
            let changed = event(
                &self.system_context(organization.id),
                "egress.openings_changed",
                "egress",
                AuditOutcome::Success,
                json!({ "changes": changes }),
            );
            self.store.journal().append(changed).await?;
        }
        // Afterwards: a start that ends in between tells it once more rather than never.
        let text = serde_json::to_string(&now).map_err(Error::internal)?;
        Ok(self.store.settings().set(KNOWN, &text).await?)
    }

    /// What leaves this installation; what only providers reach that the organization does not use is marked as not
    /// needed.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn way_out(&self, person: &Person) -> Result<WayOut> {
        require_overseer(person)?;
        let apps = self.oauth_apps(person).await?;
        let mut list = self.settings().way_out.clone();
        for place in &mut list.destinations {
            place.needed = place.provider.as_ref().is_none_or(|provider| {
                apps.iter()
                    .any(|app| app.enabled && app.provider == *provider)
            });
        }
        Ok(list)
    }
}

/// Setting by setting, what it said and what it says.
fn changes(before: &BTreeMap<String, Vec<String>>, now: &BTreeMap<&str, &[String]>) -> Vec<Value> {
    let settings: BTreeSet<&str> = before
        .keys()
        .map(String::as_str)
        .chain(now.keys().copied())
        .collect();
    settings
        .into_iter()
        .filter_map(|setting| {
            let old = before.get(setting).map_or(&[][..], Vec::as_slice);
            let new = now.get(setting).copied().unwrap_or_default();
            (old != new).then(|| json!({ "setting": setting, "before": old, "after": new }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let (range, proxy) = (["10.0.0.0/8".to_owned()], ["http://proxy".to_owned()]);
        let before = BTreeMap::from([
            ("egress.private_ranges".to_owned(), Vec::new()),
            ("egress.proxy".to_owned(), proxy.to_vec()),
            ("egress.gone".to_owned(), vec!["x".to_owned()]),
        ]);
        let now = BTreeMap::from([
            ("egress.private_ranges", &range[..]),
            ("egress.proxy", &proxy[..]),
            ("egress.new", &[][..]),
        ]);
        let told = changes(&before, &now);
        assert_eq!(
            told,
            [
                json!({ "setting": "egress.gone", "before": ["x"], "after": [] }),
                json!({ "setting": "egress.private_ranges", "before": [], "after": range }),
            ]
        );
    }
}
