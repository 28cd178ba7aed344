//! One try of a refresh: intent, request, and what its outcome means.
//!
//! Must not know: who waits for it.

use super::{
    Cause, LOOK_AGAIN,
    breaker::{Door, door},
    commit::Kept,
    figures,
};
use crate::{
    credential::Credential,
    egress::SendFailure,
    failure,
    keeper::Inner,
    sealing::Place,
    slot::Opened,
    spool::Fresh,
    token_endpoint::{TokenOutcome, explain},
};
use gatelodge_keeper_client::{KeeperFailure, KeeperResult};
use gatelodge_model::{ConnectionEventKind as Kind, Error, Timestamp};
use gatelodge_oauth::{Dialect, FormRequest, TokenAnswer, TokenErrorClass};
use gatelodge_store::keeper::{NewRecord, RefreshIntent};
use std::sync::Arc;
use tokio::time::Instant;

/// What one round gave.
pub(super) enum Round {
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
    /// One try. `over` is the fence of an intent whose holder is gone; `doubtful` says that the stored token may
    /// be used up; `repeated` that the one immediate repetition of this refresh was spent.
    pub(super) async fn round(
        self: &Arc<Self>,
        stale: &Arc<Opened>,
        cause: Cause,
        over: Option<i64>,
        doubtful: bool,
        failures: u32,
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
        let door = door(&credential.login_base, &credential.app.client_id);
        if let Err(until) = self.breakers.admit(&door, self.clock.now()) {
            return Err(self.held_back(stale, until).await);
        }
        // Whatever the commit will need is at hand before anything is sent.
        self.sealing
            .prepare(Place::Credential, stale.organization)
            .await?;
        let Some(intent) = self.begin(stale, over).await? else {
            return Ok(Round::Again);
        };
        let begun = Instant::now();
        if doubtful {
            self.note(stale, Kind::Retried, None);
        }
        let mut doubtful = doubtful;
        loop {
            // A process that stood still meanwhile must not spend a token that others may have taken over (R4).
            if begun.elapsed() > self.timeouts.token {
                self.end(stale, intent, self.retry_at(failures)).await;
                return Ok(Round::Again);
            }
            let outcome = self
                .ask_token_endpoint(&credential.login_base, &request)
                .await;
            self.weigh(stale, &door, &outcome);
            return match outcome {
                TokenOutcome::Granted { answer, answered } => {
                    self.adopt(stale, cause, intent, *answer, answered).await
                }
                TokenOutcome::Refused {
                    refusal,
                    request_id,
                } => {
                    if refusal.class == TokenErrorClass::AlreadyInProgress && !*repeated {
                        *repeated = true;
                        self.end(stale, intent, self.retry_at(failures)).await;
                        tokio::time::sleep(LOOK_AGAIN).await;
                        return Ok(Round::Again);
                    }
                    let failure = explain(stale.provider.as_ref(), &refusal, credential.secrets());
                    self.refused(
                        stale, intent, &refusal, request_id, failure, doubtful, failures,
                    )
                    .await
                }
                TokenOutcome::NotSent(cause) => {
                    self.end(stale, intent, self.retry_at(failures)).await;
                    Ok(self.failed(stale, cause, false))
                }
                TokenOutcome::Lost(cause) => {
                    // One more try with the stored token, under the same intent: nothing is left to lose by it (R2).
                    if matches!(cause, SendFailure::Broken(_)) && !doubtful && !*repeated {
                        *repeated = true;
                        doubtful = true;
                        self.note(stale, Kind::Retried, None);
                        continue;
                    }
                    self.end(stale, intent, self.retry_at(failures)).await;
                    tracing::warn!(connection = %stale.connection, "the answer to a refresh got lost");
                    Ok(self.failed(stale, cause, true))
                }
            };
        }
    }

    /// Makes the intent durable. `None` when the stored state changed meanwhile.
    async fn begin(
        &self,
        stale: &Opened,
        over: Option<i64>,
    ) -> Result<Option<RefreshIntent>, Error> {
        let lease = chrono::TimeDelta::from_std(self.timeouts.lease()).unwrap_or_default();
        Ok(self
            .store
            .credentials()
            .take_refresh_intent(
                stale.organization,
                stale.connection,
                stale.version.0,
                self.place.id,
                self.clock.now() + lease,
                over,
            )
            .await?)
    }

    /// Ends an intent that gave nothing. If the store is away it stays open, and its owner takes it up again.
    pub(super) async fn end(&self, stale: &Opened, intent: RefreshIntent, next: Timestamp) {
        let ended = self
            .store
            .credentials()
            .release_intent(
                stale.organization,
                stale.connection,
                intent,
                None,
                Some(next),
            )
            .await;
        if let Err(error) = ended {
            tracing::warn!(connection = %stale.connection, %error, "an intent was left open");
        }
    }

    /// Tells the breaker how the token endpoint does.
    fn weigh(&self, stale: &Opened, door: &Door, outcome: &TokenOutcome) {
        figures::asked(outcome);
        let failed = match outcome {
            TokenOutcome::Granted { .. } => false,
            TokenOutcome::Refused { refusal, .. } => refusal.class == TokenErrorClass::RetryLater,
            TokenOutcome::NotSent(SendFailure::Denied(_)) => return,
            TokenOutcome::NotSent(_) | TokenOutcome::Lost(_) => true,
        };
        let now = self.clock.now();
        if self.breakers.note(door, failed, now, self.random.as_ref()) {
            tracing::warn!(
                provider = stale.provider_name(),
                "the token endpoint is in trouble; nothing is sent there for a while"
            );
        }
    }

    /// Makes durable what came back, then looks at it.
    async fn adopt(
        self: &Arc<Self>,
        stale: &Arc<Opened>,
        cause: Cause,
        intent: RefreshIntent,
        answer: TokenAnswer,
        answered: Instant,
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
        let now = self.clock.now();
        let credential = old.renewed(answer, kept, now);
        let new = self.new_record(stale, intent, &credential, now).await?;
        let version = (intent.generation + 1, now);
        let fresh = Fresh {
            organization: stale.organization,
            connection: stale.connection,
            intent,
            new,
        };
        match self.keep(fresh, answered).await {
            Kept::Stored => {}
            Kept::Waiting => return Err(failure::ending().into()),
            Kept::Outdated => {
                if self.is_given_away(stale, &credential).await? {
                    self.end_surely(stale.organization, stale.connection, &credential)
                        .await;
                }
                return Ok(Round::Again);
            }
        }
        let moved = credential.instance_url != old.instance_url;
        let opened = self.opened(
            stale.organization,
            stale.connection,
            version,
            Some(answered),
            credential,
            Arc::clone(&stale.provider),
        )?;
        self.renewed(stale, &opened, cause, moved);
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

    /// Whether the connection has no grant any more, or another one: nobody else would ever end this one.
    async fn is_given_away(&self, stale: &Opened, credential: &Credential) -> Result<bool, Error> {
        let Some(row) = self.row(stale.organization, stale.connection).await? else {
            return Ok(true);
        };
        let stored = self.unseal(&row).await;
        Ok(stored.is_ok_and(|stored| stored.grant.is_some() && stored.grant != credential.grant))
    }

    async fn new_record(
        &self,
        stale: &Opened,
        intent: RefreshIntent,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<NewRecord, Error> {
        let profile = &stale.provider.manifest().refresh;
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
        Ok(NewRecord {
            record: sealed.record,
            key_id: sealed.key_id,
            provider: credential.provider.clone(),
            at: now,
            next_refresh_at: super::after_success(credential, profile, self.random.as_ref()),
        })
    }
}
