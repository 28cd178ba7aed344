//! What people are told, and whether they want it by mail too. A notice comes about in the unit of work of its
//! cause, and its messages with it, so that neither is there without the other.
//!
//! Must not know: texts.

use crate::{
    Access, Result, Store, Unit,
    access::{repository, writing},
    row::{notice as row, notification_preference as preference, outbox, webhook_target},
};
use gatelodge_model::{
    MessageState, NewNotice, Notice, NoticeId, OrganizationId, Timestamp, UserId, Way, WebhookId,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};

repository! {
    /// What people are told.
    Notices
}

impl<A: Access> Notices<'_, A> {
    /// One notice of an organization.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn find(&self, organization: OrganizationId, id: NoticeId) -> Result<Option<Notice>> {
        row::Entity::find_by_id((organization.as_uuid(), id.as_uuid()))
            .one(self.0.connection())
            .await?
            .map(Notice::try_from)
            .transpose()
    }

    /// A person's notices, the newest first, older than `before`.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`], [`crate::StoreError::Corrupt`].
    pub async fn list(
        &self,
        organization: OrganizationId,
        user: UserId,
        limit: u64,
        before: Option<NoticeId>,
    ) -> Result<Vec<Notice>> {
        let mut select = row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()));
        if let Some(before) = before {
            select = select.filter(row::Column::Id.lt(before.as_uuid()));
        }
        select
            .order_by_desc(row::Column::Id)
            .limit(limit)
            .all(self.0.connection())
            .await?
            .into_iter()
            .map(Notice::try_from)
            .collect()
    }

    /// How many of a person's notices are unread.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn count_unread(&self, organization: OrganizationId, user: UserId) -> Result<u64> {
        Ok(row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()))
            .filter(row::Column::ReadAt.is_null())
            .count(self.0.connection())
            .await?)
    }

    /// Whether a notice with this key was told.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn is_told(
        &self,
        organization: OrganizationId,
        user: UserId,
        key: &str,
    ) -> Result<bool> {
        Ok(row::Entity::find()
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()))
            .filter(row::Column::Key.eq(key))
            .count(self.0.connection())
            .await?
            > 0)
    }

    /// Whether a person wants mail; who never said so does.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn wants_mail(&self, organization: OrganizationId, user: UserId) -> Result<bool> {
        Ok(
            preference::Entity::find_by_id((organization.as_uuid(), user.as_uuid()))
                .one(self.0.connection())
                .await?
                .is_none_or(|row| row.mail),
        )
    }
}

impl Notices<'_, Store> {
    /// Marks a person's notices as read: one, or all that are there. Nobody audits it. How many there were.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn mark_read(
        &self,
        organization: OrganizationId,
        user: UserId,
        only: Option<NoticeId>,
    ) -> Result<u64> {
        let mut update = row::Entity::update_many()
            .set(row::ActiveModel {
                read_at: Set(Some(self.0.clock().now())),
                ..Default::default()
            })
            .filter(row::Column::OrganizationId.eq(organization.as_uuid()))
            .filter(row::Column::UserId.eq(user.as_uuid()))
            .filter(row::Column::ReadAt.is_null());
        if let Some(only) = only {
            update = update.filter(row::Column::Id.eq(only.as_uuid()));
        }
        let _writing = writing(self.0).await?;
        Ok(update.exec(self.0.connection()).await?.rows_affected)
    }
}

impl Notices<'_, Unit> {
    /// Tells a person, unless a notice with this key was told already. Messages come about with it: one by mail
    /// where `mail` says that there is mail and the person wants it, and one for each webhook that is switched on.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn tell(&self, notice: &NewNotice, mail: bool) -> Result<Option<NoticeId>> {
        let Some(id) = self.tell_person(notice, mail).await? else {
            return Ok(None);
        };
        let webhooks = webhook_target::Entity::find()
            .filter(webhook_target::Column::OrganizationId.eq(notice.organization.as_uuid()))
            .filter(webhook_target::Column::Enabled.eq(true))
            .all(self.0.connection())
            .await?;
        let ways: Vec<_> = webhooks
            .into_iter()
            .map(|row| Way::Webhook(WebhookId::from_uuid(row.id)))
            .collect();
        self.send(notice.organization, id, &ways).await?;
        Ok(Some(id))
    }

    /// Tells one more person of what others are told too: on the page, and by mail as with [`Notices::tell`], but by
    /// no webhook, which would hear it twice.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn tell_person(&self, notice: &NewNotice, mail: bool) -> Result<Option<NoticeId>> {
        let Some(id) = self.insert(notice).await? else {
            return Ok(None);
        };
        if mail && self.wants_mail(notice.organization, notice.user).await? {
            let way = Way::Mail(notice.user);
            self.send(notice.organization, id, &[way]).await?;
        }
        Ok(Some(id))
    }

    /// Tells many people the same kind of thing, on the page and by mail as with [`Notices::tell`]; by no webhook,
    /// which would hear it as often. Whom it was told.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn tell_people(&self, notices: &[NewNotice], mail: bool) -> Result<Vec<UserId>> {
        let mut told = Vec::with_capacity(notices.len());
        for notice in notices {
            if self.tell_person(notice, mail).await?.is_some() {
                told.push(notice.user);
            }
        }
        Ok(told)
    }

    /// Tells a person, with exactly one message: for trying a webhook.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn tell_by(&self, notice: &NewNotice, way: Way) -> Result<Option<NoticeId>> {
        let Some(id) = self.insert(notice).await? else {
            return Ok(None);
        };
        self.send(notice.organization, id, &[way]).await?;
        Ok(Some(id))
    }

    /// Sets whether a person wants mail.
    ///
    /// # Errors
    /// [`crate::StoreError::Unavailable`].
    pub async fn set_wants_mail(&self, user: UserId, mail: bool) -> Result<()> {
        let row = preference::Model {
            organization_id: self.0.organization().as_uuid(),
            user_id: user.as_uuid(),
            mail,
            updated_at: self.0.clock().now(),
        };
        preference::Entity::insert_many([row.into_active_model()])
            .on_conflict(
                OnConflict::columns([
                    preference::Column::OrganizationId,
                    preference::Column::UserId,
                ])
                .update_columns([preference::Column::Mail, preference::Column::UpdatedAt])
                .to_owned(),
            )
            .exec_without_returning(self.0.connection())
            .await?;
        Ok(())
    }

    async fn insert(&self, notice: &NewNotice) -> Result<Option<NoticeId>> {
        self.0.owns(notice.organization, "the notice")?;
        let id = NoticeId::from_uuid(self.0.fresh_uuid());
        let row = row::Model {
            organization_id: notice.organization.as_uuid(),
            id: id.as_uuid(),
            user_id: notice.user.as_uuid(),
            kind: notice.kind.as_str().to_owned(),
            key: notice.key.clone(),
            title: notice.title.clone(),
            body: notice.body.clone(),
            path: notice.path.clone(),
            created_at: self.0.clock().now(),
            read_at: None,
        };
        let told = row::Entity::insert_many([row.into_active_model()])
            .on_conflict(
                OnConflict::columns([
                    row::Column::OrganizationId,
                    row::Column::UserId,
                    row::Column::Key,
                ])
                .do_nothing()
                .to_owned(),
            )
            .exec_without_returning(self.0.connection())
            .await?;
        Ok((told == 1).then_some(id))
    }

    async fn send(
        &self,
        organization: OrganizationId,
        notice: NoticeId,
        ways: &[Way],
    ) -> Result<()> {
        let now: Timestamp = self.0.clock().now();
        for way in ways {
            let (way, recipient) = outbox::way_columns(*way);
            let row = outbox::Model {
                organization_id: organization.as_uuid(),
                notice_id: notice.as_uuid(),
                way: way.to_owned(),
                recipient_id: recipient,
                state: MessageState::Waiting.as_str().to_owned(),
                tries: 0,
                created_at: now,
                next_try_at: now,
                lease_until: None,
                last_status: None,
                last_error: None,
                ended_at: None,
            };
            outbox::Entity::insert(row.into_active_model())
                .exec_without_returning(self.0.connection())
                .await?;
        }
        Ok(())
    }
}
