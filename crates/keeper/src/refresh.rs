//! Refreshing a credential: a critical section per connection (design section 3, rule 7).
//!
//! In this process everybody who needs a fresh token waits for the same try (CRED-4); across processes the
//! store's intent with lease and fence lets one through. The intent is durable before anything is sent, and
//! the new tokens are committed as the first act after the answer. Must not know: what the token is for.

use crate::{
    credential::Credential,
    credentials::version_of,
    egress::SendFailure,
    failure,
    keeper::Inner,
    sealing::Place,
    slot::{Opened, Slot, Trouble},
    token_endpoint::{TokenOutcome, explain},
};
use futures::FutureExt;
use gatelodge_keeper_client::{KeeperFailure, KeeperResult};
use gatelodge_model::{AttentionReason, Error, ErrorKind, Secret, WhoMustAct};
use gatelodge_oauth::{Dialect, FormRequest, TokenAnswer, TokenErrorClass};
use gatelodge_store::keeper::{CredentialRow, RefreshIntent};
use std::{sync::Arc, time::Duration};

/// How many times one try may begin again: after somebody else's change, a broken answer, a provider that
/// is still busy with another request.
const ROUNDS: usize = 4;

/// Between two looks at a refresh that another keeper does.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What one round gave.
enum Round {
    /// A usable credential.
    Done(Arc<Opened>),
    /// The stored credential changed, or another round may help.
    Again,
    /// It did not work.
    Failed {
        failure: KeeperFailure,
        terminal: bool,
        ambiguous: bool,
    },
}

impl Inner {
    /// A credential that is newer than `stale`.
    pub(crate) async fn refreshed(
        self: &Arc<Self>,
        stale: &Arc<Opened>,
    ) -> KeeperResult<Arc<Opened>> {
        let slot = self.slots.of(stale.organization, stale.connection);
        let flight = {
            let mut state = slot.state();
            if let Some(opened) = &state.opened
                && opened.version != stale.version
            {
                return Ok(Arc::clone(opened));
            }
            if let Some(flight) = &state.flight {
                flight.clone()
            } else {
                // A task of its own: whoever asked may go away, the token that comes back may not.
                let task = self
                    .tasks
                    .spawn(Arc::clone(self).refresh_task(Arc::clone(&slot), Arc::clone(stale)));
                let flight = async move {
                    match task.await {
                        Ok(result) => result,
                        Err(cause) => Err(Error::internal(cause).into()),
                    }
                }
                .boxed()
                .shared();
                state.flight = Some(flight.clone());
                flight
            }
        };
        flight.await
    }

    async fn refresh_task(
        self: Arc<Self>,
        slot: Arc<Slot>,
        stale: Arc<Opened>,
    ) -> KeeperResult<Arc<Opened>> {
        let result = self.refresh(&slot, stale).await;
        let mut state = slot.state();
        state.flight = None;
        match &result {
            Ok(opened) => {
                state.opened = Some(Arc::clone(opened));
                state.trouble = None;
            }
            Err(failure) if failure.error.kind() == ErrorKind::NotConnected => state.opened = None,
            Err(_) => {}
        }
        result
    }

    async fn refresh(&self, slot: &Slot, stale: Arc<Opened>) -> KeeperResult<Arc<Opened>> {
        let mut repeated = false;
        for _ in 0..ROUNDS {
            let row = self.settled_row(&stale).await?;
            if version_of(&row) != stale.version {
                return self.open_row(&row).await;
            }
            let trouble = slot.state().trouble.clone();
            if let Some(trouble) = &trouble
                && trouble.forbids(stale.version, self.clock.now())
            {
                return Err(trouble.failure.clone());
            }
            // An intent that nobody ended, or an answer that got lost, may have used the token up.
            let doubtful = row.intent.is_some() || trouble.is_some_and(|known| known.ambiguous);
            match self.round(&stale, doubtful, &mut repeated).await? {
                Round::Done(opened) => return Ok(opened),
                Round::Again => {}
                Round::Failed {
                    failure,
                    terminal,
                    ambiguous,
                } => {
                    // Terminal only when nobody else brought a newer token meanwhile (RFC 6749 §5.2 says
                    // the same of a token that was just replaced).
                    let row = self.settled_row(&stale).await?;
                    if version_of(&row) != stale.version {
                        return self.open_row(&row).await;
                    }
                    let mut state = slot.state();
                    let now = self.clock.now();
                    let trouble = Trouble::after(
                        state.trouble.as_ref(),
                        stale.version,
                        failure.clone(),
                        terminal,
                        ambiguous,
                        now,
                    );
                    state.trouble = Some(trouble);
                    return Err(failure);
                }
            }
        }
        Err(busy_elsewhere(stale.provider_name()))
    }

    /// The stored row, once no other keeper holds a running lease on it.
    async fn settled_row(&self, stale: &Opened) -> KeeperResult<CredentialRow> {
        let settled = async {
            loop {
                let row = self
                    .row(stale.organization, stale.connection)
                    .await?
                    .ok_or_else(failure::not_connected)?;
                let leased = row
                    .intent
                    .is_some_and(|intent| intent.lease_until > self.clock.now());
                if !leased || version_of(&row) != stale.version {
                    return Ok(row);
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(self.timeouts.token, settled)
            .await
            .unwrap_or_else(|_| Err(busy_elsewhere(stale.provider_name())))
    }

    /// One try. `doubtful` says that the stored token may be used up; `repeated` that the one immediate
    /// repetition of this refresh was spent.
    async fn round(
        &self,
        stale: &Arc<Opened>,
        doubtful: bool,
        repeated: &mut bool,
    ) -> KeeperResult<Round> {
        let credential = &stale.credential;
        let Some(refresh_token) = &credential.refresh_token else {
            return Err(failure::session_ended(stale.provider_name()));
        };
        let request = FormRequest::refresh(
            &credential.token_path,
            &credential.app.client(),
            Dialect::default(),
            refresh_token,
            &credential.granted_scopes,
        );
        let Some(intent) = self.begin(stale).await? else {
            return Ok(Round::Again);
        };
        let outcome = self
            .ask_token_endpoint(&credential.login_base, &request)
            .await;
        match outcome {
            TokenOutcome::Granted(answer) => self.adopt(stale, intent, *answer).await,
            TokenOutcome::Refused(refusal) => {
                self.end(stale, intent).await;
                if refusal.class == TokenErrorClass::AlreadyInProgress && !*repeated {
                    *repeated = true;
                    tokio::time::sleep(LOOK_AGAIN).await;
                    return Ok(Round::Again);
                }
                let terminal = refusal.is_terminal();
                let mut failure = explain(stale.provider.as_ref(), &refusal, credential.secrets());
                if terminal && doubtful {
                    failure = lost_rotation(stale.provider_name(), &failure.error);
                }
                tracing::warn!(
                    connection = %stale.connection, status = refusal.status, terminal, doubtful,
                    "the provider refused to refresh a credential"
                );
                Ok(Round::Failed {
                    failure,
                    terminal,
                    ambiguous: false,
                })
            }
            TokenOutcome::NotSent(cause) => {
                self.end(stale, intent).await;
                Ok(Round::Failed {
                    failure: failure::read(stale.provider_name(), cause).into(),
                    terminal: false,
                    ambiguous: false,
                })
            }
            TokenOutcome::Lost(cause) => {
                self.end(stale, intent).await;
                // One more try with the stored token: nothing is left to lose by it (R2).
                if matches!(cause, SendFailure::Broken(_)) && !doubtful && !*repeated {
                    *repeated = true;
                    return Box::pin(self.round(stale, true, repeated)).await;
                }
                tracing::warn!(connection = %stale.connection, "the answer to a refresh got lost");
                Ok(Round::Failed {
                    failure: failure::read(stale.provider_name(), cause).into(),
                    terminal: false,
                    ambiguous: true,
                })
            }
        }
    }

    /// Makes the intent durable. `None` when the stored state changed meanwhile.
    async fn begin(&self, stale: &Opened) -> Result<Option<RefreshIntent>, Error> {
        let lease = chrono::TimeDelta::from_std(self.timeouts.token * 3).unwrap_or_default();
        Ok(self
            .store
            .credentials()
            .take_refresh_intent(
                stale.organization,
                stale.connection,
                stale.version.0,
                self.owner,
                self.clock.now() + lease,
            )
            .await?)
    }

    /// Ends an intent that gave nothing. If the store is away its lease ends by itself.
    async fn end(&self, stale: &Opened, intent: RefreshIntent) {
        let ended = self
            .store
            .credentials()
            .release_intent(stale.organization, stale.connection, intent)
            .await;
        if let Err(error) = ended {
            tracing::warn!(connection = %stale.connection, %error, "an intent was left open");
        }
    }

    /// Commits what came back, then looks at it.
    async fn adopt(
        &self,
        stale: &Arc<Opened>,
        intent: RefreshIntent,
        answer: TokenAnswer,
    ) -> KeeperResult<Round> {
        let old = &stale.credential;
        let facts = stale
            .provider
            .read_token_facts(&answer.facts, Some(&old.instance_url));
        let instance = facts.map(|facts| facts.instance_url);
        let accepted = instance
            .as_ref()
            .ok()
            .filter(|url| self.accepts(stale.provider.as_ref(), &old.login_base, url));
        let refused = accepted.is_none();
        let kept = accepted.unwrap_or(&old.instance_url).clone();
        let credential = old.renewed(answer, kept, self.clock.now());
        if !self.commit(stale, intent, &credential).await? {
            if self
                .row(stale.organization, stale.connection)
                .await?
                .is_none()
            {
                // Disconnected meanwhile: nobody would ever end this grant.
                self.end_surely(stale.organization, stale.connection, &credential)
                    .await;
            }
            return Ok(Round::Again);
        }
        let row = self
            .row(stale.organization, stale.connection)
            .await?
            .ok_or_else(failure::not_connected)?;
        let opened = self.open_row(&row).await?;
        if refused {
            let host = instance.map_or_else(
                |_| "no host".to_owned(),
                |url| url.host_str().unwrap_or_default().to_owned(),
            );
            self.slots
                .of(stale.organization, stale.connection)
                .state()
                .opened = Some(opened);
            return Err(failure::host_refused(stale.provider_name(), &host));
        }
        Ok(Round::Done(opened))
    }

    /// Writes the new tokens; keeps trying while the store is away, because they exist nowhere else.
    async fn commit(
        &self,
        stale: &Opened,
        intent: RefreshIntent,
        credential: &Credential,
    ) -> KeeperResult<bool> {
        let bytes = credential.to_bytes()?;
        let sealed = self
            .sealing
            .seal(
                Place::Credential,
                stale.organization,
                &stale.connection,
                intent.generation + 1,
                &bytes,
            )
            .await?;
        let mut pause = LOOK_AGAIN;
        loop {
            let committed = self
                .store
                .credentials()
                .commit_refreshed(
                    stale.organization,
                    stale.connection,
                    intent,
                    sealed.record.clone(),
                    &sealed.key_id,
                )
                .await;
            match committed {
                Ok(committed) => return Ok(committed),
                Err(error) if pause > self.timeouts.token => return Err(Error::from(error).into()),
                Err(error) => {
                    tracing::error!(connection = %stale.connection, %error, "new tokens wait for the database");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
            }
        }
    }
}

fn busy_elsewhere(name: &str) -> KeeperFailure {
    Error::new(
        ErrorKind::ProviderUnavailable,
        format!("The connection to {name} is being refreshed and is not ready yet."),
    )
    .with_hint(WhoMustAct::Nobody, "Try again in a minute.")
    .into()
}

/// The refresh token was used up by a request whose answer never arrived.
fn lost_rotation(name: &str, cause: &Error) -> KeeperFailure {
    let mut error = Error::new(
        ErrorKind::ReconnectNeeded,
        format!("A refresh of the connection to {name} was cut off, and its new token is lost."),
    )
    .with_hint(WhoMustAct::Person, format!("Reconnect {name}."));
    if let Some(detail) = cause.provider() {
        error = error.with_provider(detail.clone());
    }
    failure::attention(error, AttentionReason::LostRotation)
}

/// The value of the `Authorization` header (RFC 6750 §2.1).
pub(crate) fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}
