//! Ending a connection: revoked at the provider where it answers, gone here in any case (CRED-5).
//!
//! Must not know: how the provider is asked.

use crate::{Hub, Person, hub::event, telling::words};
use gatelodge_keeper_client::Revocation;
use gatelodge_model::{
    AuditOutcome, Connection, ConnectionId, ConnectionStatus, OperationContext, ProviderDetail,
    ReasonCode, Result, Trouble,
};
use gatelodge_store::Unit;
use serde_json::json;

/// An ended connection.
#[derive(Debug, Clone)]
pub struct Disconnected {
    /// The connection.
    pub connection: Connection,
    /// Set when the provider did not confirm: why, and where to revoke by hand.
    pub unconfirmed: Option<String>,
}

impl Hub {
    /// Revokes at the provider and deletes the credential.
    ///
    /// # Errors
    /// `not_found` when it is not the person's, `store_unavailable`.
    pub async fn disconnect(&self, person: &Person, id: ConnectionId) -> Result<Disconnected> {
        let connection = self.connection(person, id).await?;
        self.end_connection(&person.context, connection).await
    }

    /// Ends a connection, whoever asks for it.
    pub(crate) async fn end_connection(
        &self,
        context: &OperationContext,
        before: Connection,
    ) -> Result<Disconnected> {
        let revocation = self.keeper.revoke(before.organization, before.id).await?;
        let mut connection = self
            .store
            .connections()
            .find(before.organization, before.id)
            .await?
            .unwrap_or(before);
        connection.status = ConnectionStatus::Disconnected;
        connection.status_changed_at = self.now();
        let unconfirmed = self.what_is_open(&connection, &revocation);
        let detail = json!({
            "provider": connection.provider,
            "revoked_at_provider": matches!(revocation, Revocation::Revoked),
            "revocation_pending": matches!(revocation, Revocation::Pending { .. }),
        });
        let unit = self.store.begin(connection.organization).await?;
        let connection = unit.connections().update(&connection).await?;
        let forgotten = self
            .forget_own_values(&unit, connection.organization, connection.oauth_app)
            .await?;
        unit.probes()
            .cancel(connection.organization, connection.id)
            .await?;
        match &revocation {
            Revocation::Unconfirmed { reason } => {
                self.note_unconfirmed(&unit, &connection, reason).await?;
            }
            // What is pending the keeper goes on asking for.
            Revocation::Revoked | Revocation::NothingStored | Revocation::Pending { .. } => {
                unit.troubles().clear(connection.id).await?;
            }
        }
        let ended = event(
            context,
            "connection.disconnected",
            connection.id,
            AuditOutcome::Success,
            detail,
        );
        unit.commit(vec![ended]).await?;
        self.forget_sealed_values(connection.organization, forgotten)
            .await?;
        self.recent_connections.forget();
        Ok(Disconnected {
            connection,
            unconfirmed,
        })
    }

    fn what_is_open(&self, connection: &Connection, revocation: &Revocation) -> Option<String> {
        let place = || self.place_to_revoke(&connection.provider);
        match revocation {
            Revocation::Revoked | Revocation::NothingStored => None,
            Revocation::Pending { reason, until } => Some(format!(
                "Revocation pending: the credential cannot be used here any more, but the provider has not confirmed yet ({reason}). Gatelodge asks again until {}.{}",
                until.format("%Y-%m-%d %H:%M UTC"),
                place(),
            )),
            Revocation::Unconfirmed { reason } => Some(format!(
                "The credential is deleted here, but the provider did not confirm the revocation ({reason}).{}",
                place(),
            )),
        }
    }

    /// Access may still be listed at the provider: its owner is told where it can be ended (O17).
    pub(super) async fn note_unconfirmed(
        &self,
        unit: &Unit,
        connection: &Connection,
        reason: &str,
    ) -> Result<()> {
        let now = self.now();
        let trouble = Trouble {
            organization: connection.organization,
            connection: connection.id,
            reason: ReasonCode::RevocationUnconfirmed,
            since: now,
            seen_at: now,
            host: connection.host.clone(),
            evidence: Some(ProviderDetail {
                provider: connection.provider.clone(),
                status: 0,
                code: "unconfirmed".to_owned(),
                message: reason.to_owned(),
                fields: Vec::new(),
                request_id: None,
            }),
        };
        unit.troubles().record(&trouble).await?;
        self.tell_unconfirmed(unit, connection, reason).await
    }

    /// Tells the owner that a grant may still be listed at the provider.
    pub(super) async fn tell_unconfirmed(
        &self,
        unit: &Unit,
        connection: &Connection,
        reason: &str,
    ) -> Result<()> {
        tracing::warn!(connection = %connection.id, %reason, "the provider did not confirm a revocation");
        let notice = words::revocation_unconfirmed(
            connection,
            self.provider_name(&connection.provider),
            &self.place_to_revoke(&connection.provider),
            self.now(),
        );
        self.tell(unit, &notice).await?;
        Ok(())
    }

    /// Where a person ends a grant by hand.
    pub(crate) fn place_to_revoke(&self, provider: &str) -> String {
        self.catalogue
            .provider(provider)
            .and_then(|provider| {
                provider
                    .manifest()
                    .review
                    .iter()
                    .find(|link| link.audience == "person")
                    .cloned()
            })
            .map_or_else(String::new, |link| {
                format!(" To revoke it there by hand: {}", link.path)
            })
    }
}
