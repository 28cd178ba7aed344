//! Sealed credentials, and the critical section around a refresh (design invariant 7): an intent with a
//! lease and a fence is durable before anything is sent, and only its holder commits what came back.
//!
//! Must not know: tokens, or how a refresh is sent.

use crate::{Access, Result, Store, StoreError, access::writing, row::credential as row};
use gatelodge_model::{ConnectionId, OrganizationId, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

/// Credentials.
#[derive(Clone, Copy)]
pub struct Credentials<'a>(pub(super) &'a Store);

/// A stored credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRow {
    /// Tenant.
    pub organization: OrganizationId,
    /// Whose credential.
    pub connection: ConnectionId,
    /// Grows with every committed record; part of the seal.
    pub generation: i64,
    /// Grows with every intent.
    pub fence: i64,
    /// The open intent, if there is one.
    pub intent: Option<OpenIntent>,
    /// The sealed record.
    pub record: Vec<u8>,
    /// The key it is sealed with.
    pub key_id: String,
    /// When it was last committed.
    pub updated_at: Timestamp,
}

/// A refresh that was begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenIntent {
    /// The keeper that began it.
    pub owner: Uuid,
    /// Until when nobody else may begin one.
    pub lease_until: Timestamp,
    /// When it was about to be sent.
    pub sent_at: Timestamp,
}

/// The right to refresh one credential once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshIntent {
    /// The generation that is being replaced.
    pub generation: i64,
    /// The fence of this intent.
    pub fence: i64,
}

impl From<row::Model> for CredentialRow {
    fn from(row: row::Model) -> Self {
        let intent = match (row.intent_owner, row.intent_lease_until, row.intent_sent_at) {
            (Some(owner), Some(lease_until), Some(sent_at)) => Some(OpenIntent {
                owner,
                lease_until,
                sent_at,
            }),
            _ => None,
        };
        Self {
            organization: OrganizationId::from_uuid(row.organization_id),
            connection: ConnectionId::from_uuid(row.connection_id),
            generation: row.generation,
            fence: row.fence,
            intent,
            record: row.record,
            key_id: row.key_id,
            updated_at: row.updated_at,
        }
    }
}

impl Credentials<'_> {
    /// The credential of a connection.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn load(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<Option<CredentialRow>> {
        Ok(
            row::Entity::find_by_id((organization.as_uuid(), connection.as_uuid()))
                .one(self.0.connection())
                .await?
                .map(CredentialRow::from),
        )
    }

    /// Whether there is any credential, instance-wide.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn any(&self) -> Result<bool> {
        Ok(row::Entity::find()
            .one(self.0.connection())
            .await?
            .is_some())
    }

    /// Stores the record of a new grant, sealed for `generation`: 1 where there is no credential, one more
    /// than the stored one where it is replaced. Ends any open intent: the grant that it refreshes is gone.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another generation is stored meanwhile; seal again and repeat.
    pub async fn insert_or_replace(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        generation: i64,
        record: Vec<u8>,
        key_id: &str,
    ) -> Result<()> {
        let row = row::Model {
            organization_id: organization.as_uuid(),
            connection_id: connection.as_uuid(),
            generation,
            fence: 0,
            intent_owner: None,
            intent_lease_until: None,
            intent_sent_at: None,
            record,
            key_id: key_id.to_owned(),
            updated_at: self.0.clock().now(),
        };
        let _writing = writing(self.0).await?;
        let written = if generation == 1 {
            row::Entity::insert_many([row.into_active_model()])
                .on_conflict(
                    OnConflict::columns([row::Column::OrganizationId, row::Column::ConnectionId])
                        .do_nothing()
                        .to_owned(),
                )
                .exec_without_returning(self.0.connection())
                .await?
        } else {
            row::Entity::update_many()
                .set(committed(row))
                .col_expr(row::Column::Fence, Expr::col(row::Column::Fence).add(1))
                .filter(of(organization, connection))
                .filter(row::Column::Generation.eq(generation - 1))
                .exec(self.0.connection())
                .await?
                .rows_affected
        };
        if written == 0 {
            return Err(StoreError::conflict("The credential"));
        }
        Ok(())
    }

    /// Begins a refresh: durable when this returns. `None` when the generation is another one by now, or
    /// somebody else's lease still runs: then read again and wait.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: then nothing may be sent.
    pub async fn take_refresh_intent(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        generation: i64,
        owner: Uuid,
        lease_until: Timestamp,
    ) -> Result<Option<RefreshIntent>> {
        let now = self.0.clock().now();
        let _writing = writing(self.0).await?;
        let taken = row::Entity::update_many()
            .set(row::ActiveModel {
                intent_owner: Set(Some(owner)),
                intent_lease_until: Set(Some(lease_until)),
                intent_sent_at: Set(Some(now)),
                ..Default::default()
            })
            .col_expr(row::Column::Fence, Expr::col(row::Column::Fence).add(1))
            .filter(of(organization, connection))
            .filter(row::Column::Generation.eq(generation))
            .filter(
                Condition::any()
                    .add(row::Column::IntentLeaseUntil.is_null())
                    .add(row::Column::IntentLeaseUntil.lte(now)),
            )
            .exec_with_returning(self.0.connection())
            .await?;
        Ok(taken.first().map(|row| RefreshIntent {
            generation: row.generation,
            fence: row.fence,
        }))
    }

    /// Commits what a refresh gave, sealed for the next generation: one statement. `false` when the
    /// intent is no longer the one that holds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: keep trying, the new token exists nowhere else.
    pub async fn commit_refreshed(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        intent: RefreshIntent,
        record: Vec<u8>,
        key_id: &str,
    ) -> Result<bool> {
        let row = row::Model {
            organization_id: organization.as_uuid(),
            connection_id: connection.as_uuid(),
            generation: intent.generation + 1,
            fence: intent.fence,
            intent_owner: None,
            intent_lease_until: None,
            intent_sent_at: None,
            record,
            key_id: key_id.to_owned(),
            updated_at: self.0.clock().now(),
        };
        let _writing = writing(self.0).await?;
        let changed = row::Entity::update_many()
            .set(committed(row))
            .filter(of(organization, connection))
            .filter(holds(intent))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }

    /// Ends an intent that changed nothing: the request was never sent, or was refused. `false` when it is
    /// no longer the one that holds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn release_intent(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        intent: RefreshIntent,
    ) -> Result<bool> {
        let _writing = writing(self.0).await?;
        let changed = row::Entity::update_many()
            .set(no_intent())
            .filter(of(organization, connection))
            .filter(holds(intent))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }

    /// Credentials whose refresh was begun and not ended, instance-wide, oldest first: for start-up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn list_open_intents(&self) -> Result<Vec<CredentialRow>> {
        Ok(row::Entity::find()
            .filter(row::Column::IntentOwner.is_not_null())
            .order_by_asc(row::Column::IntentSentAt)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(CredentialRow::from)
            .collect())
    }

    /// Ends the leases of all open intents, instance-wide, and leaves the intents: for the start of a keeper that is
    /// the only one, where whoever held them is gone. Should the holder live after all, its fence still decides.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn end_leases(&self) -> Result<u64> {
        let _writing = writing(self.0).await?;
        let ended = row::Entity::update_many()
            .set(row::ActiveModel {
                intent_lease_until: Set(Some(self.0.clock().now())),
                ..Default::default()
            })
            .filter(row::Column::IntentOwner.is_not_null())
            .exec(self.0.connection())
            .await?;
        Ok(ended.rows_affected)
    }

    /// Deletes a credential; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: then it is still there.
    pub async fn delete(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<bool> {
        let _writing = writing(self.0).await?;
        let deleted = row::Entity::delete_many()
            .filter(of(organization, connection))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected > 0)
    }
}

fn of(organization: OrganizationId, connection: ConnectionId) -> Condition {
    Condition::all()
        .add(row::Column::OrganizationId.eq(organization.as_uuid()))
        .add(row::Column::ConnectionId.eq(connection.as_uuid()))
}

fn holds(intent: RefreshIntent) -> Condition {
    Condition::all()
        .add(row::Column::Generation.eq(intent.generation))
        .add(row::Column::Fence.eq(intent.fence))
        .add(row::Column::IntentOwner.is_not_null())
}

fn no_intent() -> row::ActiveModel {
    row::ActiveModel {
        intent_owner: Set(None),
        intent_lease_until: Set(None),
        intent_sent_at: Set(None),
        ..Default::default()
    }
}

fn committed(row: row::Model) -> row::ActiveModel {
    row::ActiveModel {
        generation: Set(row.generation),
        record: Set(row.record),
        key_id: Set(row.key_id),
        updated_at: Set(row.updated_at),
        ..no_intent()
    }
}
