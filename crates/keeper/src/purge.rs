//! Deleting what is older than it is kept, in small batches, so that nobody waits long.
//!
//! Must not know: how long things are kept; the hub says it.

use crate::keeper::Inner;
use gatelodge_keeper_client::{KeeperResult, KeptUntil, Purged};
use gatelodge_model::{Error, OrganizationId};
use std::collections::BTreeMap;

/// Rows of a batch.
const BATCH: u64 = 500;

impl Inner {
    pub(crate) async fn purge(&self, kept: KeptUntil) -> KeeperResult<Vec<Purged>> {
        let mut purged: BTreeMap<(OrganizationId, &'static str), u64> = BTreeMap::new();
        loop {
            let deleted = self
                .store
                .sealed_records()
                .purge_before(kept.sealed_before, BATCH)
                .await
                .map_err(Error::from)?;
            if deleted.is_empty() {
                break;
            }
            for organization in deleted {
                *purged.entry((organization, "sealed_records")).or_default() += 1;
            }
        }
        loop {
            let deleted = self
                .store
                .provider_calls()
                .purge_before(kept.calls_before, BATCH)
                .await
                .map_err(Error::from)?;
            if deleted.is_empty() {
                break;
            }
            for organization in deleted {
                *purged.entry((organization, "provider_calls")).or_default() += 1;
            }
        }
        self.store
            .flow_secrets()
            .purge_expired(self.clock.now())
            .await
            .map_err(Error::from)?;
        Ok(purged
            .into_iter()
            .map(|((organization, kind), rows)| Purged {
                organization,
                kind: kind.to_owned(),
                rows,
            })
            .collect())
    }
}
