//! What the keeper keeps: credentials and the fence around their refresh, sealed customers' data, OAuth
//! apps, verifiers, wrapped data keys, and the record of its calls.
//!
//! Used by the keeper only. Everything secret arrives sealed; nothing here could open it. These rows are
//! not audited here: the use case that asks the keeper is. Must not know: keys.

pub mod approval_records;
pub mod budgets;
pub mod credentials;
pub mod data_keys;
pub mod key_rotations;
pub mod pending_revocations;
pub mod provider_calls;
mod purging;
pub mod resealing;
pub mod sealed_records;
pub mod secrets;
pub mod timeline;
pub mod webhooks;

pub use approval_records::ApprovalRecord;
pub use budgets::{BudgetAmounts, BudgetCount, BudgetHour};
pub use credentials::{CredentialRow, NewRecord, OpenIntent, RefreshIntent};
pub use data_keys::{DataKeyPurpose, DataKeyRow};
pub use key_rotations::{KeyRotation, RotationKind, RotationStep};
pub use pending_revocations::{Adopted, PendingRevocationRow};
pub use provider_calls::ProviderCall;
pub use resealing::{Resealed, SealedCount, SealedRow, SealedTable};
pub use sealed_records::SealedRecord;
pub use secrets::{FlowSecret, OAuthAppSecret};
pub use webhooks::WebhookSecret;

use crate::{
    Store,
    keeper::{
        approval_records::ApprovalRecords,
        budgets::Budgets,
        credentials::Credentials,
        data_keys::DataKeys,
        key_rotations::KeyRotations,
        pending_revocations::PendingRevocations,
        provider_calls::ProviderCalls,
        resealing::Resealing,
        sealed_records::SealedRecords,
        secrets::{FlowSecrets, OAuthAppSecrets},
        timeline::Timelines,
        webhooks::Webhooks,
    },
};

/// The keeper's part of the store.
#[derive(Clone)]
pub struct KeeperStore(Store);

impl KeeperStore {
    /// The keeper's view of an opened database.
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// The whole store: for values of the instance, and readiness.
    pub fn store(&self) -> &Store {
        &self.0
    }

    /// Sealed records about approvals: whether they are sealed, and people's passkeys.
    pub fn approval_records(&self) -> ApprovalRecords<'_> {
        ApprovalRecords(&self.0)
    }

    /// Credentials.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials(&self.0)
    }

    /// Sealed customers' data.
    pub fn sealed_records(&self) -> SealedRecords<'_> {
        SealedRecords(&self.0)
    }

    /// Sealed OAuth apps.
    pub fn oauth_app_secrets(&self) -> OAuthAppSecrets<'_> {
        OAuthAppSecrets(&self.0)
    }

    /// Sealed verifiers.
    pub fn flow_secrets(&self) -> FlowSecrets<'_> {
        FlowSecrets(&self.0)
    }

    /// Wrapped data keys.
    pub fn data_keys(&self) -> DataKeys<'_> {
        DataKeys(&self.0)
    }

    /// Grants to end.
    pub fn pending_revocations(&self) -> PendingRevocations<'_> {
        PendingRevocations(&self.0)
    }

    /// Replacements of keys.
    pub fn key_rotations(&self) -> KeyRotations<'_> {
        KeyRotations(&self.0)
    }

    /// Sealed rows of all tables, to be sealed again.
    pub fn resealing(&self) -> Resealing<'_> {
        Resealing(&self.0)
    }

    /// The record of calls.
    pub fn provider_calls(&self) -> ProviderCalls<'_> {
        ProviderCalls(&self.0)
    }

    /// Timelines of connections.
    pub fn timelines(&self) -> Timelines<'_> {
        Timelines(&self.0)
    }

    /// What left through connections.
    pub fn budgets(&self) -> Budgets<'_> {
        Budgets(&self.0)
    }

    /// Sealed webhooks.
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks(&self.0)
    }
}
