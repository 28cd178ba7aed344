//! The list as people and agents read it, with the rows of their organization.
//!
//! Must not know: pages.

use super::kinds::{Counted, KINDS, Kept, Kind};
use crate::{AgentCaller, Hub, Person};
use gatelodge_model::{OrganizationId, Result};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;

/// Something that is stored, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StoredKind {
    /// What.
    pub what: &'static str,
    /// What is in it.
    pub holds: &'static str,
    /// Its tables in the database.
    pub tables: &'static [&'static str],
    /// Whether what matters in it is sealed with the organization's own key.
    pub sealed: bool,
    /// For how long it is kept, in words.
    pub kept: String,
    /// After how many days it is deleted; none where it ends otherwise.
    pub days: Option<u32>,
    /// The setting that says how many days.
    pub setting: Option<&'static str>,
    /// How many rows there are of this organization; none where nobody counts them.
    pub rows: Option<u64>,
}

impl Hub {
    /// What is stored, for a person.
    ///
    /// # Errors
    /// `store_unavailable`, `keeper_unavailable`.
    pub async fn stored(&self, person: &Person) -> Result<Vec<StoredKind>> {
        self.stored_of(person.context.organization).await
    }

    /// What is stored, for an agent.
    ///
    /// # Errors
    /// As [`Hub::stored`].
    pub async fn stored_for_agent(&self, caller: &AgentCaller) -> Result<Vec<StoredKind>> {
        self.stored_of(caller.context.organization).await
    }

    async fn stored_of(&self, organization: OrganizationId) -> Result<Vec<StoredKind>> {
        let kept = self.keeper.stored_rows(organization).await?;
        let kept: HashMap<_, _> = kept.into_iter().map(|one| (one.kind, one.rows)).collect();
        let mut stored = Vec::with_capacity(KINDS.len());
        for kind in KINDS {
            let mut rows = 0;
            for table in kind.tables {
                rows += match kind.counted {
                    Counted::ByHub => self.store.count_rows(organization, table).await?,
                    Counted::ByKeeper => kept.get(*table).copied().unwrap_or_default(),
                    Counted::Not => 0,
                };
            }
            stored.push(self.in_words(kind, rows));
        }
        Ok(stored)
    }

    fn in_words(&self, kind: &Kind, rows: u64) -> StoredKind {
        let (kept, days, setting) = match kind.kept {
            Kept::Days {
                days,
                setting,
                since,
                ..
            } => {
                let days = days(&self.settings().retention);
                let unit = if days == 1 { "day" } else { "days" };
                let words = format!("{days} {unit} after {since}");
                (words, Some(days), Some(setting))
            }
            Kept::Until(end) => (format!("Until {end}"), None, None),
            Kept::Always(why) => (format!("Always: {why}"), None, None),
        };
        StoredKind {
            what: kind.what,
            holds: kind.holds,
            tables: kind.tables,
            sealed: kind.sealed,
            kept,
            days,
            setting,
            rows: (kind.counted != Counted::Not).then_some(rows),
        }
    }
}
