//! The keeper inside this process, behind the same trait that a keeper in another process has.
//!
//! Nothing leaks around the trait: what a call needs of the inside stays in this crate. Must not know: how
//! each request is done; the modules beside do.

use crate::{
    approval::Approvals,
    budget::Budgets,
    egress::EgressGuard,
    journal::CallJournal,
    keys::Attempts,
    mail::MailSettings,
    options::{ConfiguredApp, KeeperOptions, StartError, Timeouts},
    place::Place,
    quarantine::Quarantine,
    refresh::{Breakers, Figures, Gone, RefreshFigures, waiting},
    sealing::Sealing,
    slot::Slots,
    timeline::Timeline,
};
use async_trait::async_trait;
use gatelodge_keeper_client::{
    AcceptApproval, AppCheck, ApprovalTerms, Authorized, BeginAuthorization, BeginCeremony,
    BudgetAlert, Ceremony, CeremonyProgress, CheckOAuthApp, CompleteAuthorization,
    ConnectionBudget, ContinueCeremony, DeliverMail, DeliverWebhook, EndedGrant, Erased, Keeper,
    KeeperResult, KeptUntil, KeyInventory, PasskeyHolder, PasskeyRing, PendingRevocation,
    ProbeOutcome, Purged, ReleaseBudget, RetireKey, Revocation, RotateKeys, RotationFacts,
    SaveOAuthApp, SaveWebhook, SealRequest, SealState, SendRead, SendWrite, StoredRows, Unlock,
    Viewer, WebhookAnswer,
};
use gatelodge_model::{
    AuthorizationFlowId, Clock, ConnectionId, Digest, Error, OAuthAppId, OrganizationId, Random,
    SealedId, WebhookId,
};
use gatelodge_provider::{Catalogue, Download, ProviderResponse};
use gatelodge_store::keeper::KeeperStore;
use std::{
    future::Future,
    sync::{Arc, OnceLock},
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use url::Url;

/// Refreshes that were cut off and are done together at the start.
const RESUMED_TOGETHER: usize = 16;

/// The keeper, in process.
pub struct InProcessKeeper(Arc<Inner>);

/// What all parts of the keeper share.
pub(crate) struct Inner {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) store: KeeperStore,
    pub(crate) sealing: Arc<Sealing>,
    pub(crate) egress: EgressGuard,
    pub(crate) quarantine: Arc<Quarantine>,
    pub(crate) mail: Option<MailSettings>,
    pub(crate) configured_apps: Vec<ConfiguredApp>,
    pub(crate) budgets: Budgets,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) timeouts: Timeouts,
    pub(crate) slots: Slots,
    pub(crate) tasks: TaskTracker,
    pub(crate) journal: Arc<CallJournal>,
    pub(crate) approvals: Approvals,
    pub(crate) timeline: Timeline,
    /// Names this keeper in intents, and holds tokens that wait for the database.
    pub(crate) place: Place,
    pub(crate) gone: Gone,
    pub(crate) breakers: Breakers,
    pub(crate) figures: Figures,
    /// Refreshes that were cut off and are taken up together.
    pub(crate) resuming: Semaphore,
    /// Tokens that are in memory only.
    pub(crate) waiting: TaskTracker,
    /// The keeper is to end.
    pub(crate) ending: CancellationToken,
    pub(crate) attempts: Attempts,
    /// Wakes whoever looks after keys.
    pub(crate) key_work: Notify,
    /// Renders what this process measured, where it is the keeper's own.
    render: OnceLock<fn() -> String>,
}

impl InProcessKeeper {
    /// Starts the keeper. Must run inside a Tokio runtime; the database must be migrated.
    ///
    /// # Errors
    /// [`StartError`], with what is wrong.
    pub async fn start(options: KeeperOptions) -> Result<Arc<Self>, StartError> {
        let egress = EgressGuard::new(options.egress, options.timeouts.connect)?;
        let store = KeeperStore::new(options.store);
        let (place, neighbours) = Place::take(
            &options.folder,
            options.clock.as_ref(),
            options.random.as_ref(),
        )
        .map_err(StartError::Folder)?;
        let found = waiting(&place, &neighbours.gone).map_err(StartError::Folder)?;
        let gone = Gone::new(&neighbours, store.store().serves_one_node());
        let sealing = Arc::new(
            Sealing::new(options.vault, store.clone()).with_handover(options.timeouts.key_handover),
        );
        let quarantine = Arc::new(Quarantine::new(
            store.clone(),
            Arc::clone(&sealing),
            Arc::clone(&options.clock),
            Arc::clone(&options.random),
        ));
        let egress = egress.behind(Arc::<Quarantine>::clone(&quarantine));
        let inner = Inner {
            sealing,
            quarantine,
            journal: CallJournal::start(
                store.clone(),
                Arc::clone(&options.clock),
                Arc::clone(&options.random),
            ),
            approvals: Approvals::open(options.folder, &options.public_urls)
                .map_err(StartError::Folder)?,
            timeline: Timeline::start(
                store.clone(),
                Arc::clone(&options.clock),
                Arc::clone(&options.random),
            ),
            place,
            gone,
            breakers: Breakers::default(),
            figures: Figures::default(),
            resuming: Semaphore::new(RESUMED_TOGETHER),
            waiting: TaskTracker::new(),
            ending: CancellationToken::new(),
            catalogue: options.catalogue,
            store,
            egress,
            mail: options.mail,
            configured_apps: options.configured_apps,
            budgets: Budgets::new(options.budget),
            clock: options.clock,
            random: options.random,
            timeouts: options.timeouts,
            slots: Slots::default(),
            tasks: TaskTracker::new(),
            attempts: Attempts::default(),
            key_work: Notify::new(),
            render: OnceLock::new(),
        };
        inner
            .approval_records()
            .see_all()
            .await
            .map_err(StartError::Storage)?;
        let inner = Arc::new(inner);
        // What waits on disk comes first: it is newer than what the rows say. Should somebody else be at the same
        // credential, nobody's start waits for that longer than for a token endpoint.
        let taking_up = {
            let inner = Arc::clone(&inner);
            let gone = neighbours.gone;
            inner
                .tasks
                .clone()
                .spawn(async move { inner.take_up_waiting(found, gone).await })
        };
        drop(tokio::time::timeout(inner.timeouts.token, taking_up).await);
        inner.take_up_open().await;
        tokio::spawn(Arc::clone(&inner).sweep());
        tokio::spawn(Arc::clone(&inner).watch_keys());
        Ok(Arc::new(Self(inner)))
    }

    /// What was counted of refreshes since the start.
    pub fn refresh_figures(&self) -> RefreshFigures {
        self.0.figures.read()
    }

    /// Waits until no refresh or other exchange is under way. Others may begin meanwhile and afterwards.
    pub async fn idle(&self) {
        let tasks = &self.0.tasks;
        tasks.close();
        tasks.wait().await;
        tasks.reopen();
    }

    /// Does what replacements of keys ask for now, instead of when it is next looked for. `false`: something
    /// waits for its time or for another keeper.
    ///
    /// # Errors
    /// `store_unavailable`, `sealed`.
    pub async fn work_on_keys(&self) -> KeeperResult<bool> {
        self.0.follow_kek().await?;
        Ok(self.0.work_on_keys().await?)
    }

    /// Waits for refreshes and other exchanges under way, then writes the record of calls (R15).
    pub async fn shutdown(&self) {
        let inner = &self.0;
        inner.ending.cancel();
        inner.tasks.close();
        if tokio::time::timeout(inner.timeouts.shutdown, inner.tasks.wait())
            .await
            .is_err()
        {
            tracing::error!(
                tasks = inner.tasks.len(),
                "exchanges with providers were cut off by the end of the process"
            );
        }
        // Whatever the limit: tokens that are in memory only are waited for.
        inner.waiting.close();
        inner.waiting.wait().await;
        inner.timeline.finish().await;
        inner.give_back().await;
        inner.journal.finish().await;
        inner.place.release();
    }

    /// Runs something to its end even if whoever asked goes away: a grant that was given must be kept or
    /// revoked.
    async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = KeeperResult<T>> + Send + 'static,
    ) -> KeeperResult<T> {
        match self.0.tasks.spawn(work).await {
            Ok(result) => result,
            Err(cause) => Err(Error::internal(cause).into()),
        }
    }

    /// Lets [`Keeper::figures`] answer with what this process measured: for a keeper that has a process of its own.
    pub fn measured_by(&self, render: fn() -> String) {
        // the first one stays
        let _ = self.0.render.set(render);
    }
}

#[async_trait]
impl Keeper for InProcessKeeper {
    async fn read(&self, call: SendRead) -> KeeperResult<ProviderResponse> {
        self.0.unsealed()?;
        self.0.read(call).await
    }

    async fn download(&self, call: SendRead) -> KeeperResult<Download> {
        self.0.unsealed()?;
        self.0.download(call).await
    }

    async fn write(&self, call: SendWrite) -> KeeperResult<ProviderResponse> {
        self.0.unsealed()?;
        let inner = Arc::clone(&self.0);
        self.to_the_end(async move { inner.write(call).await })
            .await
    }

    async fn begin_authorization(&self, begin: BeginAuthorization) -> KeeperResult<Url> {
        self.0.unsealed()?;
        self.0.begin_authorization(begin).await
    }

    async fn complete_authorization(
        &self,
        complete: CompleteAuthorization,
    ) -> KeeperResult<Authorized> {
        self.0.unsealed()?;
        self.to_the_end(Arc::clone(&self.0).complete_authorization(complete))
            .await
    }

    async fn abandon_authorization(
        &self,
        organization: OrganizationId,
        flow: AuthorizationFlowId,
    ) -> KeeperResult<()> {
        Ok(self.0.take_flow_away(organization, flow).await?)
    }

    async fn revoke(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Revocation> {
        self.0.unsealed()?;
        let inner = Arc::clone(&self.0);
        self.to_the_end(async move { inner.revoke(organization, connection).await })
            .await
    }

    async fn pending_revocations(
        &self,
        organization: OrganizationId,
    ) -> KeeperResult<Vec<PendingRevocation>> {
        self.0.unsealed()?;
        self.0.pending_revocations(organization).await
    }

    async fn end_due_grants(&self) -> KeeperResult<Vec<EndedGrant>> {
        self.0.unsealed()?;
        let inner = Arc::clone(&self.0);
        self.to_the_end(async move { inner.end_due_grants().await })
            .await
    }

    async fn end_grants_now(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Vec<EndedGrant>> {
        let inner = Arc::clone(&self.0);
        self.to_the_end(async move { inner.end_grants_now(organization, connection).await })
            .await
    }

    async fn probe(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<ProbeOutcome> {
        self.0.unsealed()?;
        self.0.probe(organization, connection).await
    }

    async fn save_oauth_app(&self, app: SaveOAuthApp) -> KeeperResult<Option<String>> {
        self.0.unsealed()?;
        self.0.save_oauth_app(app).await
    }

    async fn check_oauth_app(&self, check: CheckOAuthApp) -> KeeperResult<AppCheck> {
        self.0.unsealed()?;
        self.0.check_oauth_app(check).await
    }

    async fn delete_oauth_app(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
    ) -> KeeperResult<()> {
        self.0.delete_oauth_app(organization, app).await
    }

    async fn figures(&self) -> KeeperResult<String> {
        Ok(self
            .0
            .render
            .get()
            .map_or_else(String::new, |render| render()))
    }

    async fn seal(&self, request: SealRequest) -> KeeperResult<SealedId> {
        self.0.unsealed()?;
        self.0.seal(request).await
    }

    async fn open(
        &self,
        organization: OrganizationId,
        sealed: SealedId,
        viewer: Viewer,
    ) -> KeeperResult<Vec<u8>> {
        self.0.unsealed()?;
        self.0.open_sealed(organization, sealed, viewer, None).await
    }

    async fn save_webhook(&self, webhook: SaveWebhook) -> KeeperResult<String> {
        self.0.unsealed()?;
        self.0.save_webhook(webhook).await
    }

    async fn delete_webhook(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> KeeperResult<()> {
        self.0.delete_webhook(organization, webhook).await
    }

    async fn deliver_webhook(&self, message: DeliverWebhook) -> KeeperResult<WebhookAnswer> {
        self.0.unsealed()?;
        self.0.deliver_webhook(message).await
    }

    async fn deliver_mail(&self, message: DeliverMail) -> KeeperResult<()> {
        self.0.unsealed()?;
        self.0.deliver_mail(message).await
    }

    async fn approval_terms(
        &self,
        holder: PasskeyHolder,
        digest: Digest,
    ) -> KeeperResult<ApprovalTerms> {
        self.0.unsealed()?;
        self.0.approval_terms(holder, digest).await
    }

    async fn accept_approval(&self, accept: AcceptApproval) -> KeeperResult<Option<Vec<u8>>> {
        self.0.unsealed()?;
        self.0.accept_approval(accept).await
    }

    async fn passkeys(&self, holder: PasskeyHolder) -> KeeperResult<PasskeyRing> {
        self.0.unsealed()?;
        self.0.passkeys(holder).await
    }

    async fn begin_ceremony(&self, begin: BeginCeremony) -> KeeperResult<Ceremony> {
        self.0.unsealed()?;
        self.0.begin_ceremony(begin).await
    }

    async fn continue_ceremony(&self, step: ContinueCeremony) -> KeeperResult<CeremonyProgress> {
        self.0.unsealed()?;
        self.0.continue_ceremony(step).await
    }

    async fn seal_state(&self) -> KeeperResult<SealState> {
        self.0.key_state().await
    }

    async fn unlock(&self, unlock: Unlock) -> KeeperResult<SealState> {
        self.0.unlock(unlock).await
    }

    async fn key_inventory(
        &self,
        organization: Option<OrganizationId>,
    ) -> KeeperResult<KeyInventory> {
        self.0.key_inventory(organization).await
    }

    async fn rotate_keys(&self, order: RotateKeys) -> KeeperResult<Vec<RotationFacts>> {
        self.0.unsealed()?;
        let inner = Arc::clone(&self.0);
        self.to_the_end(async move { inner.rotate_keys(order).await })
            .await
    }

    async fn retire_key(&self, order: RetireKey) -> KeeperResult<()> {
        self.0.unsealed()?;
        let inner = Arc::clone(&self.0);
        self.to_the_end(async move { inner.retire_key(order).await })
            .await
    }

    async fn erase_organization(&self, organization: OrganizationId) -> KeeperResult<Erased> {
        self.0.unsealed()?;
        let inner = Arc::clone(&self.0);
        self.to_the_end(async move { inner.erase_organization(organization).await })
            .await
    }

    async fn purge(&self, kept: KeptUntil) -> KeeperResult<Vec<Purged>> {
        self.0.purge(kept).await
    }

    async fn stored_rows(&self, organization: OrganizationId) -> KeeperResult<Vec<StoredRows>> {
        self.0.stored_rows(organization).await
    }

    async fn budget(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<ConnectionBudget> {
        self.0.unsealed()?;
        self.0.budget(organization, connection).await
    }

    async fn release_budget(&self, release: ReleaseBudget) -> KeeperResult<ConnectionBudget> {
        self.0.unsealed()?;
        self.0.release_budget(release).await
    }

    async fn take_budget_alerts(&self) -> KeeperResult<Vec<BudgetAlert>> {
        self.0.unsealed()?;
        self.0.take_budget_alerts().await
    }
}
