//! What each key wraps and seals, counted.
//!
//! Must not know: keys in clear.

use super::facts;
use crate::keeper::Inner;
use gatelodge_keeper_client::{DataKeyFacts, KeeperResult, KekFacts, KeyInventory, StoredRows};
use gatelodge_model::{Error, OrganizationId, Timestamp};
use gatelodge_store::keeper::{DataKeyRow, KeyRotation, SealedCount};
use std::collections::{BTreeMap, HashSet};

/// Finished replacements that are shown.
const ROTATIONS: u64 = 50;

impl Inner {
    pub(crate) async fn key_inventory(
        &self,
        organization: Option<OrganizationId>,
    ) -> KeeperResult<KeyInventory> {
        let rows = self
            .store
            .data_keys()
            .list_all(organization)
            .await
            .map_err(Error::from)?;
        let counts = self
            .store
            .resealing()
            .count(organization)
            .await
            .map_err(Error::from)?;
        let rotations = self.rotations(organization).await?;
        let now = self.clock.now();
        let data_keys = rows
            .iter()
            .map(|row| DataKeyFacts {
                organization: row.organization,
                purpose: row.purpose.as_str().to_owned(),
                epoch: row.epoch,
                id: row.key_id.clone(),
                kek: row.kek_id.clone(),
                current: is_current(row, &rows, now),
                rows: sealed_by(row, &counts),
                made_at: row.created_at,
            })
            .collect();
        let unnamed_rows = counts
            .iter()
            .filter(|count| count.key_id.is_none())
            .map(|count| count.rows)
            .sum();
        Ok(KeyInventory {
            keks: self.keks(&rows),
            data_keys,
            unnamed_rows,
            rotations: rotations.iter().map(facts).collect(),
        })
    }

    /// The latest replacements, and those under way however many there are.
    async fn rotations(
        &self,
        organization: Option<OrganizationId>,
    ) -> Result<Vec<KeyRotation>, Error> {
        let store = self.store.key_rotations();
        let mut rotations = store.list(organization, ROTATIONS).await?;
        if rotations.len() as u64 == ROTATIONS {
            let open = store.list_open().await?.into_iter().filter(|open| {
                open.organization.is_none()
                    || organization.is_none_or(|only| open.organization == Some(only))
            });
            let known: HashSet<_> = rotations.iter().map(|known| known.id).collect();
            rotations.extend(open.filter(|open| !known.contains(&open.id)));
        }
        Ok(rotations)
    }

    fn keks(&self, rows: &[DataKeyRow]) -> Vec<KekFacts> {
        let vault = self.sealing.vault();
        let current = vault.kek_id().map(|id| id.to_string());
        let mut keks: BTreeMap<String, KekFacts> = BTreeMap::new();
        let fresh = |id: String, held| KekFacts {
            current: current.as_ref() == Some(&id),
            id,
            held,
            data_keys: 0,
        };
        for id in vault.held() {
            let id = id.to_string();
            keks.insert(id.clone(), fresh(id, true));
        }
        for row in rows {
            keks.entry(row.kek_id.clone())
                .or_insert_with(|| fresh(row.kek_id.clone(), false))
                .data_keys += 1;
        }
        keks.into_values().collect()
    }

    pub(crate) async fn stored_rows(
        &self,
        organization: OrganizationId,
    ) -> KeeperResult<Vec<StoredRows>> {
        let mut rows: BTreeMap<String, u64> = BTreeMap::new();
        let counts = self
            .store
            .resealing()
            .count(Some(organization))
            .await
            .map_err(Error::from)?;
        for count in counts {
            *rows.entry(count.table.name().to_owned()).or_default() += count.rows;
        }
        let calls = self
            .store
            .provider_calls()
            .count(organization)
            .await
            .map_err(Error::from)?;
        rows.insert("provider_calls".to_owned(), calls);
        Ok(rows
            .into_iter()
            .map(|(kind, rows)| StoredRows { kind, rows })
            .collect())
    }
}

/// Whether a key is the newest of its kind that seals by now.
pub(super) fn is_current(row: &DataKeyRow, rows: &[DataKeyRow], now: Timestamp) -> bool {
    rows.iter()
        .filter(|other| other.organization == row.organization && other.purpose == row.purpose)
        .filter(|other| other.active_from.is_none_or(|from| from <= now))
        .map(|other| other.epoch)
        .max()
        == Some(row.epoch)
}

/// How many records a key seals.
pub(super) fn sealed_by(row: &DataKeyRow, counts: &[SealedCount]) -> u64 {
    counts
        .iter()
        .filter(|count| count.organization == row.organization)
        .filter(|count| count.key_id.is_some() && count.key_id == row.key_id)
        .map(|count| count.rows)
        .sum()
}
