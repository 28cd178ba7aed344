//! Deleting what was kept long enough: every hour, on every host; what one deleted the others do not find.
//!
//! Must not know: which things there are; the list says it.

use super::kinds::{By, KINDS, Kept};
use crate::{Hub, hub::event};
use chrono::TimeDelta;
use gatelodge_keeper_client::KeptUntil;
use gatelodge_model::{AuditOutcome, OrganizationId, Result, Timestamp};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// Between two purges.
const EVERY: Duration = Duration::from_hours(1);

/// Rows of an organization that were deleted, by table.
type Deleted = BTreeMap<OrganizationId, BTreeMap<String, u64>>;

impl Hub {
    /// Purges until the returned future is dropped.
    pub(crate) async fn purge_every_hour(self: Arc<Self>) {
        let mut ticks = crate::operator::every(EVERY);
        loop {
            ticks.tick().await;
            if let Err(error) = self.purge().await {
                tracing::warn!(error = ?error, "what was kept long enough could not be deleted");
            }
        }
    }

    /// Deletes what was kept long enough, and tells each organization's audit log how much that was.
    ///
    /// # Errors
    /// `store_unavailable`, `keeper_unavailable`: what was deleted stays deleted.
    pub async fn purge(&self) -> Result<()> {
        let mut deleted = Deleted::new();
        let mut kept = KeptUntil {
            sealed_before: Timestamp::UNIX_EPOCH,
            calls_before: Timestamp::UNIX_EPOCH,
        };
        for kind in KINDS {
            let Kept::Days { days, by, .. } = &kind.kept else {
                continue;
            };
            let days = days(&self.settings().retention);
            let before = self.now() - TimeDelta::days(i64::from(days));
            match by {
                By::Sealed => kept.sealed_before = before,
                By::Calls => kept.calls_before = before,
                By::Hub(all) => {
                    for passing in *all {
                        let purged = self.store.purge(*passing, before).await?;
                        for (owner, rows) in purged {
                            if let Some(owner) = owner {
                                note(&mut deleted, owner, passing.table(), rows);
                            }
                        }
                    }
                }
            }
        }
        let purged = self.keeper.purge(kept).await;
        if let Ok(purged) = &purged {
            for one in purged {
                note(&mut deleted, one.organization, &one.kind, one.rows);
            }
        }
        // What the hub deleted is told even where the keeper could not be asked.
        for (organization, tables) in deleted {
            let told = event(
                &self.system_context(organization),
                "retention.purged",
                organization,
                AuditOutcome::Success,
                json!({ "rows": Value::from_iter(tables) }),
            );
            self.store.journal().append(told).await?;
        }
        purged?;
        Ok(())
    }
}

fn note(deleted: &mut Deleted, organization: OrganizationId, table: &str, rows: u64) {
    let tables = deleted.entry(organization).or_default();
    *tables.entry(table.to_owned()).or_default() += rows;
}
