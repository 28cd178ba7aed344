//! Webhooks: kept sealed with where they go, signed, sent once.
//!
//! The address is part of the seal, because it often is a secret itself and because nobody who can write
//! rows shall choose where messages go. Must not know: what a message says, or when to repeat it.

use crate::{
    credential::{from_bytes, secret as expose, to_bytes},
    egress::{Body, DestinationClass, Exchange, Origin, SendFailure, denied, host_of, target},
    keeper::Inner,
    sealing::Place,
    webhook_signature::{key_of, sign},
};
use gatelodge_keeper_client::{DeliverWebhook, KeeperResult, SaveWebhook, WebhookAnswer};
use gatelodge_model::{
    Digest, Error, ErrorKind, OrganizationId, Retry, Secret, WebhookId, WhoMustAct,
};
use gatelodge_store::{StoreError, keeper::WebhookSecret};
use serde::{Deserialize, Serialize};
use url::{Position, Url};

/// How often a concurrent change is met before giving up.
const ATTEMPTS: usize = 5;

/// Domain tag of fingerprints.
const FINGERPRINT_TAG: &str = "gatelodge.webhook-secret.v1";

/// How many digits of the hash people see.
const FINGERPRINT_DIGITS: usize = 8;

/// The longest body. Receivers of such messages take less than providers do.
const LONGEST_BODY: usize = 256 * 1024;

/// The longest pause that a receiver may ask for: a day.
const LONGEST_PAUSE: u64 = 24 * 60 * 60;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct WebhookRecord {
    url: Url,
    #[serde(serialize_with = "expose")]
    secret: Secret,
}

impl Inner {
    pub(crate) async fn save_webhook(&self, webhook: SaveWebhook) -> KeeperResult<String> {
        self.place(&webhook.url)?;
        if let Some(secret) = &webhook.secret {
            key_of(secret)?;
        }
        for _ in 0..ATTEMPTS {
            let stored = self
                .load_webhook(webhook.organization, webhook.webhook)
                .await?;
            let generation = stored.as_ref().map_or(1, |(_, generation)| generation + 1);
            let kept = stored.map(|(record, _)| record.secret);
            let Some(secret) = webhook.secret.clone().or(kept) else {
                return Err(Error::invalid("secret", "A new webhook needs a secret.").into());
            };
            let shown = fingerprint(&secret);
            let bytes = to_bytes(&WebhookRecord {
                url: webhook.url.clone(),
                secret,
            })?;
            let sealed = self
                .sealing
                .seal(
                    Place::Webhook,
                    webhook.organization,
                    &webhook.webhook,
                    generation,
                    &bytes,
                )
                .await?;
            let secret = WebhookSecret {
                generation,
                record: sealed.record,
            };
            let saved = self
                .store
                .webhooks()
                .save(webhook.organization, webhook.webhook, secret)
                .await;
            match saved {
                Ok(()) => return Ok(shown),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(Error::from(error).into()),
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "The webhook is being changed by somebody else at the same time.",
        )
        .into())
    }

    pub(crate) async fn delete_webhook(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> KeeperResult<()> {
        self.store
            .webhooks()
            .delete(organization, webhook)
            .await
            .map_err(Error::from)?;
        Ok(())
    }

    pub(crate) async fn deliver_webhook(
        &self,
        message: DeliverWebhook,
    ) -> KeeperResult<WebhookAnswer> {
        if message.body.len() > LONGEST_BODY {
            return Err(Error::invalid("body", "The message is too long.").into());
        }
        check_message_id(&message.message)?;
        let (record, _) = self
            .load_webhook(message.organization, message.webhook)
            .await?
            .ok_or_else(|| Error::not_found("webhook"))?;
        let (origin, path) = self.place(&record.url)?;
        let timestamp = self.clock.now().timestamp();
        let key = key_of(&record.secret)?;
        let signature = sign(&key, &message.message, timestamp, &message.body);
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("webhook-id", message.message),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signature),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let sent = self
            .egress
            .send(Exchange {
                origin: &origin,
                method: "POST",
                path: &path,
                query: &[],
                headers: &headers,
                authorization: None,
                body: Some(Body::Exact(message.body)),
                time: self.timeouts.webhook,
            })
            .await;
        match sent {
            Ok(response) => Ok(WebhookAnswer {
                status: response.status,
                retry_after_seconds: response
                    .header("retry-after")
                    .and_then(|text| text.trim().parse().ok())
                    .map(|seconds: u64| seconds.min(LONGEST_PAUSE)),
            }),
            Err(failure) => Err(undelivered(&host_of(&record.url), failure).into()),
        }
    }

    /// Where a webhook goes, if the guard lets it.
    fn place(&self, url: &Url) -> Result<(Origin, String), Error> {
        if url.fragment().is_some() {
            return Err(denied("a fragment never leaves a browser"));
        }
        let mut base = url.clone();
        base.set_path("");
        base.set_query(None);
        let origin = self.egress.vet(DestinationClass::Webhook, &base)?;
        let path = url[Position::BeforePath..].to_owned();
        target(&origin, &path, &[])?;
        Ok((origin, path))
    }

    async fn load_webhook(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<(WebhookRecord, i64)>, Error> {
        let Some(row) = self.store.webhooks().load(organization, webhook).await? else {
            return Ok(None);
        };
        let bytes = self
            .sealing
            .open(
                Place::Webhook,
                organization,
                &webhook,
                row.generation,
                &row.record,
            )
            .await?;
        Ok(Some((from_bytes(&bytes)?, row.generation)))
    }
}

/// The id stands in a header and is signed between two dots.
pub(crate) fn check_message_id(message: &str) -> Result<(), Error> {
    let plain = (1..=128).contains(&message.len())
        && message
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if plain {
        Ok(())
    } else {
        Err(Error::invalid(
            "message",
            "The id of a message is 1 to 128 letters, digits, _ and -.",
        ))
    }
}

fn undelivered(host: &str, failure: SendFailure) -> Error {
    let cause = match failure {
        SendFailure::Denied(error) => return error,
        // The answer came and only its length is wrong; nobody reads it.
        SendFailure::TooLarge { limit } => format!("its answer is longer than {limit} bytes"),
        SendFailure::HeadTooLarge => "the headers of its answer are too long".to_owned(),
        SendFailure::Timeout => "it did not answer in time".to_owned(),
        SendFailure::Unsent(cause) | SendFailure::Broken(cause) => cause,
    };
    Error::new(
        ErrorKind::ProviderUnavailable,
        format!("The webhook at {host} could not be delivered."),
    )
    .with_retry(Retry::Later)
    .with_context("cause", cause)
    .with_hint(
        WhoMustAct::Admin,
        "See that the receiver is reachable from this installation, or change the address of the webhook.",
    )
}

fn fingerprint(secret: &Secret) -> String {
    let digest = Digest::of(FINGERPRINT_TAG, &[secret.expose().as_bytes()]).to_string();
    digest.chars().take(FINGERPRINT_DIGITS).collect()
}
