//! Ending grants at a provider: when somebody disconnects, and when a new grant takes an old one's place.
//!
//! Must not know: why a grant ends.

use crate::{
    credential::Credential, egress::SendFailure, keeper::Inner, redact, timeline::Happened,
};
use gatelodge_keeper_client::{KeeperResult, Revocation};
use gatelodge_model::{
    ConnectionEventDetail, ConnectionEventKind, ConnectionId, Error, ErrorKind, OrganizationId,
};
use gatelodge_oauth::{Dialect, FormRequest, Introspection, TokenError, TokenHint};
use std::sync::Arc;

/// How often a concurrent change is met before giving up.
const ATTEMPTS: usize = 5;

impl Inner {
    /// The credential is gone first, then the provider is asked (CRED-5, O17). A restored copy ends nothing: the
    /// grant is the original's.
    pub(crate) async fn revoke(
        self: &Arc<Self>,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Revocation> {
        self.quarantine.pass().await?;
        for _ in 0..ATTEMPTS {
            self.settled(organization, connection).await;
            let Some(row) = self.row(organization, connection).await? else {
                return Ok(Revocation::NothingStored);
            };
            let credential = match self.unseal(&row).await {
                Ok(credential) => credential,
                Err(error) if error.kind() == ErrorKind::Integrity => {
                    self.delete_credential(organization, connection).await?;
                    let reason = format!("The stored credential does not open ({}).", error.code());
                    let revocation = Revocation::Unconfirmed { reason };
                    self.disconnected(organization, connection, &revocation);
                    return Ok(revocation);
                }
                Err(error) => return Err(error.into()),
            };
            let pending = self
                .pending_row(organization, connection, &credential)
                .await?;
            let taken = self
                .store
                .pending_revocations()
                .take_over(pending.clone(), row.generation)
                .await
                .map_err(Error::from)?;
            if taken {
                self.slots.of(organization, connection).forget();
                let revocation = self.try_to_end(&pending, &credential).await;
                self.disconnected(organization, connection, &revocation);
                return Ok(revocation);
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "The credential is being changed by somebody else at the same time.",
        )
        .into())
    }

    fn disconnected(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        revocation: &Revocation,
    ) {
        self.timeline.add(Happened {
            organization,
            connection,
            kind: ConnectionEventKind::Disconnected,
            detail: ConnectionEventDetail {
                message: match revocation {
                    Revocation::Unconfirmed { reason } => Some(reason.clone()),
                    _ => None,
                },
                ..ConnectionEventDetail::default()
            },
        });
    }

    /// A refresh under way changes the token that must be revoked; it is waited for, though not for ever. If it
    /// comes too late, it finds its credential gone and ends the grant itself.
    async fn settled(&self, organization: OrganizationId, connection: ConnectionId) {
        let flight = self
            .slots
            .of(organization, connection)
            .state()
            .flight
            .clone();
        if let Some(flight) = flight {
            drop(tokio::time::timeout(self.timeouts.revoke, flight).await);
        }
    }

    /// Ends one grant at its provider; why that is not certain otherwise. Revoking the refresh token ends all access tokens of the grant.
    pub(crate) async fn revoke_grant(&self, credential: &Credential) -> Result<(), String> {
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
            Ok(response) if response.is_success() => return Ok(()),
            Ok(response) => {
                let refusal = TokenError::parse(response.status, &response.body);
                // The token is dead already: that is what was wanted (RFC 7009 §2.2).
                if refusal.error == "invalid_token" || self.is_dead(credential).await {
                    return Ok(());
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
            Err(
                SendFailure::Broken(_) | SendFailure::TooLarge { .. } | SendFailure::HeadTooLarge,
            ) => "The provider's answer did not arrive.".to_owned(),
        };
        Err(reason)
    }

    /// Whether the provider itself says that a grant is gone (RFC 7662): some refuse to revoke what they do not
    /// know any more.
    async fn is_dead(&self, credential: &Credential) -> bool {
        let Ok(provider) = self.provider(&credential.provider) else {
            return false;
        };
        let (Some(path), Some(token)) = (
            &provider.manifest().auth.introspect_path,
            &credential.refresh_token,
        ) else {
            return false;
        };
        let request = FormRequest::introspect(
            path,
            &credential.app.client(),
            Dialect::default(),
            token,
            TokenHint::Refresh,
        );
        let answer = self
            .post_form(&credential.login_base, &request, self.timeouts.revoke)
            .await;
        answer.is_ok_and(|response| {
            response.is_success()
                && Introspection::parse(&response.body).is_ok_and(|answer| !answer.active)
        })
    }
}
