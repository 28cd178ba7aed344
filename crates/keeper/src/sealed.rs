//! Customers' data that is sealed for an organization, and who may have it opened (design section 3,
//! rule 10).
//!
//! Must not know: what the data says.

use crate::{keeper::Inner, sealing::Place};
use gatelodge_keeper_client::{KeeperResult, SealRequest, SealedKind, Viewer};
use gatelodge_model::{Error, OrganizationId, SealedId};
use gatelodge_store::keeper::SealedRecord;

/// Sealed records are never replaced.
const GENERATION: i64 = 1;

impl Inner {
    pub(crate) async fn seal(&self, request: SealRequest) -> KeeperResult<SealedId> {
        let id = SealedId::generate(self.clock.as_ref(), self.random.as_ref());
        let kind = request.kind.as_str();
        let sealed = self
            .sealing
            .seal(
                Place::CustomerData(kind),
                request.organization,
                &id,
                GENERATION,
                &request.bytes,
            )
            .await?;
        self.store
            .sealed_records()
            .insert(SealedRecord {
                id,
                organization: request.organization,
                kind: kind.to_owned(),
                user: request.user,
                agent: request.agent,
                record: sealed.record,
                created_at: self.clock.now(),
                purge_after: None,
            })
            .await
            .map_err(Error::from)?;
        Ok(id)
    }

    /// Opens a record for a viewer; `only` is the kind that it must have.
    pub(crate) async fn open_sealed(
        &self,
        organization: OrganizationId,
        id: SealedId,
        viewer: Viewer,
        only: Option<SealedKind>,
    ) -> KeeperResult<Vec<u8>> {
        if let Viewer::SecondPerson(user) = viewer {
            let found = self.store.store().users().find(organization, user).await;
            let administers = found
                .map_err(Error::from)?
                .is_some_and(|user| user.removed_at.is_none() && user.role.administers());
            if !administers {
                return Err(Error::not_found("sealed record").into());
            }
        }
        let record = self
            .store
            .sealed_records()
            .load(organization, id)
            .await
            .map_err(Error::from)?
            .filter(|record| is_entitled(record, viewer));
        // Foreign, purged, of another kind or not entitled: all look the same (T1).
        let Some((record, kind)) = record.and_then(|record| {
            let kind = SealedKind::parse(&record.kind)?;
            only.is_none_or(|only| only == kind)
                .then_some((record, kind))
        }) else {
            return Err(Error::not_found("sealed record").into());
        };
        let bytes = self
            .sealing
            .open(
                Place::CustomerData(kind.as_str()),
                organization,
                &id,
                GENERATION,
                &record.record,
            )
            .await?;
        Ok(bytes.to_vec())
    }
}

fn is_entitled(record: &SealedRecord, viewer: Viewer) -> bool {
    match viewer {
        Viewer::User(user) => record.user == user,
        Viewer::Agent(agent) => record.agent == Some(agent),
        Viewer::SecondPerson(user) => {
            record.user != user && record.kind == SealedKind::Proposal.as_str()
        }
        Viewer::Execution => true,
    }
}
