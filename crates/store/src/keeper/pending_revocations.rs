//! Grants that ended here and not yet at their provider: the sealed token waits in a row until the provider
//! confirms, or until its time is over (O17). A new grant begins here too, until its connection has it (O16).
//!
//! Must not know: tokens, or how a grant is revoked.

use crate::{
    Access, Result, Store,
    access::writing,
    keeper::credentials::{NewRecord, put},
    locks,
    row::credential,
    row::pending_revocation as row,
};
use gatelodge_model::{ConnectionId, OrganizationId, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

/// Grants to end.
#[derive(Clone, Copy)]
pub struct PendingRevocations<'a>(pub(super) &'a Store);

/// A grant to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRevocationRow {
    /// Tenant.
    pub organization: OrganizationId,
    /// Identity; part of the seal.
    pub id: Uuid,
    /// Whose grant it was.
    pub connection: ConnectionId,
    /// Slug of the provider.
    pub provider: String,
    /// The sealed credential.
    pub record: Vec<u8>,
    /// The key it is sealed with.
    pub key_id: String,
    /// How often it was tried.
    pub attempts: i32,
    /// What came back the last time, without secrets; empty before the first try.
    pub reason: String,
    /// When the grant ended here.
    pub created_at: Timestamp,
    /// Nobody tries before this.
    pub next_attempt_at: Timestamp,
    /// When trying ends.
    pub ends_at: Timestamp,
}

/// What became of a grant that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// It is its connection's credential now, and no longer to be ended.
    Stored,
    /// Another generation is stored meanwhile; seal again and repeat.
    OtherGeneration,
    /// Its time was over: somebody ends it.
    Ending,
}

impl From<row::Model> for PendingRevocationRow {
    fn from(row: row::Model) -> Self {
        Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            id: row.id,
            connection: ConnectionId::from_uuid(row.connection_id),
            provider: row.provider,
            record: row.record,
            key_id: row.key_id,
            attempts: row.attempts,
            reason: row.reason,
            created_at: row.created_at,
            next_attempt_at: row.next_attempt_at,
            ends_at: row.ends_at,
        }
    }
}

impl From<PendingRevocationRow> for row::Model {
    fn from(row: PendingRevocationRow) -> Self {
        Self {
            organization_id: row.organization.as_uuid(),
            id: row.id,
            connection_id: row.connection.as_uuid(),
            provider: row.provider,
            record: row.record,
            key_id: row.key_id,
            attempts: row.attempts,
            reason: row.reason,
            created_at: row.created_at,
            next_attempt_at: row.next_attempt_at,
            ends_at: row.ends_at,
        }
    }
}

impl PendingRevocations<'_> {
    /// Keeps a grant to end.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn insert(&self, pending: PendingRevocationRow) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::insert(row::Model::from(pending).into_active_model())
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    /// Keeps the grant to end and deletes its connection's credential of that generation, both or neither.
    /// `false` when another generation is stored meanwhile: then nothing changed.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: then the credential is still there.
    pub async fn take_over(&self, pending: PendingRevocationRow, generation: i64) -> Result<bool> {
        let _writing = writing(self.0).await?;
        let transaction = locks::begin_writing(self.0.connection()).await?;
        let deleted = credential::Entity::delete_many()
            .filter(credential::Column::OrganizationId.eq(pending.organization.as_uuid()))
            .filter(credential::Column::ConnectionId.eq(pending.connection.as_uuid()))
            .filter(credential::Column::Generation.eq(generation))
            .exec(&transaction)
            .await?;
        if deleted.rows_affected == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        row::Entity::insert(row::Model::from(pending).into_active_model())
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Stores the credential of a new grant as [`insert_or_replace`] does, and forgets that the grant was to be
    /// ended, both or neither.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`]: it may have been done nevertheless.
    ///
    /// [`insert_or_replace`]: super::credentials::Credentials::insert_or_replace
    pub async fn adopt(
        &self,
        pending: &PendingRevocationRow,
        generation: i64,
        new: NewRecord,
    ) -> Result<Adopted> {
        let _writing = writing(self.0).await?;
        let transaction = locks::begin_writing(self.0.connection()).await?;
        let deleted = row::Entity::delete_many()
            .filter(is(pending.organization, pending.id))
            .filter(row::Column::NextAttemptAt.eq(pending.next_attempt_at))
            .exec(&transaction)
            .await?;
        let (organization, connection) = (pending.organization, pending.connection);
        let adopted = if deleted.rows_affected == 0 {
            Adopted::Ending
        } else if put(&transaction, organization, connection, generation, new).await? {
            Adopted::Stored
        } else {
            Adopted::OtherGeneration
        };
        if adopted == Adopted::Stored {
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        Ok(adopted)
    }

    /// What is still to end in an organization, oldest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn list(&self, organization: OrganizationId) -> Result<Vec<PendingRevocationRow>> {
        Ok(row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .order_by_asc(row::Column::CreatedAt)
            .order_by_asc(row::Column::Id)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(PendingRevocationRow::from)
            .collect())
    }

    /// Takes what is due, instance-wide, longest due first: nobody else gets it before `lease_until`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn take_due(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u64,
    ) -> Result<Vec<PendingRevocationRow>> {
        let due = row::Entity::find()
            .filter(row::Column::NextAttemptAt.lte(now))
            .order_by_asc(row::Column::NextAttemptAt)
            .limit(limit)
            .all(self.0.connection())
            .await?;
        let mut taken = Vec::with_capacity(due.len());
        for found in due {
            let _writing = writing(self.0).await?;
            let changed = row::Entity::update_many()
                .set(row::ActiveModel {
                    next_attempt_at: Set(lease_until),
                    ..Default::default()
                })
                .filter(is(
                    OrganizationId::from_uuid(found.organization_id),
                    found.id,
                ))
                .filter(row::Column::NextAttemptAt.eq(found.next_attempt_at))
                .exec(self.0.connection())
                .await?;
            if changed.rows_affected == 1 {
                taken.push(found.into());
            }
        }
        Ok(taken)
    }

    /// Notes a try that did not succeed, and when the next one may be.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn postpone(
        &self,
        organization: OrganizationId,
        id: Uuid,
        next_attempt_at: Timestamp,
        reason: &str,
    ) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                next_attempt_at: Set(next_attempt_at),
                reason: Set(reason.to_owned()),
                ..Default::default()
            })
            .col_expr(
                row::Column::Attempts,
                Expr::col(row::Column::Attempts).add(1),
            )
            .filter(is(organization, id))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Deletes the sealed credential of a grant that could not be ended, and keeps the row until `shown_until`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn give_up(
        &self,
        organization: OrganizationId,
        id: Uuid,
        shown_until: Timestamp,
        reason: &str,
    ) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .set(row::ActiveModel {
                record: Set(Vec::new()),
                next_attempt_at: Set(shown_until),
                reason: Set(reason.to_owned()),
                ..Default::default()
            })
            .filter(is(organization, id))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Forgets a grant: it ended, or its time is over.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete(&self, organization: OrganizationId, id: Uuid) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::delete_many()
            .filter(is(organization, id))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }
}

fn is(organization: OrganizationId, id: Uuid) -> Condition {
    Condition::all()
        .add(row::Column::OrganizationId.eq(organization.as_uuid()))
        .add(row::Column::Id.eq(id))
}
