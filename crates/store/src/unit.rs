//! One unit of work: one transaction in which rows change and the audit log says so, or neither.
//!
//! Must not know: which rows.

use crate::{Result, StoreError, chain::Chains, locks, store::Writer};
use gatelodge_model::{AuditEvent, NewAuditEvent, OrganizationId};
use sea_orm::DatabaseTransaction;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;

/// Changes of one organization that are committed together with their audit events. Dropped without
/// [`Unit::commit`], it changes nothing.
pub struct Unit {
    // Dropped in this order: the transaction ends before the next writer may begin.
    transaction: DatabaseTransaction,
    chains: OwnedMutexGuard<Chains>,
    writer: Arc<Writer>,
    organization: OrganizationId,
}

impl Unit {
    pub(crate) async fn begin(writer: Arc<Writer>, organization: OrganizationId) -> Result<Self> {
        let chains = writer.gate.chains().await?;
        let transaction = locks::begin_writing(&writer.connection).await?;
        Ok(Self {
            transaction,
            chains,
            writer,
            organization,
        })
    }

    /// Writes the events and makes everything durable.
    ///
    /// # Errors
    /// [`StoreError::Unaudited`] without an event, [`StoreError::ForeignOrganization`] for an event of
    /// another organization, [`StoreError::AuditUnavailable`] when it cannot be made durable. Nothing
    /// was changed then, unless the connection was lost while the commit was on its way.
    pub async fn commit(mut self, events: Vec<NewAuditEvent>) -> Result<Vec<AuditEvent>> {
        if events.is_empty() {
            return Err(StoreError::Unaudited);
        }
        for event in &events {
            self.owns(event.organization, "an audit event")?;
        }
        let extension = self.chains.extend(events, &self.writer)?;
        extension
            .write(&self.transaction)
            .await
            .map_err(StoreError::while_auditing)?;
        self.chains
            .commit(self.transaction, extension)
            .await
            .map_err(StoreError::while_auditing)
    }

    /// The organization whose rows this unit changes.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    pub(crate) fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }
}
