//! The table of the keeper's methods: one line each, from which both ends of the socket are made.
//!
//! A line says the method's name and arguments, what it gives, how that travels (`as`, where it is not the same
//! type), and what is true when the answer got lost on the way. Must not know: what carries a packet.

use super::{Answer, Packet, Raw, pack, pack_result, unpack};
use crate::{
    AcceptApproval, AppCheck, ApprovalTerms, Authorized, BeginAuthorization, BeginCeremony,
    BudgetAlert, Ceremony, CeremonyProgress, CheckOAuthApp, CompleteAuthorization,
    ConnectionBudget, ContinueCeremony, DeliverMail, DeliverWebhook, Download, EndedGrant, Erased,
    IfLost, Keeper, KeeperResult, KeptUntil, KeyInventory, PasskeyHolder, PasskeyRing,
    PendingRevocation, ProbeOutcome, Purged, ReleaseBudget, RemoteKeeper, RetireKey, Revocation,
    RotateKeys, RotationFacts, SaveOAuthApp, SaveWebhook, SealRequest, SealState, SendRead,
    SendWrite, StoredRows, Transport, Unlock, Viewer, WebhookAnswer,
};
use async_trait::async_trait;
use gatelodge_model::{
    AuthorizationFlowId, ConnectionId, Digest, OAuthAppId, OrganizationId, SealedId, WebhookId,
};
use gatelodge_provider::ProviderResponse;
use url::Url;

/// A method as the socket knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Its name, the last part of its path.
    pub name: &'static str,
    /// What is true when its answer got lost.
    pub if_lost: IfLost,
}

macro_rules! methods {
    ($( $name:ident ( $($argument:ident : $type:ty),* ) -> $gives:ty as $travels:ty, $if_lost:ident; )*) => {
        /// Every method, in the order of the table.
        pub const METHODS: &[Method] = &[
            $( Method { name: stringify!($name), if_lost: IfLost::$if_lost }, )*
        ];

        /// The arguments of each method by name, as they travel.
        pub(crate) mod call {
            use super::*;
            $(
                #[derive(serde::Serialize, serde::Deserialize)]
                #[serde(deny_unknown_fields)]
                #[expect(non_camel_case_types, reason = "named like its method")]
                pub(crate) struct $name { $( pub(crate) $argument: $type, )* }
            )*
        }

        #[async_trait]
        impl<T: Transport> Keeper for RemoteKeeper<T> {
            async fn download(&self, call: SendRead) -> KeeperResult<Download> {
                self.ask_for_download(call).await
            }

            $(
                async fn $name(&self, $($argument: $type),*) -> KeeperResult<$gives> {
                    const METHOD: Method =
                        Method { name: stringify!($name), if_lost: IfLost::$if_lost };
                    let packet = pack(&call::$name { $($argument),* })?;
                    let travelled: $travels = self.ask(METHOD, packet).await?;
                    Ok(travelled.into())
                }
            )*
        }

        /// Does what a packet asks for. `None`: there is no such method. `Err` holds a packed failure.
        pub async fn dispatch(
            keeper: &dyn Keeper,
            method: &str,
            packet: Packet,
        ) -> Option<Result<Packet, Packet>> {
            match method {
                $(
                    stringify!($name) => {
                        let call::$name { $($argument),* } = match unpack(packet) {
                            Ok(call) => call,
                            Err(error) => return Some(pack_result::<()>(Err(error.into()))),
                        };
                        let result = keeper.$name($($argument),*).await;
                        Some(pack_result(result.map(<$travels>::from)))
                    }
                )*
                _ => None,
            }
        }
    };
}

methods! {
    read(call: SendRead) -> ProviderResponse as Answer, Unavailable;
    write(call: SendWrite) -> ProviderResponse as Answer, UnknownOutcome;
    begin_authorization(begin: BeginAuthorization) -> Url as Url, AskAgain;
    complete_authorization(complete: CompleteAuthorization) -> Authorized as Authorized, Unavailable;
    abandon_authorization(organization: OrganizationId, flow: AuthorizationFlowId) -> () as (), AskAgain;
    revoke(organization: OrganizationId, connection: ConnectionId) -> Revocation as Revocation, AskAgain;
    probe(organization: OrganizationId, connection: ConnectionId) -> ProbeOutcome as ProbeOutcome, AskAgain;
    pending_revocations(organization: OrganizationId) -> Vec<PendingRevocation> as Vec<PendingRevocation>, AskAgain;
    end_due_grants() -> Vec<EndedGrant> as Vec<EndedGrant>, AskAgain;
    end_grants_now(organization: OrganizationId, connection: ConnectionId) -> Vec<EndedGrant> as Vec<EndedGrant>, AskAgain;
    save_oauth_app(app: SaveOAuthApp) -> Option<String> as Option<String>, AskAgain;
    check_oauth_app(check: CheckOAuthApp) -> AppCheck as AppCheck, AskAgain;
    delete_oauth_app(organization: OrganizationId, app: OAuthAppId) -> () as (), AskAgain;
    figures() -> String as String, AskAgain;
    seal(request: SealRequest) -> SealedId as SealedId, AskAgain;
    open(organization: OrganizationId, sealed: SealedId, viewer: Viewer) -> Vec<u8> as Raw, AskAgain;
    save_webhook(webhook: SaveWebhook) -> String as String, AskAgain;
    delete_webhook(organization: OrganizationId, webhook: WebhookId) -> () as (), AskAgain;
    deliver_webhook(message: DeliverWebhook) -> WebhookAnswer as WebhookAnswer, Unavailable;
    deliver_mail(message: DeliverMail) -> () as (), Unavailable;
    approval_terms(holder: PasskeyHolder, digest: Digest) -> ApprovalTerms as ApprovalTerms, AskAgain;
    accept_approval(accept: AcceptApproval) -> Option<Vec<u8>> as Option<Vec<u8>>, Unavailable;
    passkeys(holder: PasskeyHolder) -> PasskeyRing as PasskeyRing, AskAgain;
    begin_ceremony(begin: BeginCeremony) -> Ceremony as Ceremony, AskAgain;
    continue_ceremony(step: ContinueCeremony) -> CeremonyProgress as CeremonyProgress, Unavailable;
    seal_state() -> SealState as SealState, AskAgain;
    unlock(unlock: Unlock) -> SealState as SealState, AskAgain;
    key_inventory(organization: Option<OrganizationId>) -> KeyInventory as KeyInventory, AskAgain;
    rotate_keys(order: RotateKeys) -> Vec<RotationFacts> as Vec<RotationFacts>, Unavailable;
    retire_key(order: RetireKey) -> () as (), Unavailable;
    erase_organization(organization: OrganizationId) -> Erased as Erased, AskAgain;
    purge(kept: KeptUntil) -> Vec<Purged> as Vec<Purged>, AskAgain;
    stored_rows(organization: OrganizationId) -> Vec<StoredRows> as Vec<StoredRows>, AskAgain;
    budget(organization: OrganizationId, connection: ConnectionId) -> ConnectionBudget as ConnectionBudget, AskAgain;
    release_budget(release: ReleaseBudget) -> ConnectionBudget as ConnectionBudget, AskAgain;
    take_budget_alerts() -> Vec<BudgetAlert> as Vec<BudgetAlert>, AskAgain;
}
