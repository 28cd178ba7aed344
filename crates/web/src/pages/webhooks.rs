//! The organization's webhooks: added with a secret that is shown once, tried, and judged by what became of each
//! message.
//!
//! Must not know: signatures; and no secret but the one that was just made.

use super::Done;
use crate::{
    extract::{Fields, id},
    fault::PageResult,
    parts::{Badge, CopyField, ErrorPanel, Frame, Section, Tone},
    respond,
    state::WebState,
    text::{Moment, Visible, moment, one_line},
    visitor::Visitor,
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::StatusCode,
};
use gatelodge_core::{NewWebhook, WebhookView};
use gatelodge_model::{Error, ErrorKind, Message, MessageState, Result, Timestamp, Way, WebhookId};
use serde::Deserialize;

/// A message and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct DeliveryRow {
    pub(crate) message: String,
    pub(crate) way: &'static str,
    pub(crate) badge: Badge,
    pub(crate) at: Moment,
    pub(crate) tries: i64,
    pub(crate) status: Option<i32>,
    pub(crate) error: Option<Visible>,
    pub(crate) next: Option<Moment>,
}

impl DeliveryRow {
    pub(crate) fn of(message: &Message, now: Timestamp) -> Self {
        Self {
            message: message.notice.to_string(),
            way: match message.way {
                Way::Mail(_) => "mail",
                Way::Webhook(_) => "webhook",
            },
            badge: match message.state {
                MessageState::Waiting if message.last_error.is_some() => {
                    Badge::new(Tone::Attention, "To be tried again")
                }
                MessageState::Waiting => Badge::new(Tone::Waiting, "On its way"),
                MessageState::Delivered => Badge::new(Tone::Ok, "Delivered"),
                MessageState::Dead => Badge::new(Tone::Danger, "Given up"),
            },
            at: moment(message.created_at, now),
            tries: message.tries,
            status: message.last_status,
            error: message
                .last_error
                .as_deref()
                .map(|text| one_line(text, 160)),
            next: (message.state == MessageState::Waiting && message.tries > 0)
                .then(|| moment(message.next_try_at, now)),
        }
    }
}

/// A webhook.
#[derive(Debug, Clone)]
pub(crate) struct WebhookCard {
    pub(crate) id: String,
    pub(crate) name: Visible,
    pub(crate) url: Visible,
    pub(crate) fingerprint: Visible,
    pub(crate) enabled: bool,
    pub(crate) badge: Badge,
    pub(crate) made: Moment,
    pub(crate) deliveries: Vec<DeliveryRow>,
}

impl WebhookCard {
    pub(crate) fn of(view: &WebhookView, now: Timestamp) -> Self {
        let target = &view.target;
        let last = view.messages.first().map(|message| message.state);
        let badge = match (target.enabled, last) {
            (false, _) => Badge::new(Tone::Off, "Switched off"),
            (true, Some(MessageState::Dead)) => Badge::new(Tone::Danger, "Last message given up"),
            (true, Some(MessageState::Delivered)) => Badge::new(Tone::Ok, "Delivers"),
            (true, _) => Badge::new(Tone::Waiting, "Not proven yet"),
        };
        Self {
            id: target.id.to_string(),
            name: one_line(&target.name, 80),
            url: one_line(&target.url, 200),
            fingerprint: one_line(&target.fingerprint, 40),
            enabled: target.enabled,
            badge,
            made: moment(target.created_at, now),
            deliveries: view
                .messages
                .iter()
                .map(|message| DeliveryRow::of(message, now))
                .collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "webhooks.html")]
pub(crate) struct WebhooksPage {
    pub(crate) frame: Frame,
    pub(crate) cards: Vec<WebhookCard>,
    pub(crate) dead: Vec<DeliveryRow>,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) error: Option<String>,
    pub(crate) panel: Option<ErrorPanel>,
}

#[derive(Template)]
#[template(path = "webhook_made.html")]
pub(crate) struct WebhookMadePage {
    pub(crate) frame: Frame,
    pub(crate) name: Visible,
    pub(crate) secret: CopyField,
}

async fn page(state: &WebState, visitor: &Visitor, done: Option<&str>) -> Result<WebhooksPage> {
    let now = state.hub.now();
    let webhooks = state.hub.webhooks(&visitor.person).await?;
    let dead = state.hub.dead_messages(&visitor.person).await?;
    Ok(WebhooksPage {
        frame: visitor.frame().at(Section::Webhooks).saying(done),
        cards: webhooks
            .iter()
            .map(|view| WebhookCard::of(view, now))
            .collect(),
        dead: dead
            .iter()
            .map(|message| DeliveryRow::of(message, now))
            .collect(),
        name: String::new(),
        url: String::new(),
        error: None,
        panel: None,
    })
}

/// `GET /admin/webhooks`.
pub(crate) async fn list(
    State(state): State<WebState>,
    visitor: Visitor,
    Query(done): Query<Done>,
) -> PageResult {
    let page = page(&state, &visitor, done.done.as_deref())
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::ok(&page))
}

/// What the form says.
#[derive(Debug, Deserialize)]
pub(crate) struct WebhookForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    url: String,
}

/// `POST /admin/webhooks`: answers with the page that shows the secret, because a redirect could not carry it.
pub(crate) async fn add(
    State(state): State<WebState>,
    visitor: Visitor,
    Fields(form): Fields<WebhookForm>,
) -> PageResult {
    let new = NewWebhook {
        name: form.name.clone(),
        url: form.url.clone(),
    };
    match state.hub.add_webhook(&visitor.person, new).await {
        Ok(made) => Ok(respond::ok(&WebhookMadePage {
            frame: visitor.frame().at(Section::Webhooks),
            name: one_line(&made.target.name, 80),
            secret: CopyField::line("webhook-secret", "signing secret", made.secret.expose()),
        })),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidArgument | ErrorKind::EgressDenied
            ) =>
        {
            let mut page = page(&state, &visitor, None)
                .await
                .map_err(|error| visitor.fault(error))?;
            page.name = form.name;
            page.url = form.url;
            page.error = Some(error.message().to_owned());
            Ok(respond::page(StatusCode::BAD_REQUEST, &page))
        }
        Err(error) => Err(visitor.fault(error)),
    }
}

/// What shall become of a webhook.
#[derive(Debug, Deserialize)]
pub(crate) struct SwitchForm {
    #[serde(default)]
    enabled: String,
}

fn webhook(visitor: &Visitor, text: &str) -> Result<WebhookId, crate::fault::Fault> {
    id(text, "webhook").map_err(|error| visitor.fault(error))
}

/// `POST /admin/webhooks/{id}/switch`.
pub(crate) async fn switch(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
    Fields(form): Fields<SwitchForm>,
) -> PageResult {
    let id = webhook(&visitor, &text)?;
    let on = match form.enabled.as_str() {
        "on" => true,
        "off" => false,
        _ => {
            let error = Error::invalid("enabled", "Choose whether it is on or off.");
            return Err(visitor.fault(error));
        }
    };
    state
        .hub
        .switch_webhook(&visitor.person, id, on)
        .await
        .map_err(|error| visitor.fault(error))?;
    let done = if on { "webhook-on" } else { "webhook-off" };
    Ok(respond::see("/admin/webhooks", Some(done)))
}

/// `POST /admin/webhooks/{id}/test`.
pub(crate) async fn test(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> PageResult {
    let id = webhook(&visitor, &text)?;
    state
        .hub
        .test_webhook(&visitor.person, id)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::see("/admin/webhooks", Some("webhook-tested")))
}

/// `POST /admin/webhooks/{id}/delete`.
pub(crate) async fn delete(
    State(state): State<WebState>,
    visitor: Visitor,
    Path(text): Path<String>,
) -> PageResult {
    let id = webhook(&visitor, &text)?;
    state
        .hub
        .delete_webhook(&visitor.person, id)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::see("/admin/webhooks", Some("webhook-deleted")))
}

/// `POST /admin/webhooks/retry`.
pub(crate) async fn retry(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    state
        .hub
        .retry_dead_messages(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    Ok(respond::see("/admin/webhooks", Some("messages-retried")))
}
