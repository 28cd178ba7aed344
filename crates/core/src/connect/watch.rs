//! Looking at connections that nobody uses, so that a revocation at the provider shows within a quarter of an hour
//! (CON-13a), and looking again when a person asks whether it works now.
//!
//! The background look uses the access token only. Only a person who waits on the page of a connection whose grant
//! still lives causes a real use, which may refresh, at most every [`BETWEEN_CHECKS`] (O15). Must not know: how a
//! provider is looked at.

use super::doctor::Diagnosis;
use crate::{Hub, Person};
use futures::{StreamExt as _, stream};
use gatelodge_keeper_client::{KeeperFailure, ProbeOutcome, SendRead};
use gatelodge_model::{
    Connection, ConnectionId, ConnectionStatus, GrantState, OperationContext, OrganizationId,
    ReasonCode, Result, Timestamp,
};
use gatelodge_provider::ReadRequest;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Between two looks at one connection, a fifth more or less: the longest is 12 minutes.
const BETWEEN_LOOKS: Duration = Duration::from_mins(10);

/// Looks in one statement, and looks at the same time.
const BATCH: u64 = 100;
const AT_ONCE: usize = 8;

/// Between two uses that a person's page causes.
const BETWEEN_CHECKS: chrono::TimeDelta = chrono::TimeDelta::seconds(15);

/// Between two notes of when a connection was used.
const BETWEEN_NOTES: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// Uses remembered at most; forgetting one costs a look.
const MOST_USES: usize = 100_000;

/// What this process knows of its connections; another one looks for itself.
#[derive(Default)]
pub(crate) struct Watch(Mutex<Known>);

#[derive(Default)]
struct Known {
    used: HashMap<ConnectionId, Timestamp>,
    noted: HashMap<ConnectionId, Timestamp>,
    troubled: HashSet<ConnectionId>,
    checked: HashMap<ConnectionId, Timestamp>,
}

impl Watch {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call through the connection succeeded; whether something was thought wrong with it.
    pub(crate) fn used(&self, connection: ConnectionId, at: Timestamp) -> bool {
        let mut known = self.known();
        if known.used.len() >= MOST_USES {
            known.used.clear();
        }
        known.used.insert(connection, at);
        known.troubled.contains(&connection)
    }

    /// Whether a use must be noted in the database; then the next one waits.
    fn must_note(&self, connection: ConnectionId, at: Timestamp) -> bool {
        let mut known = self.known();
        if known.noted.len() >= MOST_USES {
            known.noted.clear();
        }
        let before = known.noted.get(&connection);
        let must = before.is_none_or(|noted| at - *noted >= BETWEEN_NOTES || at < *noted);
        if must {
            known.noted.insert(connection, at);
        }
        must
    }

    pub(crate) fn troubled(&self, connection: ConnectionId) {
        self.known().troubled.insert(connection);
    }

    pub(crate) fn well(&self, connection: ConnectionId) {
        let mut known = self.known();
        known.troubled.remove(&connection);
        known.checked.remove(&connection);
    }

    fn used_since(&self, connection: ConnectionId, since: Timestamp) -> bool {
        self.known()
            .used
            .get(&connection)
            .is_some_and(|at| *at >= since)
    }

    /// Whether a check may begin now; then the next one waits.
    fn may_check(&self, connection: ConnectionId, now: Timestamp) -> bool {
        let mut known = self.known();
        let before = known.checked.get(&connection);
        let free = before.is_none_or(|at| now - *at >= BETWEEN_CHECKS || now < *at);
        if free {
            known.checked.retain(|_, at| now - *at < BETWEEN_CHECKS);
            known.checked.insert(connection, now);
        }
        free
    }
}

/// A connection, looked at again.
#[derive(Debug, Clone)]
pub struct Checked {
    /// As it is now.
    pub connection: Connection,
    /// What is wrong with it, if something is.
    pub diagnosis: Option<Diagnosis>,
}

impl Hub {
    /// The next look at a connection, so that looks spread over time.
    pub(crate) fn next_look(&self) -> Timestamp {
        let mut byte = [0_u8; 1];
        self.random.fill(&mut byte);
        // 80 to 120 per cent.
        let share = 80 + u32::from(byte[0]) * 40 / 255;
        self.after(BETWEEN_LOOKS * share / 100)
    }

    /// A call through a connection succeeded: it needs no look, and whatever was wrong with it is over.
    pub(crate) async fn note_use(
        &self,
        context: &OperationContext,
        connection: &Connection,
    ) -> Result<()> {
        let now = self.now();
        if self.watch.used(connection.id, now) {
            self.note_recovery(context, connection).await?;
        }
        if self.watch.must_note(connection.id, now) {
            self.store
                .connection_uses()
                .note(connection.organization, connection.id, now)
                .await?;
        }
        Ok(())
    }

    /// Gives connections a look that have none yet: those of before an upgrade.
    pub(crate) async fn schedule_looks(&self) -> Result<()> {
        self.store.probes().schedule_missing(self.now()).await?;
        Ok(())
    }

    /// Looks at all connections whose turn it is. Of several hosts each takes others.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn look_at_due_connections(self: &Arc<Self>) -> Result<usize> {
        let mut looked = 0;
        while !self.ending.is_cancelled() {
            let due = self
                .store
                .probes()
                .claim_due(self.now(), BATCH, || self.next_look())
                .await?;
            let full = due.len() as u64 == BATCH;
            looked += due.len();
            stream::iter(due)
                .for_each_concurrent(AT_ONCE, |(organization, connection)| {
                    let hub = Arc::clone(self);
                    async move {
                        if let Err(error) = hub.look_at(organization, connection).await {
                            tracing::warn!(%connection, error = ?error, "a connection could not be looked at");
                        }
                    }
                })
                .await;
            if !full {
                break;
            }
        }
        Ok(looked)
    }

    async fn look_at(&self, organization: OrganizationId, id: ConnectionId) -> Result<()> {
        let found = self.store.connections().find(organization, id).await?;
        let Some(connection) = found.filter(|found| found.status.is_usable()) else {
            return Ok(self.store.probes().cancel(organization, id).await?);
        };
        let since = self.now() - chrono::TimeDelta::from_std(BETWEEN_LOOKS).unwrap_or_default();
        if self.watch.used_since(id, since) {
            return Ok(());
        }
        let outcome = self
            .keeper
            .probe(organization, id)
            .await
            .map_err(gatelodge_model::Error::from)?;
        tracing::debug!(connection = %id, outcome = outcome.as_str(), "looked at a connection");
        let context = self.system_context(organization);
        self.heed(&context, &connection, outcome).await
    }

    async fn heed(
        &self,
        context: &OperationContext,
        connection: &Connection,
        outcome: ProbeOutcome,
    ) -> Result<()> {
        match outcome {
            ProbeOutcome::Works => {
                let known = self
                    .store
                    .troubles()
                    .find(connection.organization, connection.id)
                    .await?;
                // Whose token it is says nothing about what the API allows.
                if known.is_some_and(|trouble| trouble.reason != ReasonCode::ApiDisabled) {
                    self.note_recovery(context, connection).await?;
                }
                Ok(())
            }
            ProbeOutcome::GrantEnded { error, attention }
            | ProbeOutcome::Unusable { error, attention } => {
                self.mark_attention(context, connection, attention, Some(&error))
                    .await
            }
            ProbeOutcome::Refused { error } => match error.reason() {
                Some(ReasonCode::SandboxRefreshed | ReasonCode::OtherAccount) => {
                    let gone = gatelodge_model::AttentionReason::GrantEnded;
                    self.mark_attention(context, connection, gone, Some(&error))
                        .await
                }
                _ => self.note_trouble(context, connection, &error).await,
            },
            // An ended session is no fault: the next use refreshes. No answer says nothing.
            ProbeOutcome::SessionOver { .. }
            | ProbeOutcome::Unreachable { .. }
            | ProbeOutcome::NotConnected
            | ProbeOutcome::Unsupported => Ok(()),
        }
    }

    /// Whether a connection works now, for the person who waits on its page. Where only reconnecting helps nothing
    /// is sent; where the grant lives the connection is used once, which may refresh it like any use.
    ///
    /// # Errors
    /// `not_found` when it is not the person's, `store_unavailable`.
    pub async fn recheck(&self, person: &Person, id: ConnectionId) -> Result<Checked> {
        let connection = self.connection(person, id).await?;
        let before = self.diagnose(&connection).await?;
        let heals = before
            .as_ref()
            .is_some_and(|diagnosis| diagnosis.reason.grant() == GrantState::Lives)
            && may_work(connection.status);
        if heals && self.watch.may_check(id, self.now()) {
            self.use_once(person, &connection).await?;
        }
        let connection = self.connection(person, id).await?;
        let diagnosis = self.diagnose(&connection).await?;
        Ok(Checked {
            connection,
            diagnosis,
        })
    }

    async fn use_once(&self, person: &Person, connection: &Connection) -> Result<()> {
        let Some(provider) = self.catalogue.provider(&connection.provider) else {
            return Ok(());
        };
        let manifest = provider.manifest();
        let Some(path) = manifest.use_path.as_ref().or(manifest.probe_path.as_ref()) else {
            return Ok(());
        };
        let sent = self
            .keeper
            .read(SendRead {
                organization: connection.organization,
                connection: connection.id,
                request_id: person.context.request,
                agent: "connection doctor".to_owned(),
                request: ReadRequest::get(path.clone()),
            })
            .await;
        match sent {
            Ok(response) if response.is_success() => {
                self.watch.used(connection.id, self.now());
                // What a person did not grant is not healed by a call that works.
                if !self.lacks_something(connection) {
                    self.note_recovery(&person.context, connection).await?;
                }
                Ok(())
            }
            Ok(response) => {
                let failure = KeeperFailure::from(provider.read_error(&response));
                self.note_failure(&person.context, connection, &failure)
                    .await
            }
            Err(failure) => {
                self.note_failure(&person.context, connection, &failure)
                    .await
            }
        }
    }

    /// Whether nothing is wrong but that something was never granted.
    fn lacks_something(&self, connection: &Connection) -> bool {
        connection.status == ConnectionStatus::Limited
            && !self.watch.known().troubled.contains(&connection.id)
    }
}

/// Whether there is a credential that may work.
const fn may_work(status: ConnectionStatus) -> bool {
    matches!(
        status,
        ConnectionStatus::Active | ConnectionStatus::Limited | ConnectionStatus::Attention(_)
    )
}
