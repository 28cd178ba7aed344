//! What everybody else may ask of the keeper, and nothing more: no call returns a credential or a key.
//!
//! Holds the [`Keeper`] trait, its wire types with the table that says how they travel, a [`RemoteKeeper`] behind
//! any transport, and [`ConnectionCaller`], which lets tools read through a connection. Must not know: how
//! credentials are stored, sealed or refreshed, nor what carries a call.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

pub mod app_check;
pub mod approval;
pub mod authorization;
pub mod budget;
pub mod call;
pub mod caller;
pub mod delivery;
pub mod failure;
pub mod keys;
pub mod probe;
pub mod remote;
pub mod sealed;
pub mod wire;

pub use app_check::{AppAnswer, AppCheck, CheckOAuthApp};
pub use approval::{
    AcceptApproval, ApprovalTerms, BeginCeremony, Ceremony, CeremonyProgress, CeremonyPurpose,
    CeremonyStep, ContinueCeremony, PasskeyHolder, PasskeyRing, PasskeyView,
};
pub use authorization::{
    Authorized, BeginAuthorization, CompleteAuthorization, EndedGrant, ExpectedAccount,
    PendingRevocation, Revocation, SaveOAuthApp, SecretChange,
};
pub use budget::{
    BudgetAlert, BudgetMeasure, BudgetState, BudgetUse, ConnectionBudget, ReleaseBudget,
};
pub use call::{SendRead, SendWrite};
pub use caller::ConnectionCaller;
pub use delivery::{DeliverMail, DeliverWebhook, SaveWebhook, WebhookAnswer};
pub use failure::{KeeperFailure, KeeperResult};
pub use keys::{
    DataKeyFacts, Erased, KekFacts, KeptUntil, KeyInventory, Purged, RetireKey, RotateKeys,
    RotateWhat, RotatedKey, RotationFacts, SealState, StoredRows, Unlock,
};
pub use probe::ProbeOutcome;
pub use remote::{Arriving, IfLost, Lost, RemoteKeeper, Transport};
pub use sealed::{SealRequest, SealedKind, Viewer};

use async_trait::async_trait;
use gatelodge_model::{
    AuthorizationFlowId, ConnectionId, Digest, OAuthAppId, OrganizationId, SealedId, WebhookId,
};
pub use gatelodge_provider::Download;
use gatelodge_provider::ProviderResponse;
use url::Url;

/// The only holder of keys and the only door to the outside.
#[async_trait]
pub trait Keeper: Send + Sync + 'static {
    /// Sends a read for a connection, with a fresh credential; refreshes and repeats once on 401.
    ///
    /// # Errors
    /// What kept an answer from arriving. A refusal by the provider is an answer, not an error.
    async fn read(&self, call: SendRead) -> KeeperResult<ProviderResponse>;

    /// As [`Keeper::read`], for answers that are too large to be held whole: the body is handed on while it arrives,
    /// as fast as it is taken. A refusal has its body whole.
    ///
    /// # Errors
    /// As [`Keeper::read`] until the answer begins. What happens to it afterwards comes out of its body.
    async fn download(&self, call: SendRead) -> KeeperResult<Download>;

    /// Opens the sealed proposal, recomputes its hash, uses up the approval that is stored for it, and sends
    /// exactly the request in it, once. It is sent a second time only after a 401, which says that nothing was
    /// done.
    ///
    /// # Errors
    /// `approval_missing` when no valid unused approval is stored: nothing was sent then.
    /// `unknown_outcome` when the request left and no answer came; every other kind means that nothing
    /// was sent, or that the provider certainly did nothing.
    async fn write(&self, call: SendWrite) -> KeeperResult<ProviderResponse>;

    /// Makes the PKCE verifier, keeps it sealed, and gives the address of the provider's consent page.
    ///
    /// # Errors
    /// `misconfigured` when the OAuth app is unknown to the keeper, `egress_denied` for a foreign host.
    async fn begin_authorization(&self, begin: BeginAuthorization) -> KeeperResult<Url>;

    /// Exchanges the code, commits the credential as the first act, then asks who we are.
    /// A credential that the connection had before is replaced and its grant revoked.
    ///
    /// # Errors
    /// The provider's refusal, explained; `conflict` when the account is not the expected one (the new
    /// grant is revoked and the old credential stays).
    async fn complete_authorization(
        &self,
        complete: CompleteAuthorization,
    ) -> KeeperResult<Authorized>;

    /// Forgets an attempt that ended without a code.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn abandon_authorization(
        &self,
        organization: OrganizationId,
        flow: AuthorizationFlowId,
    ) -> KeeperResult<()>;

    /// Ends a connection's grant: the credential is gone at once, then the provider is asked to revoke it
    /// (5 seconds at most here; if it does not confirm, the keeper goes on asking, O17).
    ///
    /// # Errors
    /// `store_unavailable` and `restored_copy`: then the credential is still there.
    async fn revoke(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Revocation>;

    /// Looks at a connection by one cheap call with the access token. Spends no refresh token, and changes
    /// nothing.
    ///
    /// # Errors
    /// `store_unavailable`. What the look shows is an outcome, not an error.
    async fn probe(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<ProbeOutcome>;

    /// What ended here and is not confirmed by its provider, oldest first.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn pending_revocations(
        &self,
        organization: OrganizationId,
    ) -> KeeperResult<Vec<PendingRevocation>>;

    /// Asks providers again to revoke what is due, of all organizations, and tells what ended by that. Nothing
    /// is asked while this installation may not send.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn end_due_grants(&self) -> KeeperResult<Vec<EndedGrant>>;

    /// As [`Keeper::end_due_grants`], for one connection and without waiting for its time.
    ///
    /// # Errors
    /// `store_unavailable`, `restored_copy`.
    async fn end_grants_now(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Vec<EndedGrant>>;

    /// Keeps client id and secret of an OAuth app sealed. Gives the fingerprint of the secret, if there is one.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn save_oauth_app(&self, app: SaveOAuthApp) -> KeeperResult<Option<String>>;

    /// Forgets an OAuth app. Connections bound to it keep working until their grant ends.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn delete_oauth_app(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
    ) -> KeeperResult<()>;

    /// Tries an OAuth app as far as its provider answers without anybody who signs in: asks for consent, and hands in
    /// a code that nobody was given. Nothing is granted by it and nothing changes.
    ///
    /// # Errors
    /// `misconfigured` when the OAuth app is unknown to the keeper, `egress_denied` for a foreign host,
    /// `restored_copy`. What the provider answers is in the result.
    async fn check_oauth_app(&self, check: CheckOAuthApp) -> KeeperResult<AppCheck>;

    /// Seals customers' data with the organization's data key and keeps it.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn seal(&self, request: SealRequest) -> KeeperResult<SealedId>;

    /// What this keeper measured, as text for Prometheus; empty where it runs in the hub's own process, whose
    /// figures hold it already. An answer also says that the keeper is there.
    ///
    /// # Errors
    /// `keeper_unavailable`.
    async fn figures(&self) -> KeeperResult<String> {
        Ok(String::new())
    }

    /// Opens what was sealed, for somebody who is entitled to see it.
    ///
    /// # Errors
    /// `not_found` for a foreign or purged id and for a viewer who is not entitled, `integrity_error`
    /// when the record does not open.
    async fn open(
        &self,
        organization: OrganizationId,
        sealed: SealedId,
        viewer: Viewer,
    ) -> KeeperResult<Vec<u8>>;

    /// Keeps where a webhook goes and what signs it, sealed. Gives the fingerprint of the secret.
    ///
    /// # Errors
    /// `egress_denied` when the guard would never let it leave, `invalid_argument` when the secret has
    /// another form or there is none, `store_unavailable`.
    async fn save_webhook(&self, webhook: SaveWebhook) -> KeeperResult<String>;

    /// Forgets a webhook.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn delete_webhook(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> KeeperResult<()>;

    /// Signs a message and sends it to a webhook, once.
    ///
    /// # Errors
    /// `not_found` for a webhook that is not kept, `egress_denied`, and what kept an answer from arriving;
    /// the error says whether trying again can help. A refusal by the receiver is an answer, not an error.
    async fn deliver_webhook(&self, message: DeliverWebhook) -> KeeperResult<WebhookAnswer>;

    /// Gives a message to the configured mail server, once.
    ///
    /// # Errors
    /// `misconfigured` where no mail server is configured, `provider_rejected` when it will never take this
    /// message, `provider_unavailable` when it may later.
    async fn deliver_mail(&self, message: DeliverMail) -> KeeperResult<()>;

    /// What an approval takes in this organization, and of this person, for the bytes with this hash.
    ///
    /// # Errors
    /// `integrity_error` when the record about it does not open or was taken back.
    async fn approval_terms(
        &self,
        holder: PasskeyHolder,
        digest: Digest,
    ) -> KeeperResult<ApprovalTerms>;

    /// Judges a person's yes. Where approvals are sealed, gives the evidence that must be stored with the
    /// approval; nothing where they are not.
    ///
    /// # Errors
    /// `passkey_needed` without an assertion where there must be one, `passkey_refused` for one that is not of
    /// this person's passkeys over this hash, `integrity_error`.
    async fn accept_approval(&self, accept: AcceptApproval) -> KeeperResult<Option<Vec<u8>>>;

    /// A person's passkeys, without anything secret.
    ///
    /// # Errors
    /// `integrity_error`, `store_unavailable`.
    async fn passkeys(&self, holder: PasskeyHolder) -> KeeperResult<PasskeyRing>;

    /// Begins to change something about passkeys. Nothing changes before the last step.
    ///
    /// # Errors
    /// `misconfigured` where no address has a name, `passkey_needed` when too few passkeys are enrolled for it,
    /// `passkey_refused` for a wrong or used code, `not_found` for an unknown passkey.
    async fn begin_ceremony(&self, begin: BeginCeremony) -> KeeperResult<Ceremony>;

    /// Takes the browser's answer to a step of a ceremony.
    ///
    /// # Errors
    /// `passkey_refused` for an answer that does not hold, `conflict` when the person's passkeys changed
    /// meanwhile, `expired` when it took too long. The ceremony is over then.
    async fn continue_ceremony(&self, step: ContinueCeremony) -> KeeperResult<CeremonyProgress>;

    /// Whether the keeper has its key. Answers while it is sealed, too.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn seal_state(&self) -> KeeperResult<SealState>;

    /// Gives the keeper its key. Wrong passphrases are slowed down.
    ///
    /// # Errors
    /// `forbidden` for a key that is not the one of this database, `rate_limited` after several of them.
    async fn unlock(&self, unlock: Unlock) -> KeeperResult<SealState>;

    /// All keys by id with what they seal, of one organization or of all.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn key_inventory(
        &self,
        organization: Option<OrganizationId>,
    ) -> KeeperResult<KeyInventory>;

    /// Begins to replace keys, and goes on in the background: the inventory says how far it is.
    ///
    /// # Errors
    /// `conflict` while such a replacement is under way, `misconfigured` for an operator's key that cannot be
    /// read.
    async fn rotate_keys(&self, order: RotateKeys) -> KeeperResult<Vec<RotationFacts>>;

    /// Gives up a key that seals nothing any more, for ever.
    ///
    /// # Errors
    /// `conflict` while anything is sealed or wrapped with it, `not_found`.
    async fn retire_key(&self, order: RetireKey) -> KeeperResult<()>;

    /// Ends every grant of an organization where its provider answers, then destroys its data keys: nothing
    /// of it opens any more, in no later copy of the database.
    ///
    /// # Errors
    /// `store_unavailable`: then ask again; what was ended stays ended.
    async fn erase_organization(&self, organization: OrganizationId) -> KeeperResult<Erased>;

    /// Deletes what is older than it is kept, in small batches.
    ///
    /// # Errors
    /// `store_unavailable`: what was deleted stays deleted.
    async fn purge(&self, kept: KeptUntil) -> KeeperResult<Vec<Purged>>;

    /// How many rows of each kind the keeper holds of an organization.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn stored_rows(&self, organization: OrganizationId) -> KeeperResult<Vec<StoredRows>>;

    /// Where a connection stands in its budget for the hour that runs (P13).
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn budget(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<ConnectionBudget>;

    /// Lets a held connection go on: gives it the hour's budget once more, and writes down who decided it.
    ///
    /// # Errors
    /// `conflict` when it is not held, or somebody else let it go on at the same moment; `forbidden` when that
    /// happened as often as the configuration allows for a day.
    async fn release_budget(&self, release: ReleaseBudget) -> KeeperResult<ConnectionBudget>;

    /// Connections that came near the end of their budget or reached it, instance-wide. Each mark is given once,
    /// to one caller.
    ///
    /// # Errors
    /// `store_unavailable`.
    async fn take_budget_alerts(&self) -> KeeperResult<Vec<BudgetAlert>>;
}
