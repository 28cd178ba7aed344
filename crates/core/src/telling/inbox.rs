//! A person's own notices, and whether they want mail.
//!
//! Must not know: other people's.

use crate::{Hub, Person, hub::event};
use gatelodge_model::{AuditOutcome, Notice, NoticeId, Result};
use serde_json::json;

/// A person's notices.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// The newest first.
    pub notices: Vec<Notice>,
    /// How many are unread, among all.
    pub unread: u64,
    /// Whether there are older ones.
    pub more: bool,
    /// Whether this installation sends mail at all.
    pub mail_possible: bool,
    /// Whether the person wants it.
    pub mail_wanted: bool,
}

/// Notices on one page.
const PAGE: u64 = 50;

impl Hub {
    /// How many of the person's notices are unread.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn unread_count(&self, person: &Person) -> Result<u64> {
        Ok(self
            .store
            .notices()
            .count_unread(person.context.organization, person.user.id)
            .await?)
    }

    /// The person's notices, older than `before`.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn inbox(&self, person: &Person, before: Option<NoticeId>) -> Result<Inbox> {
        let (organization, user) = (person.context.organization, person.user.id);
        let store = self.store.notices();
        let mut notices = store.list(organization, user, PAGE + 1, before).await?;
        let more = notices.len() as u64 > PAGE;
        notices.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
        Ok(Inbox {
            notices,
            unread: store.count_unread(organization, user).await?,
            more,
            mail_possible: self.settings.mail,
            mail_wanted: store.wants_mail(organization, user).await?,
        })
    }

    /// Marks one of the person's notices as read, or all.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn mark_notices_read(&self, person: &Person, only: Option<NoticeId>) -> Result<u64> {
        Ok(self
            .store
            .notices()
            .mark_read(person.context.organization, person.user.id, only)
            .await?)
    }

    /// Sets whether the person wants mail.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn set_mail_wanted(&self, person: &Person, wanted: bool) -> Result<()> {
        let unit = self.store.begin(person.context.organization).await?;
        unit.notices()
            .set_wants_mail(person.user.id, wanted)
            .await?;
        unit.commit(vec![event(
            &person.context,
            "preference.changed",
            person.user.id,
            AuditOutcome::Success,
            json!({ "mail": wanted }),
        )])
        .await?;
        Ok(())
    }
}
