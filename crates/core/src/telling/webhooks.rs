//! The webhooks of an organization: an administrator names an address, sees its secret once, tries it, and reads
//! what became of each message.
//!
//! Must not know: the secret afterwards; the keeper seals it together with the address.

use crate::{
    Hub, Person,
    hub::event,
    people::{require_admin, require_overseer},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gatelodge_keeper_client::SaveWebhook;
use gatelodge_model::{
    AuditOutcome, Error, Message, NewNotice, NoticeKind, Result, Secret, Way, WebhookId,
    WebhookTarget,
};
use serde_json::json;
use url::Url;

/// Messages shown for one webhook, and of those that were given up.
const SHOWN: u64 = 20;

/// A webhook to add.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// A name for people.
    pub name: String,
    /// Where it goes.
    pub url: String,
}

/// A webhook that was just added.
#[derive(Debug, Clone)]
pub struct WebhookMade {
    /// The webhook.
    pub target: WebhookTarget,
    /// What signs its messages; shown now and never again.
    pub secret: Secret,
}

/// A webhook with its last messages, the newest first.
#[derive(Debug, Clone)]
pub struct WebhookView {
    /// The webhook.
    pub target: WebhookTarget,
    /// Its messages.
    pub messages: Vec<Message>,
}

impl Hub {
    /// The organization's webhooks with their last deliveries.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn webhooks(&self, person: &Person) -> Result<Vec<WebhookView>> {
        require_overseer(person)?;
        let organization = person.context.organization;
        let mut views = Vec::new();
        for target in self.store.webhook_targets().list(organization).await? {
            let messages = self
                .store
                .outbox()
                .list_for_webhook(organization, target.id, SHOWN)
                .await?;
            views.push(WebhookView { target, messages });
        }
        Ok(views)
    }

    /// Messages that were given up, by any way, the newest first.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn dead_messages(&self, person: &Person) -> Result<Vec<Message>> {
        require_overseer(person)?;
        Ok(self
            .store
            .outbox()
            .list_dead(person.context.organization, SHOWN)
            .await?)
    }

    /// Adds a webhook. The keeper has it first, so that no row promises what cannot be delivered.
    ///
    /// # Errors
    /// `forbidden`, `step_up_needed`, `invalid_argument` for an address or name that cannot be used, `egress_denied` for one that the
    /// guard would never let anything go to.
    pub async fn add_webhook(&self, person: &Person, new: NewWebhook) -> Result<WebhookMade> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
            return Err(Error::invalid("name", "A name has 1 to 80 characters."));
        }
        let url = Url::parse(new.url.trim())
            .map_err(|_| Error::invalid("url", "This is not an address."))?;
        let mut bytes = [0_u8; 32];
        self.random.fill(&mut bytes);
        // The form of Standard Webhooks ("Signature scheme"): a prefix, and the key in base64.
        let secret = Secret::new(format!("whsec_{}", STANDARD.encode(bytes)));
        let id = WebhookId::generate(&*self.clock, &*self.random);
        let organization = person.context.organization;
        let fingerprint = self
            .keeper
            .save_webhook(SaveWebhook {
                organization,
                webhook: id,
                url: url.clone(),
                secret: Some(secret.clone()),
            })
            .await
            .map_err(Error::from)?;
        let target = WebhookTarget {
            id,
            organization,
            name: name.to_owned(),
            url: shown(&url),
            fingerprint,
            enabled: true,
            created_by: person.user.id,
            created_at: self.now(),
        };
        let unit = self.store.begin(organization).await?;
        unit.webhook_targets().insert(&target).await?;
        unit.commit(vec![event(
            &person.context,
            "webhook.added",
            id,
            AuditOutcome::Success,
            json!({ "name": target.name, "host": url.host_str() }),
        )])
        .await?;
        Ok(WebhookMade { target, secret })
    }

    /// Switches a webhook on or off. What happens meanwhile is not sent later.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn switch_webhook(
        &self,
        person: &Person,
        id: WebhookId,
        enabled: bool,
    ) -> Result<()> {
        require_admin(person)?;
        let unit = self.store.begin(person.context.organization).await?;
        let mut target = unit
            .webhook_targets()
            .find(person.context.organization, id)
            .await?
            .ok_or_else(|| Error::not_found("webhook"))?;
        target.enabled = enabled;
        unit.webhook_targets().update(&target).await?;
        let action = if enabled {
            "webhook.switched_on"
        } else {
            "webhook.switched_off"
        };
        unit.commit(vec![event(
            &person.context,
            action,
            id,
            AuditOutcome::Success,
            json!({}),
        )])
        .await?;
        Ok(())
    }

    /// Sends a test message to a webhook; what became of it shows with its deliveries.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn test_webhook(&self, person: &Person, id: WebhookId) -> Result<()> {
        require_admin(person)?;
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        let target = unit
            .webhook_targets()
            .find(organization, id)
            .await?
            .ok_or_else(|| Error::not_found("webhook"))?;
        let notice = NewNotice {
            organization,
            user: person.user.id,
            kind: NoticeKind::Test,
            key: format!("test:{}", person.context.request),
            title: "A test message was sent to a webhook".to_owned(),
            body: format!(
                "You tried the webhook {}.",
                super::words::line(&target.name)
            ),
            path: "/admin/webhooks".to_owned(),
        };
        unit.notices().tell_by(&notice, Way::Webhook(id)).await?;
        unit.commit(vec![event(
            &person.context,
            "webhook.tested",
            id,
            AuditOutcome::Success,
            json!({}),
        )])
        .await?;
        self.outbox_filled.notify_one();
        Ok(())
    }

    /// Gives the messages that were given up another series of tries; how many there were.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn retry_dead_messages(&self, person: &Person) -> Result<u64> {
        require_admin(person)?;
        let unit = self.store.begin(person.context.organization).await?;
        let revived = unit.outbox().revive(None).await?;
        unit.commit(vec![event(
            &person.context,
            "outbox.retried",
            "outbox",
            AuditOutcome::Success,
            json!({ "messages": revived }),
        )])
        .await?;
        self.outbox_filled.notify_one();
        Ok(revived)
    }

    /// Removes a webhook and what waits for it.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn delete_webhook(&self, person: &Person, id: WebhookId) -> Result<()> {
        require_admin(person)?;
        let organization = person.context.organization;
        let unit = self.store.begin(organization).await?;
        if !unit.webhook_targets().delete(id).await? {
            return Err(Error::not_found("webhook"));
        }
        unit.outbox().delete_for_webhook(id).await?;
        unit.commit(vec![event(
            &person.context,
            "webhook.removed",
            id,
            AuditOutcome::Success,
            json!({}),
        )])
        .await?;
        self.keeper
            .delete_webhook(organization, id)
            .await
            .map_err(Error::from)
    }
}

/// The address without what may be a secret in it: many receivers put one into the path or the query.
fn shown(url: &Url) -> String {
    let origin = url.origin().ascii_serialization();
    if url.path() == "/" && url.query().is_none() {
        origin
    } else {
        format!("{origin}/…")
    }
}
