//! Ending a connection: revoked at the provider where it answers, gone here in any case (CRED-5).
//!
//! Must not know: how the provider is asked.

use crate::{Hub, Person, hub::event};
use gatelodge_keeper_client::Revocation;
use gatelodge_model::{AuditOutcome, Connection, ConnectionId, ConnectionStatus, Result};
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
        let before = self.connection(person, id).await?;
        let revocation = self.keeper.revoke(before.organization, id).await?;
        let mut connection = self.connection(person, id).await?;
        connection.status = ConnectionStatus::Disconnected;
        connection.status_changed_at = self.now();
        let unconfirmed = match &revocation {
            Revocation::Revoked | Revocation::NothingStored => None,
            Revocation::Unconfirmed { reason } => Some(self.by_hand(&connection, reason)),
        };
        let detail = json!({
            "provider": connection.provider,
            "revoked_at_provider": matches!(revocation, Revocation::Revoked),
        });
        let unit = self.store.begin(connection.organization).await?;
        let connection = unit.connections().update(&connection).await?;
        let ended = event(
            &person.context,
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

    fn by_hand(&self, connection: &Connection, reason: &str) -> String {
        let place = self
            .catalogue
            .provider(&connection.provider)
            .and_then(|provider| {
                provider
                    .manifest()
                    .review
                    .iter()
                    .find(|link| link.audience == "person")
                    .cloned()
            })
            .map_or_else(String::new, |link| {
                format!(" Revoke it there by hand: {}", link.path)
            });
        format!(
            "The credential is deleted here, but the provider did not confirm the revocation ({reason}).{place}"
        )
    }
}
