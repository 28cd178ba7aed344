//! The single-send API: one mail by a template, at most once per `sendId`. An answer of 200 is no success by itself.
//!
//! `contactProperties` are really written to the contact, so that a test can see who sends them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::HubSpot;
use super::call::{Answer, Lane, with};
use super::contacts::parse;
use super::grants::Grant;
use super::mail::{Sent, SentMail, Template};
use super::portal::Portal;
use super::problem::{Problem, uuid};
use crate::journal::RequestNote;

const SCOPE: &str = "transactional-email";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
    email_id: u64,
    message: Message,
    #[serde(default)]
    contact_properties: BTreeMap<String, String>,
    #[serde(default)]
    custom_properties: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Message {
    to: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    send_id: Option<String>,
    #[serde(default)]
    reply_to: Vec<String>,
    #[serde(default)]
    cc: Vec<String>,
    #[serde(default)]
    bcc: Vec<String>,
}

/// `POST …/single-email/send`
pub(super) async fn send(
    Shared(hubspot): Shared<Arc<HubSpot>>,
    Extension(note): Extension<RequestNote>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    with(&hubspot, &headers, &note, SCOPE, Lane::Usual, |grant| {
        let order: Order = parse(&body)?;
        carry_out(&hubspot, grant, order)
    })
}

fn carry_out(hubspot: &HubSpot, grant: &Grant, order: Order) -> Answer {
    let now = hubspot.ground.now();
    let mut state = hubspot.state();
    let portal = state.portal_mut(grant.hub_id);
    let portal = portal.ok_or_else(|| Problem::not_found("the account is gone"))?;
    let template = portal.templates.iter().find(|one| one.id == order.email_id);
    let template = template.ok_or_else(|| {
        Problem::not_found(format!("No email was found with id {}", order.email_id))
    })?;
    if !template.for_single_send {
        let message = format!(
            "The email {} is not published for the single-send API",
            template.id
        );
        return Err(Problem::wrong_field("emailId", message));
    }
    if let Some(earlier) = earlier(portal, order.message.send_id.as_deref()) {
        let result = if earlier.mail.goes_out() {
            "IDEMPOTENT_IGNORE"
        } else {
            "IDEMPOTENT_FAIL"
        };
        return Ok((StatusCode::OK, show(earlier, Some(result))));
    }
    let result = result(portal, template, &order);
    let custom_properties = Value::Object(order.custom_properties);
    let sent = Sent {
        mail: SentMail {
            hub_id: portal.hub_id,
            client_id: grant.client_id.clone(),
            email_id: order.email_id,
            to: order.message.to,
            from: order.message.from,
            reply_to: order.message.reply_to,
            cc: order.message.cc,
            bcc: order.message.bcc,
            send_id: order.message.send_id,
            custom_properties,
            result,
        },
        status_id: uuid(&hubspot.ground),
        requested_at: now.to_rfc3339(),
        event_id: uuid(&hubspot.ground),
    };
    if !order.contact_properties.is_empty() {
        portal.write_contact(&sent.mail.to, &order.contact_properties, now);
    }
    let later = hubspot.options.sends_later;
    let mut answer = show(&sent, None);
    if later {
        answer = json!({
            "statusId": sent.status_id,
            "status": "PENDING",
            "requestedAt": sent.requested_at,
        });
    }
    portal.sent.push(sent);
    Ok((StatusCode::OK, answer))
}

/// The mail that was asked for under the same `sendId`.
fn earlier<'a>(portal: &'a Portal, send_id: Option<&str>) -> Option<&'a Sent> {
    let wanted = send_id?;
    let mut sent = portal.sent.iter();
    sent.find(|sent| sent.mail.send_id.as_deref() == Some(wanted))
}

/// What becomes of a mail.
fn result(portal: &Portal, template: &Template, order: &Order) -> String {
    let to = order.message.to.to_lowercase();
    let word = if !portal.sends_transactional {
        "PORTAL_NOT_AUTHORIZED_FOR_APPLICATION"
    } else if !is_address(&to) {
        "INVALID_TO_ADDRESS"
    } else if order
        .message
        .from
        .as_deref()
        .is_some_and(|from| !is_address(from))
    {
        "INVALID_FROM_ADDRESS"
    } else if !template
        .needs
        .iter()
        .all(|name| order.custom_properties.contains_key(name))
    {
        "MISSING_TEMPLATE_PROPERTIES"
    } else {
        portal.results.get(&to).map_or("SENT", String::as_str)
    };
    word.to_owned()
}

/// Whether a text can be an address, alone or behind a name.
fn is_address(text: &str) -> bool {
    let inner = text
        .split_once('<')
        .and_then(|(_, rest)| rest.strip_suffix('>'));
    let parts = inner.unwrap_or(text).split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !text.contains(char::is_control)
    })
}

fn show(sent: &Sent, result: Option<&str>) -> Value {
    let result = result.unwrap_or(&sent.mail.result);
    json!({
        "statusId": sent.status_id,
        "status": if sent.mail.goes_out() { "COMPLETE" } else { "CANCELED" },
        "sendResult": result,
        "requestedAt": sent.requested_at,
        "startedAt": sent.requested_at,
        "completedAt": sent.requested_at,
        "eventId": { "id": sent.event_id, "created": sent.requested_at },
    })
}

/// `GET /marketing/v3/email/send-statuses/{statusId}`
pub(super) async fn status(
    Shared(hubspot): Shared<Arc<HubSpot>>,
    Extension(note): Extension<RequestNote>,
    Path(status_id): Path<String>,
    headers: HeaderMap,
) -> Response {
    with(&hubspot, &headers, &note, SCOPE, Lane::Usual, |grant| {
        let state = hubspot.state();
        let mut sent = state
            .portal(grant.hub_id)
            .into_iter()
            .flat_map(|portal| &portal.sent);
        let sent = sent.find(|sent| sent.status_id == status_id);
        let sent = sent.ok_or_else(|| Problem::not_found("No status was found with this id"))?;
        Ok((StatusCode::OK, show(sent, None)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for (text, expected) in [
            ("a@b.example", true),
            ("Ann <a@b.example>", true),
            ("a@b", false),
            ("@b.example", false),
            ("a", false),
            ("a@b.example\r\nBcc: c@d.example", false),
        ] {
            assert_eq!(is_address(text), expected, "{text}");
        }
    }
}
