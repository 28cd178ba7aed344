//! Beginning to replace keys. What is begun is a row; any keeper may do the work (`work`).
//!
//! A new data key is stored some time before it seals, so that by then every keeper opens with it. A new
//! operator's key is read from its file by the keeper itself. Must not know: who orders it.

use super::{KEY_CHECK, facts, kind};
use crate::keeper::Inner;
use gatelodge_keeper_client::{KeeperResult, RotateKeys, RotateWhat, RotationFacts};
use gatelodge_model::{Error, ErrorKind, OrganizationId, WhoMustAct, id::new_uuid};
use gatelodge_store::keeper::{DataKeyPurpose, KeyRotation, RotationKind, SealedTable};
use gatelodge_vault::{Kek, KeyFile, KeyId, KeyProvider as _};
use std::path::Path;

impl Inner {
    pub(crate) async fn rotate_keys(&self, order: RotateKeys) -> KeeperResult<Vec<RotationFacts>> {
        self.unsealed()?;
        let begun = match order.what {
            RotateWhat::DataKeys {
                organization: Some(one),
            } => self.rotate_data_keys(one, &order.started_by).await?,
            RotateWhat::DataKeys { organization: None } => {
                let mut begun = Vec::new();
                for organization in self.with_keys().await? {
                    begun.extend(
                        self.rotate_data_keys(organization, &order.started_by)
                            .await?,
                    );
                }
                begun
            }
            RotateWhat::Kek { key_file } => {
                vec![
                    self.rotate_kek(key_file.as_deref(), &order.started_by)
                        .await?,
                ]
            }
        };
        self.key_work.notify_one();
        Ok(begun.iter().map(facts).collect())
    }

    /// Organizations that have data keys.
    async fn with_keys(&self) -> Result<Vec<OrganizationId>, Error> {
        let rows = self.store.data_keys().list_all(None).await?;
        let mut organizations: Vec<_> = rows.iter().map(|row| row.organization).collect();
        organizations.dedup();
        Ok(organizations)
    }

    async fn rotate_data_keys(
        &self,
        organization: OrganizationId,
        started_by: &str,
    ) -> Result<Vec<KeyRotation>, Error> {
        let open = self.store.key_rotations().list_open().await?;
        if open
            .iter()
            .any(|open| open.organization == Some(organization))
        {
            return Err(under_way());
        }
        let mut begun = Vec::new();
        for purpose in [DataKeyPurpose::Credentials, DataKeyPurpose::CustomerData] {
            let rows = self.store.data_keys().list(organization, purpose).await?;
            let Some(newest) = rows.first() else {
                continue;
            };
            let from = self.clock.now()
                + chrono::TimeDelta::from_std(self.timeouts.key_handover).unwrap_or_default();
            let key = self
                .sealing
                .new_key(organization, purpose, newest.epoch + 1, Some(from))?;
            let made = key.wrapped.clone();
            let stored = self.store.data_keys().insert_or_get(key).await?;
            if stored.wrapped != made {
                return Err(under_way());
            }
            let target = stored.key_id.clone().unwrap_or_default();
            let mut total = 0;
            for table in SealedTable::ALL {
                if table.purpose() == purpose {
                    total += self
                        .store
                        .resealing()
                        .count_outdated(organization, table, &target)
                        .await?;
                }
            }
            begun.push(
                self.note_rotation(KeyRotation {
                    organization: Some(organization),
                    kind: kind(purpose),
                    total,
                    ..self.beginning(target, started_by)
                })
                .await?,
            );
        }
        Ok(begun)
    }

    async fn rotate_kek(
        &self,
        key_file: Option<&Path>,
        started_by: &str,
    ) -> Result<KeyRotation, Error> {
        let open = self.store.key_rotations().list_open().await?;
        if open.iter().any(|open| open.kind == RotationKind::Kek) {
            return Err(under_way());
        }
        let vault = self.sealing.vault();
        let kek = match key_file {
            Some(path) => KeyFile::new(path, None).kek().map_err(Error::from)?,
            None => self.another_kek()?,
        };
        let target = kek.id();
        if vault.kek_id() == Some(target) {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("The key {target} is in use already. Nothing was changed."),
            ));
        }
        vault.add(kek);
        let target_text = target.to_string();
        let wrapped = self.store.data_keys().list_all(None).await?;
        let total = wrapped
            .iter()
            .filter(|row| row.kek_id != target_text)
            .count() as u64;
        // First the row, then the value that a start asks for: between the two the old key still starts.
        let rotation = self
            .note_rotation(KeyRotation {
                organization: None,
                kind: RotationKind::Kek,
                key_file: key_file.map(|path| path.display().to_string()),
                total,
                ..self.beginning(target_text, started_by)
            })
            .await?;
        let check = vault.check_value_of(target).ok_or_else(Error::sealed)?;
        self.store.store().settings().set(KEY_CHECK, &check).await?;
        vault.prefer(target);
        Ok(rotation)
    }

    /// A key that the configuration names besides the one in use.
    fn another_kek(&self) -> Result<Kek, Error> {
        let vault = self.sealing.vault();
        let current: Option<KeyId> = vault.kek_id();
        vault
            .sources()
            .iter()
            .filter_map(|source| source.kek().ok())
            .find(|kek| Some(kek.id()) != current)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Misconfigured,
                    "No other key than the one in use is configured.",
                )
                .with_hint(
                    WhoMustAct::Operator,
                    "Make one with `gatelodge keys new`, then name its file with --new-key-file.",
                )
            })
    }

    fn beginning(&self, target: String, started_by: &str) -> KeyRotation {
        KeyRotation {
            organization: None,
            id: new_uuid(self.clock.as_ref(), self.random.as_ref()),
            kind: RotationKind::Kek,
            target,
            key_file: None,
            started_by: started_by.to_owned(),
            started_at: self.clock.now(),
            finished_at: None,
            total: 0,
            done: 0,
            unreadable: 0,
            cursor: None,
        }
    }

    async fn note_rotation(&self, rotation: KeyRotation) -> Result<KeyRotation, Error> {
        self.store.key_rotations().insert(&rotation).await?;
        Ok(rotation)
    }
}

fn under_way() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "These keys are being replaced already. Wait until that is done.",
    )
}
