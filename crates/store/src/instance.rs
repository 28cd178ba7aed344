//! Which installation this database belongs to, and whether it is a copy that was restored from a backup.
//!
//! One value, so that it changes in one step. It is for people and for the keeper's question which seal to
//! look for: whether anything may leave is decided by the keeper's sealed record, never by this value
//! alone. Must not know: seals.

use crate::{Access, Result, StoreError, settings::Settings};
use gatelodge_model::{SealedId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Row of the settings that holds the value.
pub(crate) const NAME: &str = "instance.identity";

/// An installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its identity; a restored copy gets another one.
    pub id: Uuid,
    /// The keeper's sealed record that allows this installation to send. A restored copy has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<SealedId>,
    /// Where a copy comes from, until it is activated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<Restored>,
}

/// Where a copy comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The installation that was backed up.
    pub from: Uuid,
    /// When it was backed up.
    pub backed_up_at: Timestamp,
    /// When the copy was made.
    pub at: Timestamp,
}

impl<A: Access> Settings<'_, A> {
    /// The installation; `None` before its keeper has first run.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn instance(&self) -> Result<Option<Instance>> {
        self.get(NAME).await?.map(|text| read(&text)).transpose()
    }

    /// Names the installation unless it has a name; gives back what is stored then.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Unavailable`].
    pub async fn instance_or(&self, instance: &Instance) -> Result<Instance> {
        read(&self.get_or_set(NAME, &write(instance)?).await?)
    }

    /// Sets the installation, whatever was there: for a restore and its activation.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn set_instance(&self, instance: &Instance) -> Result<()> {
        self.set(NAME, &write(instance)?).await
    }
}

pub(crate) fn write(instance: &Instance) -> Result<String> {
    serde_json::to_string(instance).map_err(StoreError::internal)
}

fn read(text: &str) -> Result<Instance> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt {
        table: "settings",
        column: "value",
        row: NAME.to_owned(),
    })
}
