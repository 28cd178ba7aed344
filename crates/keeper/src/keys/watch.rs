//! Noticing what other keepers, or the console beside them, did with the keys, and going on with
//! replacements that wait.
//!
//! Must not know: how a replacement is done.

use super::KEY_CHECK;
use crate::keeper::Inner;
use gatelodge_model::Error;
use gatelodge_store::keeper::{KeyRotation, RotationKind};
use gatelodge_vault::{KeyFile, KeyId, key_of_check_value};
use std::{sync::Arc, time::Duration};

/// Between two looks. Shorter than the time in which a new data key only opens.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

impl Inner {
    /// Looks and works until the keeper ends.
    pub(crate) async fn watch_keys(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = self.ending.cancelled() => return,
                () = self.key_work.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            if self.unsealed().is_err() {
                continue;
            }
            let looked = match self.follow_kek().await {
                Ok(()) => self.work_on_keys().await.map(|_| ()),
                Err(error) => Err(error),
            };
            if let Err(error) = looked {
                tracing::warn!(%error, "keys were not looked after");
            }
        }
    }

    /// Wraps with the key that the database names by now.
    pub(crate) async fn follow_kek(&self) -> Result<(), Error> {
        let vault = self.sealing.vault();
        let check = self.store.store().settings().get(KEY_CHECK).await?;
        let named = check.as_deref().and_then(key_of_check_value);
        let Some(named) = named.filter(|named| vault.kek_id() != Some(*named)) else {
            return Ok(());
        };
        if !vault.look_for(named) {
            let rotations = self.store.key_rotations().list(None, 20).await?;
            let rotation = rotations
                .iter()
                .find(|rotation| rotation.target == named.to_string());
            if !rotation.is_some_and(|rotation| self.find_kek(rotation)) {
                tracing::error!(
                    key = %named,
                    "another operator's key is in use by now, and this keeper does not have it; it goes on with what is unwrapped already"
                );
                return Ok(());
            }
        }
        vault.prefer(named);
        tracing::info!(key = %named, "wrapping with another operator's key");
        Ok(())
    }

    /// Whether the keeper has, or finds, the new key of a replacement.
    pub(super) fn find_kek(&self, rotation: &KeyRotation) -> bool {
        let vault = self.sealing.vault();
        let Some(id) = KeyId::parse(&rotation.target) else {
            return false;
        };
        if rotation.kind != RotationKind::Kek {
            return false;
        }
        vault.look_for(id)
            || rotation
                .key_file
                .as_ref()
                .is_some_and(|path| vault.take_from(&KeyFile::new(path, None), id))
    }
}
