//! Ending a connection: revoked at the provider where it answers, gone here in any case (CRED-5).
//!
//! Must not know: how the provider is asked.

use crate::{Hub, Person, hub::event};
use gatelodge_keeper_client::Revocation;
use gatelodge_model::{
    AuditOutcome, Connection, ConnectionId, ConnectionStatus, OperationContext, Result,
};
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
        let ended = event(
            context,
            "connection.disconnected",
            connection.id,
            AuditOutcome::Success,
            detail,
        );
        unit.commit(vec![ended]).await?;
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
