//! Giving a key up for ever: only when nothing is sealed or wrapped with it (V10).
//!
//! Must not know: who decides it.

use super::inventory::{is_current, sealed_by};
use crate::keeper::Inner;
use gatelodge_keeper_client::{KeeperResult, RetireKey};
use gatelodge_model::{Error, ErrorKind, WhoMustAct};
use gatelodge_store::keeper::DataKeyRow;
use gatelodge_vault::KeyId;

/// How long after its replacement a data key is kept: a keeper that was paused, or whose database was away,
/// may still write with it.
const KEPT_AFTERWARDS: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

impl Inner {
    pub(crate) async fn retire_key(&self, order: RetireKey) -> KeeperResult<()> {
        let rows = self
            .store
            .data_keys()
            .list_all(None)
            .await
            .map_err(Error::from)?;
        let key = rows
            .iter()
            .find(|row| row.key_id.as_ref() == Some(&order.id));
        match key {
            Some(key) => self.retire_data_key(key, &rows, order.now).await?,
            None => self.retire_kek(&order.id, &rows)?,
        }
        Ok(())
    }

    async fn retire_data_key(
        &self,
        key: &DataKeyRow,
        rows: &[DataKeyRow],
        at_once: bool,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        if is_current(key, rows, now) || key.active_from.is_some_and(|from| from > now) {
            return Err(refused("it is in use. Replace it first"));
        }
        let counts = self.store.resealing().count(Some(key.organization)).await?;
        let sealed = sealed_by(key, &counts);
        if sealed > 0 {
            return Err(refused(&format!("{sealed} records are sealed with it")));
        }
        if counts.iter().any(|count| count.key_id.is_none()) {
            return Err(refused(
                "some records do not say which key sealed them. Replace the data keys once more",
            ));
        }
        let rotations = self
            .store
            .key_rotations()
            .list(Some(key.organization), 100)
            .await?;
        let purpose = super::kind(key.purpose);
        let last = rotations
            .iter()
            .filter(|rotation| rotation.organization.is_some() && rotation.kind == purpose)
            .max_by_key(|rotation| rotation.started_at);
        match last.map(|rotation| rotation.finished_at) {
            Some(None) => return Err(refused("its replacement is under way")),
            Some(Some(finished)) if !at_once && now < finished + KEPT_AFTERWARDS => {
                let minutes = (finished + KEPT_AFTERWARDS - now).num_minutes() + 1;
                return Err(refused(&format!(
                    "its replacement ended just now, and a keeper on another host may still write with it. Wait {minutes} minutes, or say --now if no other keeper runs"
                )));
            }
            _ => {}
        }
        self.store.data_keys().destroy(key).await?;
        self.sealing.forget(Some(key.organization));
        Ok(())
    }

    fn retire_kek(&self, id: &str, rows: &[DataKeyRow]) -> Result<(), Error> {
        let vault = self.sealing.vault();
        let wraps = rows.iter().filter(|row| row.kek_id == id).count();
        if wraps > 0 {
            return Err(refused(&format!("{wraps} data keys are wrapped with it")));
        }
        let kek = KeyId::parse(id).filter(|kek| vault.holds(*kek));
        let Some(kek) = kek else {
            return Err(Error::not_found("key"));
        };
        if vault.kek_id() == Some(kek) {
            return Err(refused("it is in use. Replace it first"));
        }
        vault.forget(kek);
        Ok(())
    }
}

fn refused(why: &str) -> Error {
    Error::new(
        ErrorKind::Conflict,
        format!("The key cannot be given up: {why}."),
    )
    .with_hint(
        WhoMustAct::Operator,
        "`gatelodge keys list` shows what each key seals.",
    )
}
