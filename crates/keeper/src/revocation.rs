//! Ending grants at a provider: when somebody disconnects, and when a new grant takes an old one's place.
//!
//! Must not know: why a grant ends.

use crate::{credential::Credential, egress::SendFailure, keeper::Inner, redact};
use gatelodge_keeper_client::{KeeperResult, Revocation};
use gatelodge_model::{ConnectionId, Error, OrganizationId};
use gatelodge_oauth::{Dialect, FormRequest, TokenError, TokenHint};
use std::sync::Arc;

impl Inner {
    /// Revokes, then deletes whatever came back (CRED-5).
    pub(crate) async fn revoke(
        self: &Arc<Self>,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Revocation> {
        let ending = self.end_grant(organization, connection);
        let revocation = match tokio::time::timeout(self.timeouts.revoke, ending).await {
            Ok(ended) => ended?,
            Err(_) => Revocation::Unconfirmed {
                reason: "The provider did not answer in time.".to_owned(),
            },
        };
        self.delete_credential(organization, connection).await?;
        Ok(revocation)
    }

    async fn end_grant(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<Revocation, Error> {
        let flight = self
            .slots
            .of(organization, connection)
            .state()
            .flight
            .clone();
        if let Some(flight) = flight {
            // A refresh under way changes the token that must be revoked. If it comes too late, it finds
            // its credential gone and ends the grant itself.
            drop(flight.await);
        }
        let Some(row) = self.row(organization, connection).await? else {
            return Ok(Revocation::NothingStored);
        };
        Ok(match self.unseal(&row).await {
            Ok(credential) => self.revoke_grant(&credential).await,
            Err(error) => Revocation::Unconfirmed {
                reason: format!("The stored credential does not open ({}).", error.code()),
            },
        })
    }

    /// Ends one grant at its provider. Revoking the refresh token ends all access tokens of the grant.
    pub(crate) async fn revoke_grant(&self, credential: &Credential) -> Revocation {
        let (token, hint) = match &credential.refresh_token {
            Some(token) => (token, TokenHint::Refresh),
            None => (&credential.access_token, TokenHint::Access),
        };
        let request = FormRequest::revoke(
            &credential.revoke_path,
            &credential.app.client(),
            Dialect::default(),
            token,
            hint,
        );
        let sent = self
            .post_form(&credential.login_base, &request, self.timeouts.revoke)
            .await;
        let reason = match sent {
            Ok(response) if response.is_success() => return Revocation::Revoked,
            Ok(response) => {
                let refusal = TokenError::parse(response.status, &response.body);
                // The token is dead already: that is what was wanted (RFC 7009 §2.2).
                if refusal.error == "invalid_token" {
                    return Revocation::Revoked;
                }
                let words = format!(
                    "The provider answered with HTTP {} {} {}",
                    refusal.status, refusal.error, refusal.description
                );
                redact::text(words.trim_end(), credential.secrets())
            }
            Err(SendFailure::Denied(error)) => error.message().to_owned(),
            Err(SendFailure::Unsent(_)) => "The provider could not be reached.".to_owned(),
            Err(SendFailure::Timeout) => "The provider did not answer in time.".to_owned(),
            Err(SendFailure::Broken(_) | SendFailure::TooLarge { .. }) => {
                "The provider's answer did not arrive.".to_owned()
            }
        };
        Revocation::Unconfirmed { reason }
    }

    /// Ends a grant that is not used any more, while nobody waits.
    pub(crate) fn revoke_in_background(self: &Arc<Self>, credential: Credential) {
        let inner = Arc::clone(self);
        self.tasks.spawn(async move {
            if let Revocation::Unconfirmed { reason } = inner.revoke_grant(&credential).await {
                tracing::warn!(provider = %credential.provider, %reason, "a replaced grant was not revoked");
            }
        });
    }
}
