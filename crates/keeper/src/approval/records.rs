//! The keeper's records about approvals, sealed with the organization's key: whether its approvals are sealed, and
//! which passkeys its people have.
//!
//! A record that does not open, that is older than the one this host saw last, or that is gone although this host
//! saw one, is an integrity error for everything that would be decided by it: never "switched off", never "no
//! passkeys". Must not know: how a passkey is verified.

use super::{passkey::Enrolled, pins::Pins};
use crate::{
    credential::{from_bytes, to_bytes},
    sealing::{Place, Sealing},
};
use gatelodge_model::{
    Digest, Error, ErrorKind, OrganizationId, Result, Timestamp, UserId, WhoMustAct,
};
use gatelodge_store::{
    StoreError,
    keeper::{ApprovalRecord, KeeperStore},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io;
use uuid::Uuid;

/// Whether an organization's approvals are sealed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Seal {
    pub(crate) sealed: bool,
    pub(crate) changed_at: Option<Timestamp>,
    /// The person who switched it; none for the operator's console.
    pub(crate) changed_by: Option<UserId>,
}

/// A code of the operator's console, with which a person enrols passkeys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ticket {
    /// Hash of the code.
    pub(crate) code: Digest,
    pub(crate) expires_at: Timestamp,
    /// For how many passkeys it is still good.
    pub(crate) left: u8,
}

/// The passkeys of a person.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Ring {
    /// Grows when a passkey comes or goes, or a ticket is made: a ceremony that began before is over then.
    pub(crate) roster: u64,
    pub(crate) passkeys: Vec<Enrolled>,
    pub(crate) ticket: Option<Ticket>,
}

/// What a record is about.
pub(crate) trait Subject: Default + Clone + Serialize + DeserializeOwned {
    type Key: Copy + Send;
    fn subject(organization: OrganizationId, key: Self::Key) -> Uuid;
}

impl Subject for Seal {
    type Key = ();
    fn subject(organization: OrganizationId, (): ()) -> Uuid {
        organization.as_uuid()
    }
}

impl Subject for Ring {
    type Key = UserId;
    fn subject(_: OrganizationId, user: UserId) -> Uuid {
        user.as_uuid()
    }
}

/// A record as it is stored now.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    generation: i64,
}

/// How often a change is made anew when somebody else changes the same record.
const TRIES: u32 = 8;

/// Reads and changes the records.
pub(crate) struct Records<'a> {
    pub(crate) store: &'a KeeperStore,
    pub(crate) sealing: &'a Sealing,
    pub(crate) pins: &'a Pins,
}

impl Records<'_> {
    /// The record, or its default where there never was one.
    pub(crate) async fn read<T: Subject>(
        &self,
        organization: OrganizationId,
        key: T::Key,
    ) -> Result<Found<T>> {
        let subject = T::subject(organization, key);
        let seen = self.seen(organization, subject).await?;
        let row = self
            .store
            .approval_records()
            .load(organization, subject)
            .await?;
        let Some(row) = row else {
            if seen > 0 {
                return Err(taken_back("is gone"));
            }
            let value = T::default();
            return Ok(Found {
                value,
                generation: 0,
            });
        };
        if row.generation < seen {
            return Err(taken_back("is older than one that was in force already"));
        }
        let value = self.open(&row).await?;
        if row.generation > seen {
            self.raise(organization, subject, row.generation).await?;
        }
        Ok(Found {
            value,
            generation: row.generation,
        })
    }

    /// Changes the record; of several who do it at once each sees what the one before made.
    pub(crate) async fn change<T: Subject, R>(
        &self,
        organization: OrganizationId,
        key: T::Key,
        mut change: impl FnMut(&mut T) -> Result<R>,
    ) -> Result<R> {
        let subject = T::subject(organization, key);
        for _ in 0..TRIES {
            let Found {
                mut value,
                generation,
            } = self.read::<T>(organization, key).await?;
            let made = change(&mut value)?;
            let generation = generation + 1;
            let bytes = to_bytes(&value)?;
            let place = Place::ApprovalRecord;
            let sealed = self
                .sealing
                .seal(place, organization, &subject, generation, &bytes)
                .await?;
            let row = ApprovalRecord {
                organization,
                subject,
                generation,
                record: sealed.record,
            };
            match self.store.approval_records().save(row).await {
                Ok(()) => {
                    self.raise(organization, subject, generation).await?;
                    return Ok(made);
                }
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "These passkeys are being changed by somebody else at the same time.",
        )
        .with_hint(WhoMustAct::Person, "Try it again."))
    }

    /// Sees every record once, so that this host notices when one is taken back later.
    pub(crate) async fn see_all(&self) -> Result<()> {
        for row in self.store.approval_records().list().await? {
            let seen = self.seen(row.organization, row.subject).await?;
            if row.generation < seen || self.open_bytes(&row).await.is_err() {
                tracing::error!(
                    organization = %row.organization,
                    "a record about approvals does not open or was taken back; writes that depend on it are refused"
                );
            } else if row.generation > seen {
                self.raise(row.organization, row.subject, row.generation)
                    .await?;
            }
        }
        Ok(())
    }

    async fn open<T: DeserializeOwned>(&self, row: &ApprovalRecord) -> Result<T> {
        let bytes = self.open_bytes(row).await?;
        from_bytes(&bytes)
    }

    async fn open_bytes(&self, row: &ApprovalRecord) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        let place = Place::ApprovalRecord;
        self.sealing
            .open(
                place,
                row.organization,
                &row.subject,
                row.generation,
                &row.record,
            )
            .await
    }

    async fn seen(&self, organization: OrganizationId, subject: Uuid) -> Result<i64> {
        let pins = self.pins.clone();
        on_disk(move || pins.seen(organization, subject)).await
    }

    async fn raise(
        &self,
        organization: OrganizationId,
        subject: Uuid,
        generation: i64,
    ) -> Result<()> {
        let pins = self.pins.clone();
        on_disk(move || pins.raise(organization, subject, generation)).await
    }
}

/// Works with files of the keeper's own; what fails there decides nothing.
pub(crate) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::internal)?;
    done.map_err(|cause| {
        Error::new(
            ErrorKind::Misconfigured,
            "The keeper's own folder cannot be used, so nothing was sent or changed.",
        )
        .with_context("cause", cause)
        .with_hint(
            WhoMustAct::Operator,
            "Check the folder of the setting [keeper] dir: the keeper must be able to write there, and its disk must have room.",
        )
    })
}

fn taken_back(what: &str) -> Error {
    Error::new(
        ErrorKind::Integrity,
        format!("The keeper's record about approvals {what}. Nothing was sent or changed."),
    )
    .with_hint(
        WhoMustAct::Operator,
        "Find out who changed the database. After restoring a backup on purpose, run 'gatelodge approvals accept'.",
    )
}
