//! Seals and opens rows with the data keys of their organization, and keeps unwrapped data keys in memory.
//!
//! A key is unwrapped before a refresh begins, so that nothing stands between a token answer and its
//! commit. Keys may be replaced by another keeper at any time: whoever opens looks for an unknown key, and
//! whoever seals looks again after a while, sooner than a new key begins to seal. Must not know: what rows
//! mean.

use crate::sealed_place::does_not_open;
use gatelodge_model::{Error, ErrorKind, OrganizationId, Timestamp, WhoMustAct};
use gatelodge_store::{
    Access as _,
    keeper::{DataKeyPurpose, DataKeyRow, KeeperStore},
};
use gatelodge_vault::{Context, DataKey, KeyId, Vault, VaultError, key_id_of};
use std::{
    collections::HashMap,
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use zeroize::Zeroizing;

/// The first data key of an organization and purpose.
const FIRST_EPOCH: i64 = 1;

/// The kind of the sealed record that lets an installation send. It is a record like customers' data, so that
/// whatever renews keys renews it too; its name keeps it from opening as one.
pub(crate) const ACTIVATION: &str = "activation";

/// A place in a row, and with it the purpose of the key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// A connection's credential.
    Credential,
    /// An OAuth app with its secret.
    OAuthApp,
    /// The verifier of an open flow.
    Flow,
    /// The credential of a grant that is still to be ended at its provider.
    PendingRevocation,
    /// The leave of this installation to send.
    Activation,
    /// Where a webhook goes and what signs it.
    Webhook,
    /// A record about approvals.
    ApprovalRecord,
    /// What the keeper made of a passkey's assertion.
    Evidence,
    /// The state of a ceremony, which is not stored.
    Ceremony,
    /// Customers' data; the word of its kind stands for the column.
    CustomerData(&'static str),
}

impl Place {
    const fn purpose(self) -> DataKeyPurpose {
        match self {
            Self::Credential
            | Self::OAuthApp
            | Self::Flow
            | Self::PendingRevocation
            | Self::Webhook
            | Self::ApprovalRecord
            | Self::Evidence
            | Self::Ceremony => DataKeyPurpose::Credentials,
            Self::Activation | Self::CustomerData(_) => DataKeyPurpose::CustomerData,
        }
    }

    fn context(self, organization: OrganizationId, row: &dyn Display, generation: i64) -> Context {
        let (table, column) = match self {
            Self::Credential => ("credentials", "record"),
            Self::OAuthApp => ("oauth_app_secrets", "record"),
            Self::Flow => ("flow_secrets", "record"),
            Self::PendingRevocation => ("pending_revocations", "record"),
            Self::Activation => ("sealed_records", ACTIVATION),
            Self::Webhook => ("webhook_secrets", "record"),
            Self::ApprovalRecord => ("approval_records", "record"),
            Self::Evidence => ("approvals", "evidence"),
            Self::Ceremony => ("ceremonies", "state"),
            Self::CustomerData(kind) => ("sealed_records", kind),
        };
        Context::new(organization, table, row, column, generation)
    }
}

/// Sealed bytes and the key that sealed them.
pub(crate) struct Sealed {
    pub(crate) record: Vec<u8>,
    pub(crate) key_id: String,
}

/// Data keys of one organization and purpose: one seals, all open.
struct KeySet {
    sealing: DataKey,
    by_id: HashMap<KeyId, DataKey>,
    /// Keys that cannot be used for now, such as while this keeper lacks the operator's key that another has already
    /// wrapped them with.
    closed: HashMap<KeyId, Error>,
    loaded_at: Timestamp,
}

type Keys = HashMap<(OrganizationId, DataKeyPurpose), Arc<KeySet>>;

/// Seals and opens.
pub(crate) struct Sealing {
    vault: Vault,
    store: KeeperStore,
    keys: Mutex<Keys>,
    /// After this long a key is not sealed with before looking whether another took its place.
    look_again: chrono::TimeDelta,
}

impl Sealing {
    pub(crate) fn new(vault: Vault, store: KeeperStore) -> Self {
        Self {
            vault,
            store,
            keys: Mutex::new(HashMap::new()),
            look_again: chrono::TimeDelta::zero(),
        }
    }

    /// Where `handover` is the time between a new key's beginning and its first seal, half of it is how long a
    /// key may be sealed with before looking again. Without it every seal looks.
    pub(crate) fn with_handover(mut self, handover: Duration) -> Self {
        self.look_again = chrono::TimeDelta::from_std(handover / 2).unwrap_or_default();
        self
    }

    /// The operator's keys.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Seals bytes for a row.
    pub(crate) async fn seal(
        &self,
        place: Place,
        organization: OrganizationId,
        row: &(dyn Display + Sync),
        generation: i64,
        bytes: &[u8],
    ) -> Result<Sealed, Error> {
        let keys = self.keys_to_seal(organization, place.purpose()).await?;
        let context = place.context(organization, row, generation);
        let record = self.vault.seal(&keys.sealing, &context, bytes)?;
        Ok(Sealed {
            record,
            key_id: keys.sealing.id().to_string(),
        })
    }

    /// Has the keys at hand that sealing will need.
    pub(crate) async fn prepare(
        &self,
        place: Place,
        organization: OrganizationId,
    ) -> Result<(), Error> {
        self.keys(organization, place.purpose()).await.map(drop)
    }

    /// Opens the bytes of a row.
    pub(crate) async fn open(
        &self,
        place: Place,
        organization: OrganizationId,
        row: &(dyn Display + Sync),
        generation: i64,
        record: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let purpose = place.purpose();
        let wanted = key_id_of(record);
        let mut keys = self.keys(organization, purpose).await?;
        if wanted.is_some_and(|id| !keys.by_id.contains_key(&id)) {
            // Another keeper may have made a newer key.
            keys = self.load(organization, purpose).await?;
        }
        if let Some(error) = wanted.and_then(|id| keys.closed.get(&id)) {
            return Err(error.clone());
        }
        let key = wanted
            .and_then(|id| keys.by_id.get(&id))
            .unwrap_or(&keys.sealing);
        let context = place.context(organization, row, generation);
        self.vault
            .open(key, &context, record)
            .map_err(|cause| does_not_open(&context, cause))
    }

    /// Opens the bytes of a row and seals them for the same place with the key `target`.
    pub(crate) async fn reseal(
        &self,
        place: Place,
        organization: OrganizationId,
        row: &(dyn Display + Sync),
        generation: i64,
        record: &[u8],
        target: KeyId,
    ) -> Result<Sealed, Error> {
        let bytes = self
            .open(place, organization, row, generation, record)
            .await?;
        let mut keys = self.keys(organization, place.purpose()).await?;
        if !keys.by_id.contains_key(&target) {
            keys = self.load(organization, place.purpose()).await?;
        }
        let key = keys
            .by_id
            .get(&target)
            .ok_or_else(|| Error::internal("the new data key is not there"))?;
        let context = place.context(organization, row, generation);
        Ok(Sealed {
            record: self.vault.seal(key, &context, &bytes)?,
            key_id: target.to_string(),
        })
    }

    /// Forgets unwrapped keys: of one organization, or all.
    pub(crate) fn forget(&self, organization: Option<OrganizationId>) {
        self.locked()
            .retain(|(of, _), _| organization.is_some_and(|organization| *of != organization));
    }

    /// Keys that are fresh enough to seal with. While the database is away, those in memory are: what is
    /// sealed now cannot be stored before it is back.
    async fn keys_to_seal(
        &self,
        organization: OrganizationId,
        purpose: DataKeyPurpose,
    ) -> Result<Arc<KeySet>, Error> {
        let keys = self.keys(organization, purpose).await?;
        let age = self.now() - keys.loaded_at;
        // A clock that was set back says nothing about the age.
        if chrono::TimeDelta::zero() <= age && age < self.look_again {
            return Ok(keys);
        }
        match self.load(organization, purpose).await {
            Err(error) if error.kind() == ErrorKind::StoreUnavailable => Ok(keys),
            loaded => loaded,
        }
    }

    async fn keys(
        &self,
        organization: OrganizationId,
        purpose: DataKeyPurpose,
    ) -> Result<Arc<KeySet>, Error> {
        if self.vault.is_sealed() {
            return Err(Error::sealed());
        }
        let known = self.locked().get(&(organization, purpose)).cloned();
        match known {
            Some(keys) => Ok(keys),
            None => self.load(organization, purpose).await,
        }
    }

    async fn load(
        &self,
        organization: OrganizationId,
        purpose: DataKeyPurpose,
    ) -> Result<Arc<KeySet>, Error> {
        let mut rows = self.store.data_keys().list(organization, purpose).await?;
        if rows.is_empty() {
            rows.push(self.first_key(organization, purpose).await?);
        }
        let now = self.now();
        let mut by_id = HashMap::new();
        let mut closed = HashMap::new();
        let mut sealing = None;
        let mut waiting = None;
        let mut broken = None;
        // Newest first.
        for row in &rows {
            let key = match self.unwrap(row).await {
                Ok(key) => key,
                Err(error) => {
                    // What other keys sealed still opens.
                    tracing::error!(%error, "a data key cannot be used");
                    let id = row.key_id.as_deref().and_then(KeyId::parse);
                    if let Some(id) = id.filter(|_| error.kind() != ErrorKind::Integrity) {
                        closed.insert(id, error.clone());
                    }
                    broken = Some(error);
                    continue;
                }
            };
            if row.active_from.is_some_and(|from| from > now) {
                waiting = Some(key.clone());
            } else if sealing.is_none() {
                sealing = Some(key.clone());
            }
            by_id.insert(key.id(), key);
        }
        let sealing = sealing.or(waiting).ok_or_else(|| {
            broken.unwrap_or_else(|| Error::internal("an organization has no data key"))
        })?;
        let keys = Arc::new(KeySet {
            sealing,
            by_id,
            closed,
            loaded_at: now,
        });
        self.locked()
            .insert((organization, purpose), Arc::clone(&keys));
        Ok(keys)
    }

    /// Makes the first key. Of keepers that race, all use the one that was stored.
    async fn first_key(
        &self,
        organization: OrganizationId,
        purpose: DataKeyPurpose,
    ) -> Result<DataKeyRow, Error> {
        if self.store.key_rotations().is_erased(organization).await? {
            return Err(erased());
        }
        let row = self.new_key(organization, purpose, FIRST_EPOCH, None)?;
        Ok(self.store.data_keys().insert_or_get(row).await?)
    }

    /// Makes a key, not stored yet.
    pub(crate) fn new_key(
        &self,
        organization: OrganizationId,
        purpose: DataKeyPurpose,
        epoch: i64,
        active_from: Option<Timestamp>,
    ) -> Result<DataKeyRow, Error> {
        let (key, wrapped) = self
            .vault
            .new_data_key(organization, purpose.as_str(), epoch)?;
        Ok(DataKeyRow {
            organization,
            purpose,
            epoch,
            kek_id: key_id_of(&wrapped).map_or_else(String::new, |id| id.to_string()),
            wrapped,
            key_id: Some(key.id().to_string()),
            active_from,
            created_at: self.now(),
        })
    }

    /// Unwraps a stored key, and notes its id where that is not noted yet.
    pub(crate) async fn unwrap(&self, row: &DataKeyRow) -> Result<DataKey, Error> {
        let (organization, purpose) = (row.organization, row.purpose.as_str());
        if let Some(kek) = KeyId::parse(&row.kek_id) {
            self.vault.look_for(kek);
        }
        let key = self
            .vault
            .unwrap_key(&row.wrapped, organization, purpose, row.epoch)
            .map_err(|cause| self.does_not_unwrap(row, cause))?;
        if row.key_id.is_none() {
            let id = key.id().to_string();
            if let Err(error) = self.store.data_keys().note_id(row, &id).await {
                tracing::debug!(%error, "a data key's id was not noted");
            }
        }
        Ok(key)
    }

    fn does_not_unwrap(&self, row: &DataKeyRow, cause: VaultError) -> Error {
        let foreign = KeyId::parse(&row.kek_id).is_some_and(|id| !self.vault.holds(id));
        if cause == VaultError::Sealed {
            return Error::sealed();
        }
        if !foreign {
            return Error::new(
                ErrorKind::Integrity,
                format!(
                    "The stored record data_keys/{}/{}/{} does not open. It was not used.",
                    row.organization,
                    row.purpose.as_str(),
                    row.epoch
                ),
            )
            .with_context("cause", cause);
        }
        let held: Vec<_> = self.vault.held().iter().map(KeyId::to_string).collect();
        Error::new(
            ErrorKind::Misconfigured,
            format!(
                "A data key is wrapped with the key {}, and the keeper has the key {}.",
                row.kek_id,
                held.join(", ")
            ),
        )
        .with_hint(
            WhoMustAct::Operator,
            "Give the keeper the key that is named first, too: keys.previous_files in the configuration.",
        )
    }

    fn now(&self) -> Timestamp {
        self.store.store().clock().now()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The keys of an organization were destroyed.
fn erased() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "This organization was erased: its keys are destroyed, and nothing of it opens any more.",
    )
}
