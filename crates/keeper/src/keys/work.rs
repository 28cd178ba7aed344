//! Doing what a replacement of keys asks for, in small steps: each takes a few rows, seals or wraps them
//! again, stores them only if they are still as they were read, and notes how far it came.
//!
//! A keeper that dies leaves a lease that ends and a cursor where another goes on. A row that does not open
//! stays as it is, is counted, and holds up no other. Must not know: who ordered it.

use super::purpose;
use crate::{keeper::Inner, sealing::Place};
use gatelodge_model::{
    AuthorizationFlowId, ConnectionId, Error, ErrorKind, OAuthAppId, OrganizationId, ProposalId,
    SealedId, Timestamp, WebhookId,
};
use gatelodge_store::keeper::{
    KeyRotation, Resealed, RotationKind, RotationStep, SealedRow, SealedTable,
};
use gatelodge_vault::KeyId;
use std::fmt::Display;
use uuid::Uuid;

/// Rows of a step: one transaction, during which others wait on SQLite.
const STEP: u64 = 50;

/// How long a keeper may be silent before another one takes over.
const LEASE: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// Where a step ended.
enum Progress {
    /// There is more.
    More(RotationStep),
    /// Nothing is left but what does not open.
    Finished(RotationStep),
    /// Not yet: the new key does not seal yet.
    NotYet,
}

impl Inner {
    /// Does all the work that there is and that no other keeper does. `false`: something waits for its time.
    pub(crate) async fn work_on_keys(&self) -> Result<bool, Error> {
        self.unsealed()?;
        let mut all = true;
        let mut trouble = None;
        for rotation in self.store.key_rotations().list_open().await? {
            match self.work_on(&rotation).await {
                Ok(done) => all &= done,
                Err(error) => {
                    // One that has to wait holds up no other, and another keeper may be able to do it.
                    trouble = Some(error);
                    let rotations = self.store.key_rotations();
                    rotations.release(&rotation, self.place.id).await?;
                }
            }
        }
        trouble.map_or(Ok(all), Err)
    }

    async fn work_on(&self, rotation: &KeyRotation) -> Result<bool, Error> {
        let rotations = self.store.key_rotations();
        if !rotations
            .take_lease(rotation, self.place.id, self.clock.now() + LEASE)
            .await?
        {
            return Ok(false);
        }
        let mut step = RotationStep {
            done: rotation.done,
            unreadable: rotation.unreadable,
            cursor: rotation.cursor.clone(),
            finished: false,
        };
        loop {
            let began = self.clock.now();
            let progress = match rotation.kind {
                RotationKind::Kek => self.rewrap_some(rotation, step).await?,
                _ => self.reseal_some(rotation, step).await?,
            };
            let (next, finished) = match progress {
                Progress::More(next) => (next, false),
                Progress::Finished(next) => (next, true),
                Progress::NotYet => {
                    rotations.release(rotation, self.place.id).await?;
                    return Ok(false);
                }
            };
            step = RotationStep { finished, ..next };
            let now = self.clock.now();
            let mine = rotations
                .advance(rotation, self.place.id, now + LEASE, &step)
                .await?;
            if finished || !mine {
                tracing::info!(
                    target_key = rotation.target,
                    done = step.done,
                    unreadable = step.unreadable,
                    finished,
                    "keys are replaced"
                );
                return Ok(finished);
            }
            if self.ending.is_cancelled() {
                rotations.release(rotation, self.place.id).await?;
                return Ok(false);
            }
            rest(began, now).await;
        }
    }

    /// Wraps some data keys with the new operator's key.
    async fn rewrap_some(
        &self,
        rotation: &KeyRotation,
        step: RotationStep,
    ) -> Result<Progress, Error> {
        let vault = self.sealing.vault();
        if !self.find_kek(rotation) {
            return Err(Error::internal(format!(
                "the key {} is being taken into use, and this keeper does not have it",
                rotation.target
            )));
        }
        let rows = self
            .store
            .data_keys()
            .not_wrapped_with(&rotation.target, STEP)
            .await?;
        if rows.is_empty() {
            return Ok(Progress::Finished(step));
        }
        let mut next = RotationStep {
            unreadable: 0,
            ..step
        };
        for row in &rows {
            let key = match self.sealing.unwrap(row).await {
                Ok(key) => key,
                Err(error) if error.kind() == ErrorKind::Integrity => {
                    tracing::error!(%error, "a data key stays with its old key");
                    next.unreadable += 1;
                    continue;
                }
                // The row is sound: what is missing is the database, or a key that another keeper may have.
                Err(error) => return Err(error),
            };
            let mut again = row.clone();
            again.wrapped =
                vault.wrap_key(&key, row.organization, row.purpose.as_str(), row.epoch)?;
            again.kek_id.clone_from(&rotation.target);
            if self.store.data_keys().rewrap(&again, &row.kek_id).await? {
                next.done += 1;
            }
        }
        if next.unreadable == rows.len() as u64 {
            return Ok(Progress::Finished(next));
        }
        Ok(Progress::More(next))
    }

    /// Seals some rows with the new data key.
    async fn reseal_some(
        &self,
        rotation: &KeyRotation,
        step: RotationStep,
    ) -> Result<Progress, Error> {
        let (Some(organization), Some(purpose), Some(target)) = (
            rotation.organization,
            purpose(rotation.kind),
            KeyId::parse(&rotation.target),
        ) else {
            return Err(Error::internal("a replacement of keys cannot be read"));
        };
        let keys = self.store.data_keys().list(organization, purpose).await?;
        let new = keys
            .iter()
            .find(|row| row.key_id.as_ref() == Some(&rotation.target));
        let Some(new) = new else {
            // Erased meanwhile, or given up.
            return Ok(Progress::Finished(step));
        };
        if new.active_from.is_some_and(|from| from > self.clock.now()) {
            return Ok(Progress::NotYet);
        }
        let (table, after) = read_cursor(step.cursor.as_deref());
        let Some(table) = table.filter(|table| table.purpose() == purpose) else {
            let first = next_table(None, purpose);
            return Ok(Progress::More(RotationStep {
                cursor: first.map(|table| cursor(table, None)),
                ..step
            }));
        };
        let rows = self
            .store
            .resealing()
            .outdated(organization, table, &rotation.target, after, STEP)
            .await?;
        let Some(last) = rows.last() else {
            return self.end_of_table(organization, table, rotation, step).await;
        };
        let last = last.id;
        let mut resealed = Vec::with_capacity(rows.len());
        let mut unreadable = 0;
        for row in rows {
            match self.reseal_row(organization, table, &row, target).await {
                Ok(sealed) => resealed.push(Resealed {
                    row,
                    record: sealed.record,
                    key_id: sealed.key_id,
                }),
                Err(error) if error.kind() == ErrorKind::Integrity => {
                    tracing::error!(%error, "a record stays with its old key");
                    unreadable += 1;
                }
                // The row is sound: what is missing is the database, or a key that this keeper does not have yet.
                Err(error) => return Err(error),
            }
        }
        let moved = self
            .store
            .resealing()
            .replace(organization, table, resealed)
            .await?;
        Ok(Progress::More(RotationStep {
            done: step.done + moved,
            unreadable: step.unreadable + unreadable,
            cursor: Some(cursor(table, Some(last))),
            finished: false,
        }))
    }

    /// A table was walked to its end. After the last one, rows that somebody else changed meanwhile, or
    /// sealed with the old key, are looked for again.
    async fn end_of_table(
        &self,
        organization: OrganizationId,
        table: SealedTable,
        rotation: &KeyRotation,
        step: RotationStep,
    ) -> Result<Progress, Error> {
        if let Some(next) = next_table(Some(table), table.purpose()) {
            return Ok(Progress::More(RotationStep {
                cursor: Some(cursor(next, None)),
                ..step
            }));
        }
        let mut left = 0;
        for other in SealedTable::ALL {
            if other.purpose() == table.purpose() {
                left += self
                    .store
                    .resealing()
                    .count_outdated(organization, other, &rotation.target)
                    .await?;
            }
        }
        if left <= step.unreadable {
            return Ok(Progress::Finished(RotationStep {
                unreadable: left,
                ..step
            }));
        }
        Ok(Progress::More(RotationStep {
            unreadable: 0,
            cursor: None,
            ..step
        }))
    }

    async fn reseal_row(
        &self,
        organization: OrganizationId,
        table: SealedTable,
        row: &SealedRow,
        target: KeyId,
    ) -> Result<crate::sealing::Sealed, Error> {
        let place = Place::of(table, row.kind.as_deref()).ok_or_else(|| {
            let what = format!(
                "The stored record {}/{} is of a kind that this version does not know.",
                table.name(),
                row.id
            );
            Error::new(ErrorKind::Integrity, what)
        })?;
        self.sealing
            .reseal(
                place,
                organization,
                name_of(table, row.id).as_ref(),
                row.generation,
                &row.record,
                target,
            )
            .await
    }
}

/// A row's identity as its seal has it.
pub(super) fn name_of(table: SealedTable, id: Uuid) -> Box<dyn Display + Send + Sync> {
    match table {
        SealedTable::Credentials => Box::new(ConnectionId::from_uuid(id)),
        SealedTable::OAuthApps => Box::new(OAuthAppId::from_uuid(id)),
        SealedTable::Flows => Box::new(AuthorizationFlowId::from_uuid(id)),
        SealedTable::SealedRecords => Box::new(SealedId::from_uuid(id)),
        SealedTable::PendingRevocations | SealedTable::ApprovalRecords => Box::new(id),
        SealedTable::Evidence => Box::new(ProposalId::from_uuid(id)),
        SealedTable::Webhooks => Box::new(WebhookId::from_uuid(id)),
    }
}

fn next_table(
    after: Option<SealedTable>,
    purpose: gatelodge_store::keeper::DataKeyPurpose,
) -> Option<SealedTable> {
    SealedTable::ALL
        .into_iter()
        .filter(|table| table.purpose() == purpose)
        .find(|table| after.is_none_or(|after| *table > after))
}

fn cursor(table: SealedTable, after: Option<Uuid>) -> String {
    format!("{}:{}", table.name(), after.unwrap_or_default())
}

fn read_cursor(text: Option<&str>) -> (Option<SealedTable>, Option<Uuid>) {
    let Some((name, after)) = text.and_then(|text| text.split_once(':')) else {
        return (None, None);
    };
    let table = SealedTable::ALL
        .into_iter()
        .find(|table| table.name() == name);
    let after = Uuid::parse_str(after).ok().filter(|id| !id.is_nil());
    (table, after)
}

/// Leaves as much time to others as the step took.
async fn rest(began: Timestamp, ended: Timestamp) {
    let taken = (ended - began).to_std().unwrap_or_default();
    tokio::time::sleep(taken.min(std::time::Duration::from_secs(1))).await;
}
