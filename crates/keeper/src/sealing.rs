//! Seals and opens rows with the data keys of their organization, and keeps unwrapped data keys in memory.
//!
//! A key is unwrapped before a refresh begins, so that nothing stands between a token answer and its
//! commit. Must not know: what rows mean.

use gatelodge_model::{Error, ErrorKind, OrganizationId, WhoMustAct};
use gatelodge_store::keeper::{DataKeyPurpose, DataKeyRow, KeeperStore};
use gatelodge_vault::{Context, DataKey, KeyId, Vault, key_id_of};
use std::{
    collections::HashMap,
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
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

/// Data keys of one organization and purpose: the newest seals, all open.
#[derive(Clone)]
struct KeySet {
    newest: DataKey,
    by_id: HashMap<KeyId, DataKey>,
}

type Keys = HashMap<(OrganizationId, DataKeyPurpose), Arc<KeySet>>;

/// Seals and opens.
pub(crate) struct Sealing {
    vault: Vault,
    store: KeeperStore,
    keys: Mutex<Keys>,
}

impl Sealing {
    pub(crate) fn new(vault: Vault, store: KeeperStore) -> Self {
        Self {
            vault,
            store,
            keys: Mutex::new(HashMap::new()),
        }
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
        let keys = self.keys(organization, place.purpose()).await?;
        let context = place.context(organization, row, generation);
        let record = self.vault.seal(&keys.newest, &context, bytes)?;
        Ok(Sealed {
            record,
            key_id: keys.newest.id().to_string(),
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
        let context = place.context(organization, row, generation);
        let wanted = key_id_of(record);
        let mut keys = self.keys(organization, purpose).await?;
        if wanted.is_some_and(|id| !keys.by_id.contains_key(&id)) {
            // Another keeper may have made a newer key.
            keys = self.load(organization, purpose).await?;
        }
        let key = wanted
            .and_then(|id| keys.by_id.get(&id))
            .unwrap_or(&keys.newest);
        Ok(self.vault.open(key, &context, record)?)
    }

    async fn keys(
        &self,
        organization: OrganizationId,
        purpose: DataKeyPurpose,
    ) -> Result<Arc<KeySet>, Error> {
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
            let (_, wrapped) =
                self.vault
                    .new_data_key(organization, purpose.as_str(), FIRST_EPOCH)?;
            let row = DataKeyRow {
                organization,
                purpose,
                epoch: FIRST_EPOCH,
                kek_id: self.vault.kek_id().to_string(),
                wrapped,
            };
            // Of keepers that race, all use the one that was stored.
            rows.push(self.store.data_keys().insert_or_get(row).await?);
        }
        let mut unwrapped = Vec::with_capacity(rows.len());
        for row in &rows {
            let key = self
                .vault
                .unwrap_key(&row.wrapped, organization, purpose.as_str(), row.epoch)
                .map_err(|cause| self.foreign_key(row, cause))?;
            unwrapped.push(key);
        }
        let newest = unwrapped
            .first()
            .cloned()
            .ok_or_else(|| Error::internal("an organization has no data key"))?;
        let by_id = unwrapped.into_iter().map(|key| (key.id(), key)).collect();
        let keys = Arc::new(KeySet { newest, by_id });
        self.locked()
            .insert((organization, purpose), Arc::clone(&keys));
        Ok(keys)
    }

    fn foreign_key(&self, row: &DataKeyRow, cause: gatelodge_vault::VaultError) -> Error {
        if row.kek_id == self.vault.kek_id().to_string() {
            return cause.into();
        }
        Error::new(
            ErrorKind::Misconfigured,
            format!(
                "A data key is wrapped with the key {}, and the keeper has the key {}.",
                row.kek_id,
                self.vault.kek_id()
            ),
        )
        .with_hint(
            WhoMustAct::Operator,
            "Start the keeper with the key that is named first.",
        )
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
