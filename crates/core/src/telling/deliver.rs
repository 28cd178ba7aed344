//! Sending what waits in the outbox: at least once, with growing pauses, until its receiver takes it or it is given
//! up, which administrators see.
//!
//! Must not know: SMTP, signatures, addresses of webhooks; the keeper has those.

use super::words::line;
use crate::{Hub, hub::event};
use futures::{StreamExt as _, stream};
use gatelodge_keeper_client::{DeliverMail, DeliverWebhook, KeeperFailure, WebhookAnswer};
use gatelodge_model::{
    AuditOutcome, Error, ErrorKind, Message, MessageState, Notice, Result, Retry, UserId, Way,
    WebhookId,
};
use gatelodge_store::Tried;
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// How long a host may take for one message before another host repeats it.
const LEASE: Duration = Duration::from_mins(2);

/// Messages in one statement, and at the same time.
const BATCH: u64 = 20;
const AT_ONCE: usize = 4;

/// Pauses after each failed try, in seconds; after the last one a message is given up. The series of Standard
/// Webhooks ("Deliverability and reliability"), shortened by its last two days.
const PAUSES: [u64; 8] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000];

/// The longest wait that a receiver can ask for.
const LONGEST_WAIT: u64 = 86_400;

/// Between two tries while the keeper has no key.
const WHILE_SEALED: Duration = Duration::from_mins(1);

impl Hub {
    /// Delivers everything that waits, as far as it goes; how many messages were tried.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn deliver_due_messages(self: &Arc<Self>) -> Result<usize> {
        let mut tried = 0;
        while !self.ending.is_cancelled() {
            let claimed = self
                .store
                .outbox()
                .claim(self.now(), self.after(LEASE), BATCH)
                .await?;
            if claimed.is_empty() {
                break;
            }
            tried += claimed.len();
            stream::iter(claimed)
                .for_each_concurrent(AT_ONCE, |message| {
                    let hub = Arc::clone(self);
                    async move {
                        if let Err(error) = hub.deliver(&message).await {
                            // Its lease ends, and it is delivered again under the same identity.
                            tracing::warn!(notice = %message.notice, error = ?error, "the end of a delivery was not noted");
                        }
                    }
                })
                .await;
        }
        Ok(tried)
    }

    async fn deliver(&self, message: &Message) -> Result<()> {
        let found = self
            .store
            .notices()
            .find(message.organization, message.notice)
            .await?;
        let Some(notice) = found else {
            let end = given_up(self.now(), None, "the notice is gone".to_owned());
            self.store.outbox().tried(message, &end).await?;
            return Ok(());
        };
        let end = match message.way {
            Way::Mail(user) => self.deliver_mail(message, &notice, user).await?,
            Way::Webhook(webhook) => self.deliver_webhook(message, &notice, webhook).await?,
        };
        self.store.outbox().tried(message, &end).await?;
        Ok(())
    }

    async fn deliver_mail(
        &self,
        message: &Message,
        notice: &Notice,
        user: UserId,
    ) -> Result<Tried> {
        let found = self
            .store
            .users()
            .find(message.organization, user)
            .await?
            .filter(|user| user.removed_at.is_none());
        let Some(user) = found else {
            return Ok(given_up(
                self.now(),
                None,
                "the person is removed".to_owned(),
            ));
        };
        let text = format!(
            "{}\n\n{}\n\n-- \nGatelodge tells each thing once. Switch mail off under Notices: {}\n",
            notice.body,
            self.address(&notice.path),
            self.address("/notices"),
        );
        let sent = self
            .keeper
            .deliver_mail(DeliverMail {
                message: notice.id.to_string(),
                to: user.email,
                subject: line(&notice.title),
                text,
            })
            .await;
        Ok(match sent {
            Ok(()) => delivered(self.now(), None),
            Err(failure) => self.after_failure(message, &failure),
        })
    }

    async fn deliver_webhook(
        &self,
        message: &Message,
        notice: &Notice,
        webhook: WebhookId,
    ) -> Result<Tried> {
        let body = json!({
            "type": notice.kind,
            "timestamp": notice.created_at.to_rfc3339(),
            "data": {
                "notice": notice.id,
                "organization": notice.organization,
                "user": notice.user,
                "title": notice.title,
                "text": notice.body,
                "url": self.address(&notice.path),
            },
        });
        let sent = self
            .keeper
            .deliver_webhook(DeliverWebhook {
                organization: message.organization,
                webhook,
                message: notice.id.to_string(),
                body: body.to_string(),
            })
            .await;
        let answer = match sent {
            Ok(answer) => answer,
            Err(failure) => return Ok(self.after_failure(message, &failure)),
        };
        if answer.is_gone() {
            self.switch_off_gone(message, webhook).await?;
        }
        Ok(self.after_answer(message, answer))
    }

    fn after_answer(&self, message: &Message, answer: WebhookAnswer) -> Tried {
        let (now, status) = (self.now(), Some(i32::from(answer.status)));
        if answer.is_taken() {
            return delivered(now, status);
        }
        let words = format!("The receiver answered with HTTP {}.", answer.status);
        if answer.is_gone() {
            return given_up(now, status, words);
        }
        self.later(message, status, words, answer.retry_after_seconds)
    }

    fn after_failure(&self, message: &Message, failure: &KeeperFailure) -> Tried {
        let words = line(failure.error.message());
        if failure.error.kind() == ErrorKind::Sealed {
            // However long the keeper waits for its key: nothing was tried at the receiver.
            return Tried {
                state: MessageState::Waiting,
                next_try_at: self.after(WHILE_SEALED),
                status: None,
                error: Some(words),
            };
        }
        if failure.error.retry() == Retry::Later || failure.error.kind() == ErrorKind::Internal {
            self.later(message, None, words, None)
        } else {
            given_up(self.now(), None, words)
        }
    }

    fn later(
        &self,
        message: &Message,
        status: Option<i32>,
        words: String,
        asked: Option<u64>,
    ) -> Tried {
        let done = usize::try_from(message.tries.max(1) - 1).unwrap_or(usize::MAX);
        let Some(pause) = PAUSES.get(done) else {
            return given_up(self.now(), status, words);
        };
        let pause = asked.unwrap_or_default().min(LONGEST_WAIT).max(*pause);
        Tried {
            state: MessageState::Waiting,
            next_try_at: self.after(Duration::from_secs(pause)),
            status,
            error: Some(words),
        }
    }

    /// The receiver wants no more, ever (HTTP 410; Standard Webhooks).
    async fn switch_off_gone(&self, message: &Message, webhook: WebhookId) -> Result<()> {
        let unit = self.store.begin(message.organization).await?;
        let Some(mut target) = unit
            .webhook_targets()
            .find(message.organization, webhook)
            .await?
            .filter(|target| target.enabled)
        else {
            return Ok(());
        };
        target.enabled = false;
        unit.webhook_targets().update(&target).await?;
        let context = self.system_context(message.organization);
        unit.commit(vec![event(
            &context,
            "webhook.switched_off",
            webhook,
            AuditOutcome::Success,
            json!({ "because": "gone" }),
        )])
        .await
        .map_err(Error::from)?;
        Ok(())
    }

    /// Where a path of ours is, for people.
    pub(crate) fn address(&self, path: &str) -> String {
        self.first_public_url().map_or_else(
            || path.to_owned(),
            |url| format!("{}{path}", url.as_str().trim_end_matches('/')),
        )
    }
}

fn delivered(now: gatelodge_model::Timestamp, status: Option<i32>) -> Tried {
    Tried {
        state: MessageState::Delivered,
        next_try_at: now,
        status,
        error: None,
    }
}

fn given_up(now: gatelodge_model::Timestamp, status: Option<i32>, words: String) -> Tried {
    Tried {
        state: MessageState::Dead,
        next_try_at: now,
        status,
        error: Some(words),
    }
}
