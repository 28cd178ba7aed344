//! Letting a held connection go on: written down by the keeper itself, sealed, so that no row of somebody
//! else's counts as one, and limited by the day.
//!
//! Must not know: who may decide it; the use case that asks does, and audits it.

use super::hour::Slot;
use crate::{
    credential::{from_bytes, to_bytes},
    keeper::Inner,
    sealing::Place,
};
use chrono::TimeDelta;
use gatelodge_keeper_client::{BudgetState, ConnectionBudget, KeeperResult, ReleaseBudget};
use gatelodge_model::{
    ConnectionId, Digest, Error, ErrorKind, OrganizationId, SealedId, Timestamp, UserId, WhoMustAct,
};
use gatelodge_store::keeper::SealedRecord;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Word of the sealed rows; they open as nothing else.
const KIND: &str = "budget_release";

/// Domain tag of their ids, which place and number make: one number is one release.
const ID_TAG: &str = "gatelodge.budget-release.v1";

/// How long they are kept.
const KEPT: TimeDelta = TimeDelta::days(400);

/// Sealed records are never replaced.
const GENERATION: i64 = 1;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct ReleaseRecord {
    connection: ConnectionId,
    hour: Timestamp,
    by: UserId,
    at: Timestamp,
}

/// How often a connection was let go on.
#[derive(Clone, Copy)]
pub(super) struct Releases {
    pub(super) this_hour: u32,
    pub(super) today: u32,
}

impl Inner {
    pub(crate) async fn release_budget(
        &self,
        release: ReleaseBudget,
    ) -> KeeperResult<ConnectionBudget> {
        let ReleaseBudget {
            organization,
            connection,
            by,
        } = release;
        let before = self.budget(organization, connection).await?;
        if before.state != BudgetState::Held {
            return Err(Error::new(
                ErrorKind::Conflict,
                "This connection is not held; there is nothing to let go on.",
            )
            .into());
        }
        if before.releases_left == 0 {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "This connection was let go on as often as this installation allows for a day.",
            )
            .with_hint(
                WhoMustAct::Operator,
                "Wait until the hour is over, or raise [budget] in the configuration.",
            )
            .into());
        }
        let slot = self.budgets.slot(organization, connection);
        let mut slot = slot.lock().await;
        let hour = self.turn(&mut slot, organization, connection).await?;
        let day = day_of(hour.hour);
        let number = self
            .releases(&mut slot, organization, connection, hour.hour)
            .await?
            .today
            + 1;
        let now = self.clock.now();
        let record = ReleaseRecord {
            connection,
            hour: hour.hour,
            by,
            at: now,
        };
        let id = id_of(organization, connection, day, number);
        let sealed = self
            .sealing
            .seal(
                Place::CustomerData(KIND),
                organization,
                &id,
                GENERATION,
                &to_bytes(&record)?,
            )
            .await?;
        // Of two at once one is written; the other is told of the conflict and looks again.
        self.store
            .sealed_records()
            .insert(SealedRecord {
                id,
                organization,
                kind: KIND.to_owned(),
                user: by,
                agent: None,
                record: sealed.record,
                created_at: now,
                purge_after: Some(now + KEPT),
            })
            .await
            .map_err(Error::from)?;
        slot.released = Some((day, number));
        slot.hour.releases += 1;
        slot.hour.reached = 0;
        self.store
            .budgets()
            .forget_marks(hour)
            .await
            .map_err(Error::from)?;
        tracing::warn!(%organization, %connection, %by, "a held connection may go on");
        drop(slot);
        self.budget(organization, connection).await
    }

    /// Counts what was sealed; also what this keeper sealed itself and somebody deleted since.
    pub(super) async fn releases(
        &self,
        slot: &mut Slot,
        organization: OrganizationId,
        connection: ConnectionId,
        hour: Timestamp,
    ) -> Result<Releases, Error> {
        let day = day_of(hour);
        let remembered = slot
            .released
            .filter(|(known, _)| *known == day)
            .map_or(0, |(_, number)| number);
        let mut found = Releases {
            this_hour: 0,
            today: remembered,
        };
        for number in 1..=self.budgets.settings.releases {
            let id = id_of(organization, connection, day, number);
            let Some(row) = self.store.sealed_records().load(organization, id).await? else {
                if number > remembered {
                    break;
                }
                continue;
            };
            found.today = found.today.max(number);
            let opened = self
                .sealing
                .open(
                    Place::CustomerData(KIND),
                    organization,
                    &id,
                    GENERATION,
                    &row.record,
                )
                .await;
            // A row that does not open lets nothing go on.
            let record = opened.and_then(|bytes| from_bytes::<ReleaseRecord>(&bytes));
            if record.is_ok_and(|record| record.connection == connection && record.hour == hour) {
                found.this_hour += 1;
            }
        }
        Ok(found)
    }
}

fn day_of(hour: Timestamp) -> i64 {
    hour.timestamp().div_euclid(24 * 60 * 60)
}

fn id_of(
    organization: OrganizationId,
    connection: ConnectionId,
    day: i64,
    number: u32,
) -> SealedId {
    let digest = Digest::of(
        ID_TAG,
        &[
            organization.as_uuid().as_bytes(),
            connection.as_uuid().as_bytes(),
            &day.to_be_bytes(),
            &number.to_be_bytes(),
        ],
    );
    let (half, _) = digest.as_bytes().split_at(16);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(half);
    SealedId::from_uuid(Uuid::from_bytes(bytes))
}
