//! A keeper that seals into memory and reaches nothing.

use async_trait::async_trait;
use gatelodge_core::provider::ProviderResponse;
use gatelodge_keeper_client::{
    AcceptApproval, AppCheck, ApprovalTerms, Authorized, BeginAuthorization, BeginCeremony,
    BudgetAlert, Ceremony, CeremonyProgress, CheckOAuthApp, CompleteAuthorization,
    ConnectionBudget, ContinueCeremony, DeliverMail, DeliverWebhook, Download, EndedGrant, Erased,
    Keeper, KeeperResult, KeptUntil, KeyInventory, PasskeyHolder, PasskeyRing, PendingRevocation,
    ProbeOutcome, Purged, ReleaseBudget, RetireKey, Revocation, RotateKeys, RotationFacts,
    SaveOAuthApp, SaveWebhook, SealRequest, SealState, SendRead, SendWrite, StoredRows, Unlock,
    Viewer, WebhookAnswer,
};
use gatelodge_model::{
    AuthorizationFlowId, Clock, ConnectionId, Digest, Error, ErrorKind, OAuthAppId, OrganizationId,
    Random, SealedId, WebhookId,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use url::Url;

/// Sealed bytes by id.
pub(super) struct MemoryKeeper {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sealed: Mutex<HashMap<SealedId, Vec<u8>>>,
}

impl MemoryKeeper {
    pub(super) fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            clock,
            random,
            sealed: Mutex::default(),
        }
    }
}

fn unreachable<T>() -> KeeperResult<T> {
    Err(Error::new(ErrorKind::ProviderUnavailable, "There is no network here.").into())
}

#[async_trait]
impl Keeper for MemoryKeeper {
    async fn read(&self, _: SendRead) -> KeeperResult<ProviderResponse> {
        unreachable()
    }

    async fn download(&self, _: SendRead) -> KeeperResult<Download> {
        unreachable()
    }

    async fn write(&self, _: SendWrite) -> KeeperResult<ProviderResponse> {
        unreachable()
    }

    async fn begin_authorization(&self, _: BeginAuthorization) -> KeeperResult<Url> {
        unreachable()
    }

    async fn complete_authorization(&self, _: CompleteAuthorization) -> KeeperResult<Authorized> {
        unreachable()
    }

    async fn abandon_authorization(
        &self,
        _: OrganizationId,
        _: AuthorizationFlowId,
    ) -> KeeperResult<()> {
        unreachable()
    }

    async fn revoke(&self, _: OrganizationId, _: ConnectionId) -> KeeperResult<Revocation> {
        unreachable()
    }

    async fn pending_revocations(&self, _: OrganizationId) -> KeeperResult<Vec<PendingRevocation>> {
        Ok(Vec::new())
    }

    async fn end_due_grants(&self) -> KeeperResult<Vec<EndedGrant>> {
        Ok(Vec::new())
    }

    async fn end_grants_now(
        &self,
        _: OrganizationId,
        _: ConnectionId,
    ) -> KeeperResult<Vec<EndedGrant>> {
        Ok(Vec::new())
    }

    async fn probe(&self, _: OrganizationId, _: ConnectionId) -> KeeperResult<ProbeOutcome> {
        Ok(ProbeOutcome::Unsupported)
    }

    async fn save_oauth_app(&self, _: SaveOAuthApp) -> KeeperResult<Option<String>> {
        unreachable()
    }

    async fn check_oauth_app(&self, _: CheckOAuthApp) -> KeeperResult<AppCheck> {
        unreachable()
    }

    async fn delete_oauth_app(&self, _: OrganizationId, _: OAuthAppId) -> KeeperResult<()> {
        unreachable()
    }

    async fn seal(&self, request: SealRequest) -> KeeperResult<SealedId> {
        let id = SealedId::generate(&*self.clock, &*self.random);
        self.sealed.lock().unwrap().insert(id, request.bytes);
        Ok(id)
    }

    async fn open(&self, _: OrganizationId, id: SealedId, _: Viewer) -> KeeperResult<Vec<u8>> {
        let sealed = self.sealed.lock().unwrap();
        sealed
            .get(&id)
            .cloned()
            .ok_or_else(|| Error::not_found("sealed record").into())
    }

    async fn save_webhook(&self, _: SaveWebhook) -> KeeperResult<String> {
        unreachable()
    }

    async fn delete_webhook(&self, _: OrganizationId, _: WebhookId) -> KeeperResult<()> {
        unreachable()
    }

    async fn deliver_webhook(&self, _: DeliverWebhook) -> KeeperResult<WebhookAnswer> {
        unreachable()
    }

    async fn deliver_mail(&self, _: DeliverMail) -> KeeperResult<()> {
        unreachable()
    }

    async fn approval_terms(&self, _: PasskeyHolder, _: Digest) -> KeeperResult<ApprovalTerms> {
        Ok(ApprovalTerms {
            sealed: false,
            request: None,
        })
    }

    async fn accept_approval(&self, _: AcceptApproval) -> KeeperResult<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn passkeys(&self, _: PasskeyHolder) -> KeeperResult<PasskeyRing> {
        unreachable()
    }

    async fn begin_ceremony(&self, _: BeginCeremony) -> KeeperResult<Ceremony> {
        unreachable()
    }

    async fn continue_ceremony(&self, _: ContinueCeremony) -> KeeperResult<CeremonyProgress> {
        unreachable()
    }

    async fn seal_state(&self) -> KeeperResult<SealState> {
        Ok(SealState {
            sealed: false,
            kek: None,
            by_passphrase: false,
            first: false,
        })
    }

    async fn unlock(&self, _: Unlock) -> KeeperResult<SealState> {
        unreachable()
    }

    async fn key_inventory(&self, _: Option<OrganizationId>) -> KeeperResult<KeyInventory> {
        unreachable()
    }

    async fn rotate_keys(&self, _: RotateKeys) -> KeeperResult<Vec<RotationFacts>> {
        unreachable()
    }

    async fn retire_key(&self, _: RetireKey) -> KeeperResult<()> {
        unreachable()
    }

    async fn erase_organization(&self, _: OrganizationId) -> KeeperResult<Erased> {
        unreachable()
    }

    async fn purge(&self, _: KeptUntil) -> KeeperResult<Vec<Purged>> {
        Ok(Vec::new())
    }

    async fn stored_rows(&self, _: OrganizationId) -> KeeperResult<Vec<StoredRows>> {
        Ok(Vec::new())
    }

    async fn budget(&self, _: OrganizationId, _: ConnectionId) -> KeeperResult<ConnectionBudget> {
        unreachable()
    }

    async fn release_budget(&self, _: ReleaseBudget) -> KeeperResult<ConnectionBudget> {
        unreachable()
    }

    async fn take_budget_alerts(&self) -> KeeperResult<Vec<BudgetAlert>> {
        Ok(Vec::new())
    }
}
