//! Grants that ended here and not yet at their provider (O17): the token that is needed to revoke one waits
//! sealed in the keeper's own row, where nothing can use it, until the provider confirms or a day is over.
//!
//! The row is written before the provider is asked, so a crash between the two ends nothing too little. A new
//! grant is such a row too until it is its connection's: what a crash leaves on the way is ended like any other
//! (O16). Must not know: why a grant ends.

use crate::{credential::Credential, keeper::Inner, sealing::Place};
use chrono::TimeDelta;
use gatelodge_keeper_client::{EndedGrant, KeeperResult, PendingRevocation, Revocation};
use gatelodge_model::{ConnectionId, Error, ErrorKind, OrganizationId, id::new_uuid};
use gatelodge_store::keeper::PendingRevocationRow;
use std::sync::Arc;
use tokio::task::JoinSet;

/// How long a provider is asked.
const ASKED_FOR: TimeDelta = TimeDelta::hours(24);

/// How long people see that it was in vain.
const SHOWN_FOR: TimeDelta = TimeDelta::days(30);

/// Before the second try; each further one waits twice as long, up to the longest.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// A new grant that no connection has after this never gets one.
const HELD_FOR: TimeDelta = TimeDelta::minutes(5);

/// Grants that are tried at the same time.
const AT_ONCE: u64 = 16;

/// Such a record is sealed once.
const GENERATION: i64 = 1;

impl Inner {
    /// Seals what is needed to end a grant later. The first try belongs to whoever asks for this.
    pub(crate) async fn pending_row(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        credential: &Credential,
    ) -> Result<PendingRevocationRow, Error> {
        let id = new_uuid(self.clock.as_ref(), self.random.as_ref());
        let sealed = self
            .sealing
            .seal(
                Place::PendingRevocation,
                organization,
                &id,
                GENERATION,
                &credential.to_bytes()?,
            )
            .await?;
        let now = self.clock.now();
        Ok(PendingRevocationRow {
            organization,
            id,
            connection,
            provider: credential.provider.clone(),
            record: sealed.record,
            key_id: sealed.key_id,
            attempts: 0,
            reason: String::new(),
            created_at: now,
            next_attempt_at: now + FIRST_PAUSE,
            ends_at: now + ASKED_FOR,
        })
    }

    /// Keeps a new grant where nothing uses it and where it ends by itself, until its connection has it. One that
    /// cannot be kept is ended at once.
    pub(crate) async fn hold_grant(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        credential: &Credential,
    ) -> Result<PendingRevocationRow, Error> {
        let held = async {
            let mut row = self
                .pending_row(organization, connection, credential)
                .await?;
            row.next_attempt_at = row.created_at + HELD_FOR;
            self.store
                .pending_revocations()
                .insert(row.clone())
                .await
                .map_err(Error::from)?;
            Ok(row)
        };
        match held.await {
            Ok(row) => Ok(row),
            Err(error) => {
                self.end_without_record(connection, credential, &error)
                    .await;
                Err(error)
            }
        }
    }

    /// Ends a grant that no connection uses any more, now or later.
    pub(crate) async fn end_surely(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        credential: &Credential,
    ) {
        let kept = match self.pending_row(organization, connection, credential).await {
            Ok(row) => {
                let inserted = self.store.pending_revocations().insert(row.clone()).await;
                inserted.map(|()| row).map_err(Error::from)
            }
            Err(error) => Err(error),
        };
        match kept {
            Ok(row) => {
                self.try_to_end(&row, credential).await;
            }
            Err(error) => {
                self.end_without_record(connection, credential, &error)
                    .await;
            }
        }
    }

    async fn end_without_record(
        &self,
        connection: ConnectionId,
        credential: &Credential,
        why: &Error,
    ) {
        tracing::warn!(%connection, error = %why, "a grant is ended without a record of it");
        if let Err(reason) = self.revoke_grant(credential).await {
            tracing::error!(%connection, %reason, "a grant was not ended at its provider");
        }
    }

    /// As [`Inner::end_surely`], while nobody waits.
    pub(crate) fn end_in_background(
        self: &Arc<Self>,
        organization: OrganizationId,
        connection: ConnectionId,
        credential: Credential,
    ) {
        let inner = Arc::clone(self);
        self.tasks.spawn(async move {
            inner
                .end_surely(organization, connection, &credential)
                .await;
        });
    }

    /// One try. The row goes when the provider confirms, and waits for the next try otherwise.
    pub(crate) async fn try_to_end(
        &self,
        row: &PendingRevocationRow,
        credential: &Credential,
    ) -> Revocation {
        let (organization, id) = (row.organization, row.id);
        let revocations = self.store.pending_revocations();
        let (noted, revocation) = match self.revoke_grant(credential).await {
            Ok(()) => (
                revocations.delete(organization, id).await,
                Revocation::Revoked,
            ),
            Err(reason) => {
                let next = self.clock.now() + pause_after(row.attempts);
                let noted = revocations.postpone(organization, id, next, &reason).await;
                let until = row.ends_at;
                (noted, Revocation::Pending { reason, until })
            }
        };
        if let Err(error) = noted {
            // The row is tried once more: to revoke twice does no harm (RFC 7009 §2.2).
            tracing::warn!(connection = %row.connection, %error, "the end of a grant was not noted");
        }
        revocation
    }

    pub(crate) async fn pending_revocations(
        &self,
        organization: OrganizationId,
    ) -> KeeperResult<Vec<PendingRevocation>> {
        let rows = self
            .store
            .pending_revocations()
            .list(organization)
            .await
            .map_err(Error::from)?;
        Ok(rows
            .into_iter()
            // A grant that nobody tried to end yet is being connected, or being ended right now.
            .filter(|row| row.attempts > 0 || is_given_up(row))
            .map(|row| PendingRevocation {
                given_up: is_given_up(&row),
                connection: row.connection,
                provider: row.provider,
                since: row.created_at,
                attempts: row.attempts.unsigned_abs(),
                reason: row.reason,
                until: row.ends_at,
            })
            .collect())
    }

    pub(crate) async fn end_due_grants(self: &Arc<Self>) -> KeeperResult<Vec<EndedGrant>> {
        match self.quarantine.pass().await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::RestoredCopy => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
        let now = self.clock.now();
        let lease = TimeDelta::from_std(self.timeouts.revoke * 3).unwrap_or(FIRST_PAUSE);
        let due = self
            .store
            .pending_revocations()
            .take_due(now, now + lease, AT_ONCE)
            .await
            .map_err(Error::from)?;
        self.end_each(due).await
    }

    /// A grant that somebody waits for is asked for at once. Another keeper may ask at the same time: to revoke
    /// twice does no harm (RFC 7009 §2.2).
    pub(crate) async fn end_grants_now(
        self: &Arc<Self>,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Vec<EndedGrant>> {
        self.unsealed()?;
        self.quarantine.pass().await?;
        let mut rows = self
            .store
            .pending_revocations()
            .list(organization)
            .await
            .map_err(Error::from)?;
        rows.retain(|row| row.connection == connection && !is_given_up(row));
        self.end_each(rows).await
    }

    async fn end_each(
        self: &Arc<Self>,
        rows: Vec<PendingRevocationRow>,
    ) -> KeeperResult<Vec<EndedGrant>> {
        let mut tries = JoinSet::new();
        for row in rows {
            let inner = Arc::clone(self);
            tries.spawn(async move { inner.end_or_give_up(row).await });
        }
        let mut ended = Vec::new();
        while let Some(tried) = tries.join_next().await {
            ended.extend(tried.map_err(Error::internal)??);
        }
        Ok(ended)
    }

    async fn end_or_give_up(&self, row: PendingRevocationRow) -> Result<Option<EndedGrant>, Error> {
        let revocations = self.store.pending_revocations();
        if is_given_up(&row) {
            revocations.delete(row.organization, row.id).await?;
            return Ok(None);
        }
        let opened = self
            .sealing
            .open(
                Place::PendingRevocation,
                row.organization,
                &row.id,
                GENERATION,
                &row.record,
            )
            .await
            .and_then(|bytes| Credential::from_bytes(&bytes));
        let revocation = match opened {
            Ok(credential) => self.try_to_end(&row, &credential).await,
            Err(error) if error.kind() == ErrorKind::Integrity => Revocation::Unconfirmed {
                reason: error.message().to_owned(),
            },
            Err(error) => return Err(error),
        };
        let given_up = match revocation {
            Revocation::Revoked | Revocation::NothingStored => None,
            Revocation::Pending { .. } if self.clock.now() < row.ends_at => return Ok(None),
            Revocation::Pending { reason, .. } | Revocation::Unconfirmed { reason } => {
                let shown_until = self.clock.now() + SHOWN_FOR;
                revocations
                    .give_up(row.organization, row.id, shown_until, &reason)
                    .await?;
                Some(reason)
            }
        };
        Ok(Some(EndedGrant {
            organization: row.organization,
            connection: row.connection,
            provider: row.provider,
            given_up,
        }))
    }
}

/// The token is deleted then; the row only tells of it.
fn is_given_up(row: &PendingRevocationRow) -> bool {
    row.record.is_empty()
}

fn pause_after(attempts: i32) -> TimeDelta {
    let doublings = attempts.clamp(0, 10).unsigned_abs();
    (FIRST_PAUSE * 2_i32.pow(doublings)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_an_hour() {
        assert_eq!(pause_after(0), FIRST_PAUSE);
        assert_eq!(pause_after(3), FIRST_PAUSE * 8);
        assert_eq!(pause_after(9), LONGEST_PAUSE);
        assert_eq!(pause_after(i32::MAX), LONGEST_PAUSE);
    }
}
