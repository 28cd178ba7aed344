//! Refreshing a credential: a critical section per connection (design section 3, rule 7).
//!
//! In this process everybody who needs a fresh token waits for the same try (CRED-4); across processes the
//! store's intent with its fence lets one through. The intent is durable before anything is sent, and
//! the new tokens are made durable as the first act after the answer. Must not know: what the token is for.

mod breaker;
mod commit;
mod figures;
mod outcome;
mod resume;
mod round;
mod schedule;
mod sweep;

pub(crate) use breaker::Breakers;
pub(crate) use figures::Figures;
pub use figures::RefreshFigures;
pub(crate) use resume::{Gone, waiting};
pub(crate) use schedule::after_success;

use crate::{
    credentials::version_of,
    failure,
    keeper::Inner,
    slot::{Opened, Slot, Trouble},
};
use futures::FutureExt;
use gatelodge_keeper_client::{KeeperFailure, KeeperResult};
use gatelodge_model::{Error, ErrorKind, Secret, WhoMustAct};
use gatelodge_store::keeper::{CredentialRow, OpenIntent};
use round::Round;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How many times one try may begin again: after somebody else's change, a broken answer, a provider that
/// is still busy with another request.
const ROUNDS: usize = 4;

/// Between two looks at a refresh that another keeper does.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Why a credential is refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody needs it.
    Asked,
    /// Its time came.
    Due,
    /// A refresh was begun and not ended.
    Resumed,
}

/// A stored row that may be refreshed now.
struct Settled {
    row: CredentialRow,
    /// The fence of an open intent whose holder is gone.
    over: Option<i64>,
}

impl Inner {
    /// A credential that is newer than `stale`.
    pub(crate) async fn refreshed(
        self: &Arc<Self>,
        stale: &Arc<Opened>,
        cause: Cause,
    ) -> KeeperResult<Arc<Opened>> {
        let slot = self.slots.of(stale.organization, stale.connection);
        let flight = {
            let mut state = slot.state();
            // Who asks has what this memory had; whose time came was read from the row, and memory may be older.
            if let Some(opened) = &state.opened
                && opened.version != stale.version
                && (cause == Cause::Asked || opened.version.0 > stale.version.0)
            {
                return Ok(Arc::clone(opened));
            }
            if let Some(flight) = &state.flight {
                flight.clone()
            } else {
                // A task of its own: whoever asked may go away, the token that comes back may not.
                let task = self.tasks.spawn(Arc::clone(self).refresh_task(
                    Arc::clone(&slot),
                    Arc::clone(stale),
                    cause,
                ));
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
        // Tokens that wait for the database hold a flight for as long as it is away; a caller waits less.
        tokio::time::timeout(self.timeouts.token * 3, flight)
            .await
            .unwrap_or_else(|_| Err(busy_elsewhere(stale.provider_name())))
    }

    async fn refresh_task(
        self: Arc<Self>,
        slot: Arc<Slot>,
        stale: Arc<Opened>,
        cause: Cause,
    ) -> KeeperResult<Arc<Opened>> {
        let result = self.refresh(&slot, stale, cause).await;
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

    async fn refresh(
        self: &Arc<Self>,
        slot: &Slot,
        stale: Arc<Opened>,
        cause: Cause,
    ) -> KeeperResult<Arc<Opened>> {
        let mut repeated = false;
        for _ in 0..ROUNDS {
            let Settled { row, over } = self.settled_row(slot, &stale).await?;
            if version_of(&row) != stale.version {
                return self.open_row(&row).await;
            }
            let trouble = slot.state().trouble.clone();
            if let Some(trouble) = &trouble
                && trouble.forbids(stale.version, self.clock.now())
            {
                return Err(trouble.failure.clone());
            }
            if let Some(reason) = row.ended {
                return Err(failure::grant_is_over(stale.provider_name(), reason));
            }
            // An intent that nobody ended, or an answer that got lost, may have used the token up.
            let doubtful = row.intent.is_some() || trouble.is_some_and(|known| known.ambiguous);
            let failures = failures_before(slot, &stale);
            match self
                .round(&stale, cause, over, doubtful, failures, &mut repeated)
                .await?
            {
                Round::Done(opened) => return Ok(opened),
                Round::Again => {}
                Round::Failed {
                    failure,
                    terminal,
                    ambiguous,
                } => {
                    // Terminal only when nobody else brought a newer token meanwhile (RFC 6749 §5.2 says
                    // the same of a token that was just replaced).
                    let row = self.settled_row(slot, &stale).await?.row;
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

    /// The stored row, once no other keeper refreshes it.
    async fn settled_row(&self, slot: &Slot, stale: &Opened) -> KeeperResult<Settled> {
        let settled = async {
            loop {
                let row = self
                    .row(stale.organization, stale.connection)
                    .await?
                    .ok_or_else(failure::not_connected)?;
                let Some(intent) = row.intent.filter(|_| version_of(&row) == stale.version) else {
                    slot.state().watched = None;
                    return Ok(Settled { row, over: None });
                };
                if self.is_over(slot, row.fence, intent) {
                    let over = Some(row.fence);
                    return Ok(Settled { row, over });
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        tokio::time::timeout(self.timeouts.token, settled)
            .await
            .unwrap_or_else(|_| Err(busy_elsewhere(stale.provider_name())))
    }

    /// Whether the holder of an intent is gone: known from this host's places, or because the same intent was
    /// watched for the length of a lease. The time is this process's own, so that no clock that jumps matters (R5).
    fn is_over(&self, slot: &Slot, fence: i64, intent: OpenIntent) -> bool {
        // An intent of this keeper that no flight holds is one of its earlier life, or one that it could not end.
        if intent.owner == self.place.id || self.gone.knows(intent.owner) {
            return true;
        }
        let mut state = slot.state();
        match state.watched {
            Some((seen, since)) if seen == fence => since.elapsed() >= self.timeouts.lease(),
            _ => {
                state.watched = Some((fence, Instant::now()));
                false
            }
        }
    }
}

fn failures_before(slot: &Slot, stale: &Opened) -> u32 {
    let state = slot.state();
    let trouble = state.trouble.as_ref();
    trouble
        .filter(|known| known.version == stale.version)
        .map_or(0, Trouble::count)
}

fn busy_elsewhere(name: &str) -> KeeperFailure {
    Error::new(
        ErrorKind::ProviderUnavailable,
        format!("The connection to {name} is being refreshed and is not ready yet."),
    )
    .with_hint(WhoMustAct::Nobody, "Try again in a minute.")
    .into()
}

/// The value of the `Authorization` header (RFC 6750 §2.1).
pub(crate) fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}
