//! Messages on their way out. Of several hosts the one that takes a message's lease delivers it; a host that
//! dies meanwhile leaves a lease that ends, and the message is delivered again under the same identity (R18).
//!
//! Must not know: how a message is delivered. Nobody audits a delivery; its cause is audited.

use crate::{
    Access, Result, Store, Unit,
    access::{repository, writing},
    row::outbox as row,
};
use gatelodge_model::{Message, MessageState, OrganizationId, Timestamp, WebhookId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

repository! {
    /// Messages on their way out.
    Outbox
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Where the message stands then.
    pub state: MessageState,
    /// When it is tried next, while it waits.
    pub next_try_at: Timestamp,
    /// Status of the answer, where one came.
    pub status: Option<i32>,
    /// Why it failed.
    pub error: Option<String>,
}

impl<A: Access> Outbox<'_, A> {
    /// Messages to a webhook, the newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list_for_webhook(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        limit: u64,
    ) -> Result<Vec<Message>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::RecipientId.eq(webhook.as_uuid()))
            .filter(row::Column::Way.eq(row::WEBHOOK))
            .order_by_desc(row::Column::CreatedAt)
            .order_by_desc(row::Column::NoticeId)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Message::try_from)
            .collect()
    }

    /// Messages of an organization that were given up, the newest first.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list_dead(
        &self,
        organization: OrganizationId,
        limit: u64,
    ) -> Result<Vec<Message>> {
        row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::State.eq(MessageState::Dead.as_str()))
            .order_by_desc(row::Column::EndedAt)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Message::try_from)
            .collect()
    }

    /// How many messages of an organization were given up.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn count_dead(&self, organization: OrganizationId) -> Result<u64> {
        Ok(row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::State.eq(MessageState::Dead.as_str()))
            .count(self.0.connection())
            .await?)
    }
}

impl Outbox<'_, Store> {
    /// Takes messages whose time has come, instance-wide, for as long as the lease lasts. Each is counted as
    /// tried before it is, so that a message that kills its host does not do so forever.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn claim(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u64,
    ) -> Result<Vec<Message>> {
        let free = Condition::any()
            .add(row::Column::LeaseUntil.is_null())
            .add(row::Column::LeaseUntil.lte(now));
        let due = row::Entity::find()
            .filter(row::Column::State.eq(MessageState::Waiting.as_str()))
            .filter(row::Column::NextTryAt.lte(now))
            .filter(free)
            .order_by_asc(row::Column::NextTryAt)
            .limit(limit)
            .all(self.0.connection())
            .await?;
        let mut mine = Vec::with_capacity(due.len());
        for found in due {
            let _writing = writing(self.0).await?;
            let taken = row::Entity::update_many()
                .set(row::ActiveModel {
                    lease_until: Set(Some(lease_until)),
                    tries: Set(found.tries + 1),
                    ..Default::default()
                })
                .filter(of(&found))
                .filter(row::Column::State.eq(MessageState::Waiting.as_str()))
                .filter(row::Column::Tries.eq(found.tries))
                .exec(self.0.connection())
                .await?;
            if taken.rows_affected == 1 {
                let mut message = Message::try_from(found)?;
                message.tries += 1;
                mine.push(message);
            }
        }
        Ok(mine)
    }

    /// Writes down how a try ended; nothing where somebody else took the message meanwhile.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn tried(&self, message: &Message, tried: &Tried) -> Result<bool> {
        let (way, recipient) = row::way_columns(message.way);
        let ended = tried.state != MessageState::Waiting;
        let _writing = writing(self.0).await?;
        let changed = row::Entity::update_many()
            .set(row::ActiveModel {
                state: Set(tried.state.as_str().to_owned()),
                next_try_at: Set(tried.next_try_at),
                lease_until: Set(None),
                last_status: Set(tried.status),
                last_error: Set(tried.error.clone()),
                ended_at: Set(ended.then(|| self.0.clock().now())),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(message.organization.as_uuid()))
            .filter(row::Column::NoticeId.eq(message.notice.as_uuid()))
            .filter(row::Column::Way.eq(way))
            .filter(row::Column::RecipientId.eq(recipient))
            .filter(row::Column::State.eq(MessageState::Waiting.as_str()))
            .filter(row::Column::Tries.eq(message.tries))
            .exec(self.0.connection())
            .await?;
        Ok(changed.rows_affected == 1)
    }
}

impl Outbox<'_, Unit> {
    /// Gives messages that were given up another series of tries; how many there were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn revive(&self, webhook: Option<WebhookId>) -> Result<u64> {
        let mut update = row::Entity::update_many()
            .set(row::ActiveModel {
                state: Set(MessageState::Waiting.as_str().to_owned()),
                tries: Set(0),
                next_try_at: Set(self.0.clock().now()),
                ended_at: Set(None),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::State.eq(MessageState::Dead.as_str()));
        if let Some(webhook) = webhook {
            update = update.filter(row::Column::RecipientId.eq(webhook.as_uuid()));
        }
        Ok(update.exec(self.0.connection()).await?.rows_affected)
    }

    /// Forgets what waits for a webhook that is gone; how many there were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn delete_for_webhook(&self, webhook: WebhookId) -> Result<u64> {
        let deleted = row::Entity::delete_many()
            .filter(row::Column::OrganizationId.eq(self.0.organization().as_uuid()))
            .filter(row::Column::Way.eq(row::WEBHOOK))
            .filter(row::Column::RecipientId.eq(webhook.as_uuid()))
            .exec(self.0.connection())
            .await?;
        Ok(deleted.rows_affected)
    }
}

fn of(row: &row::Model) -> Condition {
    Condition::all()
        .add(row::Column::OrganizationId.eq(row.organization_id))
        .add(row::Column::NoticeId.eq(row.notice_id))
        .add(row::Column::Way.eq(row.way.as_str()))
        .add(row::Column::RecipientId.eq(row.recipient_id))
}
