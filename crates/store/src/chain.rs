//! The hash chains of this process: one per organization, each event hashed behind the one before it.
//!
//! A chain moves on only after its rows are committed. Must not know: who waits for a commit.

use crate::{
    Result, StoreError,
    column::to_bytes,
    figures,
    row::{audit_event, audit_head},
    store::Writer,
};
use gatelodge_model::{
    AuditEvent, AuditEventId, Digest, NewAuditEvent, OrganizationId, id::new_uuid,
};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, sea_query::OnConflict,
};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Clone, Copy)]
struct Head {
    sequence: i64,
    digest: Digest,
}

/// Where each chain of this process ends.
pub(crate) struct Chains {
    chain: Uuid,
    heads: HashMap<OrganizationId, Head>,
    last_id: Uuid,
    in_doubt: bool,
}

/// Events that are hashed but not committed.
pub(crate) struct Extension {
    chain: Uuid,
    events: Vec<AuditEvent>,
    rows: Vec<audit_event::ActiveModel>,
    heads: HashMap<OrganizationId, Head>,
}

impl Chains {
    pub(crate) fn new(chain: Uuid) -> Self {
        Self {
            chain,
            heads: HashMap::new(),
            last_id: Uuid::nil(),
            in_doubt: false,
        }
    }

    /// Hashes events behind the present ends.
    pub(crate) fn extend(
        &mut self,
        events: Vec<NewAuditEvent>,
        writer: &Writer,
    ) -> Result<Extension> {
        if self.in_doubt {
            self.chain = new_uuid(writer.clock.as_ref(), writer.random.as_ref());
            self.heads.clear();
            self.in_doubt = false;
        }
        let mut extension = Extension {
            chain: self.chain,
            events: Vec::with_capacity(events.len()),
            rows: Vec::with_capacity(events.len()),
            heads: HashMap::new(),
        };
        for event in events {
            let id = next_id(self.last_id, writer);
            let before = extension
                .heads
                .get(&event.organization)
                .or_else(|| self.heads.get(&event.organization))
                .copied()
                .unwrap_or(Head {
                    sequence: 0,
                    digest: Digest::ZERO,
                });
            let event = AuditEvent {
                id: AuditEventId::from_uuid(id),
                organization: event.organization,
                chain: self.chain,
                sequence: before.sequence + 1,
                at: writer.clock.now(),
                actor: event.actor,
                via: event.via,
                request: event.request,
                action: event.action.to_owned(),
                target: event.target,
                outcome: event.outcome,
                detail: event.detail,
            };
            let canonical = event.canonical().map_err(StoreError::internal)?;
            let digest = AuditEvent::chain_digest(&before.digest, &canonical);
            let head = Head {
                sequence: event.sequence,
                digest,
            };
            // Also where the commit stays in doubt: an identifier is never given twice.
            self.last_id = id;
            extension.heads.insert(event.organization, head);
            extension
                .rows
                .push(audit_event::Model::new(&event, canonical, &digest).into_active_model());
            extension.events.push(event);
        }
        Ok(extension)
    }

    /// Commits what an extension was written to, and takes it over. Where the end of a commit is not
    /// learned (it failed, or whoever waited for it went away), the old chains may have moved on or not:
    /// the next events begin new ones.
    pub(crate) async fn commit(
        &mut self,
        transaction: DatabaseTransaction,
        extension: Extension,
    ) -> Result<Vec<AuditEvent>> {
        self.in_doubt = true;
        figures::timed("gatelodge_database_commit_seconds", transaction.commit()).await?;
        self.in_doubt = false;
        figures::committed(&extension.events);
        self.heads.extend(extension.heads);
        Ok(extension.events)
    }
}

/// Identifiers grow even within a millisecond, so that lists keep the order of writing (RFC 9562 §6.2).
fn next_id(last: Uuid, writer: &Writer) -> Uuid {
    let fresh = new_uuid(writer.clock.as_ref(), writer.random.as_ref());
    if fresh > last {
        fresh
    } else {
        Uuid::from_u128(last.as_u128() + 1)
    }
}

impl Extension {
    /// Writes rows and ends of chains: two statements, however many events.
    pub(crate) async fn write<C: ConnectionTrait>(&self, connection: &C) -> Result<()> {
        audit_event::Entity::insert_many(self.rows.clone())
            .exec_without_returning(connection)
            .await?;
        let heads = self.heads.iter().map(|(organization, head)| {
            audit_head::Model {
                organization_id: organization.as_uuid(),
                chain: self.chain,
                sequence: head.sequence,
                digest: to_bytes(&head.digest),
            }
            .into_active_model()
        });
        audit_head::Entity::insert_many(heads)
            .on_conflict(
                OnConflict::columns([
                    audit_head::Column::OrganizationId,
                    audit_head::Column::Chain,
                ])
                .update_columns([audit_head::Column::Sequence, audit_head::Column::Digest])
                .to_owned(),
            )
            .exec_without_returning(connection)
            .await?;
        Ok(())
    }
}
