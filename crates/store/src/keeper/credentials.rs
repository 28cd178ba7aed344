//! Sealed credentials, and the critical section around a refresh (design invariant 7): an intent with a
//! fence is durable before anything is sent, and only its holder commits what came back.
//!
//! No two hosts' clocks are ever compared: who takes over an intent names the fence that it saw, after it has
//! watched it for the length of a lease with its own clock (R4, R5). Must not know: tokens, or how a refresh is
//! sent.

use crate::{Access, Result, Store, StoreError, access::writing, row::credential as row};
use gatelodge_model::{AttentionReason, ConnectionId, OrganizationId, Timestamp};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict},
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
    /// Slug of the provider; none where a version before wrote the row and its connection is gone.
    pub provider: Option<String>,
    /// When it is to be refreshed without being asked for.
    pub next_refresh_at: Option<Timestamp>,
    /// Why the grant is over, once the provider said so.
    pub ended: Option<AttentionReason>,
}

/// A new record of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// The sealed record.
    pub record: Vec<u8>,
    /// The key it is sealed with.
    pub key_id: String,
    /// Slug of the provider.
    pub provider: String,
    /// When it was made; with the generation it tells one stored state from every other.
    pub at: Timestamp,
    /// When it is to be refreshed without being asked for.
    pub next_refresh_at: Option<Timestamp>,
}

/// A refresh that was begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenIntent {
    /// The keeper that began it.
    pub owner: Uuid,
    /// Until when nobody else may begin one, by the clock of its owner: for people to read.
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

/// A word that this version does not know still says that the grant is over.
fn ended(word: &str) -> AttentionReason {
    AttentionReason::parse(word).unwrap_or(AttentionReason::GrantEnded)
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
            provider: row.provider,
            next_refresh_at: row.next_refresh_at,
            ended: row.ended.as_deref().map(ended),
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
        new: NewRecord,
    ) -> Result<()> {
        let _writing = writing(self.0).await?;
        if put(
            self.0.connection(),
            organization,
            connection,
            generation,
            new,
        )
        .await?
        {
            Ok(())
        } else {
            Err(StoreError::conflict("The credential"))
        }
    }

    /// Begins a refresh: durable when this returns. `over` names the fence of an open intent whose holder is
    /// known to be gone. `None` when the generation is another one by now, or somebody else's intent is open:
    /// then read again and wait.
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
        over: Option<i64>,
    ) -> Result<Option<RefreshIntent>> {
        let now = self.0.clock().now();
        let mut free = Condition::any().add(row::Column::IntentOwner.is_null());
        if let Some(fence) = over {
            free = free.add(row::Column::Fence.eq(fence));
        }
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
            .filter(free)
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
        new: NewRecord,
    ) -> Result<bool> {
        self.renew(organization, connection, intent, new, holds(intent))
            .await
    }

    /// Commits what an earlier refresh gave and could not commit in time: while nothing newer is stored and
    /// nobody else refreshes. `false` otherwise.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: keep trying.
    pub async fn commit_late(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        intent: RefreshIntent,
        new: NewRecord,
    ) -> Result<bool> {
        let undisputed = Condition::all()
            .add(row::Column::Generation.eq(intent.generation))
            .add(
                Condition::any()
                    .add(row::Column::IntentOwner.is_null())
                    .add(row::Column::Fence.eq(intent.fence)),
            );
        self.renew(organization, connection, intent, new, undisputed)
            .await
    }

    async fn renew(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        intent: RefreshIntent,
        new: NewRecord,
        when: Condition,
    ) -> Result<bool> {
        let row = settled(
            organization,
            connection,
            intent.generation + 1,
            intent.fence,
            new,
        );
        let _writing = writing(self.0).await?;
        let changed = row::Entity::update_many()
            .set(committed(row))
            .filter(of(organization, connection))
            .filter(when)
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }

    /// Ends an intent that changed nothing: the request was never sent, or was refused. `ended` says that the
    /// provider ended the grant; `next_refresh_at` when to try again. `false` when the intent is no longer the
    /// one that holds.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn release_intent(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        intent: RefreshIntent,
        ended: Option<AttentionReason>,
        next_refresh_at: Option<Timestamp>,
    ) -> Result<bool> {
        let mut change = no_intent();
        if let Some(reason) = ended {
            change.ended = Set(Some(reason.as_str().to_owned()));
        }
        change.next_refresh_at = Set(next_refresh_at);
        let _writing = writing(self.0).await?;
        let changed = row::Entity::update_many()
            .set(change)
            .filter(of(organization, connection))
            .filter(holds(intent))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }

    /// Ends a grant of which it is known that its stored token is of no use, without asking anybody.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn end(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        reason: AttentionReason,
    ) -> Result<()> {
        let change = row::ActiveModel {
            ended: Set(Some(reason.as_str().to_owned())),
            next_refresh_at: Set(None),
            ..no_intent()
        };
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .set(change)
            .filter(of(organization, connection))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Sets when a credential is to be refreshed without being asked for, unless it was changed meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn set_due(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        generation: i64,
        at: Option<Timestamp>,
    ) -> Result<()> {
        let _writing = writing(self.0).await?;
        row::Entity::update_many()
            .col_expr(row::Column::NextRefreshAt, Expr::value(at))
            .filter(of(organization, connection))
            .filter(row::Column::Generation.eq(generation))
            .exec(self.0.connection())
            .await?;
        Ok(())
    }

    /// Takes credentials of a provider that are due, instance-wide, the longest due first: for `until` no other
    /// keeper is given them.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn claim_due(
        &self,
        provider: &str,
        until: Timestamp,
        limit: u64,
    ) -> Result<Vec<CredentialRow>> {
        let now = self.0.clock().now();
        let _writing = writing(self.0).await?;
        let due = row::Entity::find()
            .select_only()
            .column(row::Column::ConnectionId)
            .filter(row::Column::Provider.eq(provider))
            .filter(row::Column::NextRefreshAt.lte(now))
            .order_by_asc(row::Column::NextRefreshAt)
            .limit(limit)
            // Keepers that look at the same moment take different ones.
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_query();
        let claimed = row::Entity::update_many()
            .col_expr(row::Column::NextRefreshAt, Expr::value(until))
            .filter(row::Column::Provider.eq(provider))
            .filter(row::Column::NextRefreshAt.lte(now))
            .filter(row::Column::ConnectionId.in_subquery(due))
            .exec_with_returning(self.0.connection())
            .await?;
        Ok(claimed.into_iter().map(CredentialRow::from).collect())
    }

    /// Credentials whose refresh was begun and not ended, instance-wide, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn list_open_intents(&self, limit: u64) -> Result<Vec<CredentialRow>> {
        Ok(row::Entity::find()
            .filter(row::Column::IntentSentAt.is_not_null())
            .order_by_asc(row::Column::IntentSentAt)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(CredentialRow::from)
            .collect())
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

/// As [`Credentials::insert_or_replace`], on any connection; `false` when another generation is stored.
pub(super) async fn put(
    database: &impl ConnectionTrait,
    organization: OrganizationId,
    connection: ConnectionId,
    generation: i64,
    new: NewRecord,
) -> Result<bool> {
    let row = settled(organization, connection, generation, 0, new);
    let written = if generation == 1 {
        row::Entity::insert_many([row.into_active_model()])
            .on_conflict(
                OnConflict::columns([row::Column::OrganizationId, row::Column::ConnectionId])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(database)
            .await?
    } else {
        row::Entity::update_many()
            .set(committed(row))
            .col_expr(row::Column::Fence, Expr::col(row::Column::Fence).add(1))
            .filter(of(organization, connection))
            .filter(row::Column::Generation.eq(generation - 1))
            .exec(database)
            .await?
            .rows_affected
    };
    Ok(written > 0)
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

/// The row of a new record, with no refresh under way.
fn settled(
    organization: OrganizationId,
    connection: ConnectionId,
    generation: i64,
    fence: i64,
    new: NewRecord,
) -> row::Model {
    row::Model {
        organization_id: organization.as_uuid(),
        connection_id: connection.as_uuid(),
        generation,
        fence,
        intent_owner: None,
        intent_lease_until: None,
        intent_sent_at: None,
        record: new.record,
        key_id: new.key_id,
        updated_at: new.at,
        provider: Some(new.provider),
        next_refresh_at: new.next_refresh_at,
        ended: None,
    }
}

fn committed(row: row::Model) -> row::ActiveModel {
    row::ActiveModel {
        generation: Set(row.generation),
        record: Set(row.record),
        key_id: Set(row.key_id),
        updated_at: Set(row.updated_at),
        provider: Set(row.provider),
        next_refresh_at: Set(row.next_refresh_at),
        ended: Set(row.ended),
        ..no_intent()
    }
}
