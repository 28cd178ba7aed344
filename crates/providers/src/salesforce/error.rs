//! Refusals of the REST API: kept whole (code, message, fields, request id) and explained
//! ("REST API Developer Guide, Status Codes and Error Responses").
//!
//! Must not know: which tool asked.

mod hints;
mod oauth;
mod redact;

pub(super) use oauth::explain as explain_oauth;

use super::soap;
use gatelodge_model::{
    Error, ErrorKind, ProviderDetail, ReasonCode, RecordError, Retry, WhoMustAct,
};
use gatelodge_provider::ProviderResponse;
use serde::Deserialize;

const PROVIDER: &str = "salesforce";

/// How much of a foreign message is passed on.
const MESSAGE_LIMIT: usize = 4_000;

/// One entry of Salesforce's array. Connect resources send a single one without the array.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    message: String,
    #[serde(alias = "statusCode")]
    error_code: String,
    #[serde(default)]
    fields: Option<Vec<String>>,
}

impl From<soap::Fault> for Entry {
    fn from(fault: soap::Fault) -> Self {
        Self {
            message: fault.message,
            error_code: fault.code,
            fields: None,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Many(Vec<Entry>),
    One(Entry),
}

/// Reads a refusal.
pub(super) fn read(response: &ProviderResponse) -> Error {
    let fault = soap::fault(response);
    // A fault has status 500 whatever its reason; its code tells whose turn it is.
    let status = fault.as_ref().map_or(response.status, |_| 400);
    let entries = match serde_json::from_slice(&response.body) {
        Ok(Body::Many(entries)) if !entries.is_empty() => entries,
        Ok(Body::One(entry)) => vec![entry],
        _ => vec![fault.map_or_else(|| without_entry(response), Entry::from)],
    };
    let code = entries[0].error_code.clone();
    let texts: Vec<&str> = entries.iter().map(|entry| entry.message.as_str()).collect();
    let message = redact::tokens(&shortened(&texts.join("\n")));
    let mut fields: Vec<String> = Vec::new();
    for field in entries
        .iter()
        .flat_map(|entry| entry.fields.iter().flatten())
    {
        if !fields.contains(field) {
            fields.push(field.clone());
        }
    }
    let judged = judge(status, &code, &message);
    let detail = ProviderDetail {
        provider: PROVIDER.to_owned(),
        status: response.status,
        code: code.clone(),
        message: message.clone(),
        fields,
        request_id: request_id(response),
    };
    let error = Error::new(
        judged.kind,
        format!("Salesforce answered {code}: {message}"),
    )
    .with_retry(judged.retry.unwrap_or(judged.kind.default_retry()))
    .with_hint(judged.who, judged.hint)
    .with_provider(detail);
    match reason(response.status, &code, &message) {
        Some(reason) => error.with_reason(reason),
        None => error,
    }
}

/// What a refusal of the API says of the connection itself; none where only this request is the matter.
fn reason(status: u16, code: &str, message: &str) -> Option<ReasonCode> {
    match code {
        "API_DISABLED_FOR_ORG" | "API_CURRENTLY_DISABLED" => Some(ReasonCode::ApiDisabled),
        "REQUEST_LIMIT_EXCEEDED" => Some(ReasonCode::RateLimited),
        "INVALID_INSTANCE" | "HTTP_301" | "HTTP_302" | "HTTP_307" | "HTTP_308" => {
            Some(ReasonCode::InstanceMoved)
        }
        "INVALID_SESSION_ID" | "INVALID_AUTH_HEADER" => Some(ReasonCode::GrantEnded),
        "LOGIN_DURING_RESTRICTED_TIME" => Some(ReasonCode::LoginHours),
        "LOGIN_DURING_RESTRICTED_DOMAIN" => Some(ReasonCode::IpLocked),
        "INACTIVE_OWNER_OR_USER" => None,
        _ if message.contains("API is not enabled for this") => Some(ReasonCode::ApiDisabled),
        _ if matches!(status, 420 | 429) => Some(ReasonCode::RateLimited),
        _ if status >= 500 && code.starts_with("HTTP_") => Some(ReasonCode::ProviderDown),
        _ => None,
    }
}

/// Explains why one record of several was refused. Such a reason stands in an answer with status 200.
pub(super) fn of_record(code: &str, message: &str, fields: Vec<String>) -> RecordError {
    let message = redact::tokens(&shortened(message));
    let judged = judge(200, code, &message);
    RecordError {
        hint: judged.hint.to_owned(),
        who_must_act: judged.who,
        code: code.to_owned(),
        message,
        fields,
    }
}

/// The refusal of every record of a request, by the reason of the first.
pub(super) fn of_all_records(
    first: &RecordError,
    words: &str,
    response: &ProviderResponse,
) -> Error {
    let judged = judge(200, &first.code, &first.message);
    let message = shortened(words);
    Error::new(judged.kind, message.clone())
        .with_retry(judged.retry.unwrap_or(judged.kind.default_retry()))
        .with_hint(judged.who, judged.hint)
        .with_provider(ProviderDetail {
            provider: PROVIDER.to_owned(),
            status: response.status,
            code: first.code.clone(),
            message,
            fields: first.fields.clone(),
            request_id: request_id(response),
        })
}

/// The id of the request, for Salesforce's support.
fn request_id(response: &ProviderResponse) -> Option<String> {
    ["x-request-id", "x-sfdc-request-id"]
        .into_iter()
        .find_map(|name| response.header(name))
        .filter(|id| id.len() <= 100 && id.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
}

/// An answer that is not in Salesforce's form: an edge server's page, or plain text of the identity service.
fn without_entry(response: &ProviderResponse) -> Entry {
    let text = String::from_utf8_lossy(&response.body);
    let text = text.trim().trim_matches('"');
    let message = if response.status == 300 {
        "Several records have this external id.".to_owned()
    } else if text.is_empty() {
        "The answer has no text.".to_owned()
    } else if text.starts_with('<') || text.starts_with(['{', '[']) {
        "The answer is a page instead of data.".to_owned()
    } else {
        text.chars().take(200).collect()
    };
    let error_code = if response.status == 300 {
        "MULTIPLE_CHOICES".to_owned()
    } else {
        format!("HTTP_{}", response.status)
    };
    Entry {
        message,
        error_code,
        fields: None,
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MESSAGE_LIMIT {
        text.to_owned()
    } else {
        let mut cut: String = text.chars().take(MESSAGE_LIMIT).collect();
        cut.push_str(" […]");
        cut
    }
}

/// What a refusal means for us.
struct Judged {
    kind: ErrorKind,
    retry: Option<Retry>,
    who: WhoMustAct,
    hint: &'static str,
}

fn judge(status: u16, code: &str, message: &str) -> Judged {
    if let Some(known) = hints::find(code, message) {
        return known;
    }
    let (kind, who, hint) = match status {
        401 => (
            ErrorKind::ReconnectNeeded,
            WhoMustAct::Person,
            hints::RECONNECT,
        ),
        403 => (
            ErrorKind::ProviderForbidden,
            WhoMustAct::ProviderAdmin,
            hints::ACCESS,
        ),
        404 => (
            ErrorKind::ProviderNotFound,
            WhoMustAct::Caller,
            hints::NOT_FOUND,
        ),
        412 => (ErrorKind::Stale, WhoMustAct::Caller, hints::STALE),
        414 | 431 => (
            ErrorKind::ProviderRejected,
            WhoMustAct::Caller,
            hints::TOO_LONG,
        ),
        420 | 429 | 500.. => (
            ErrorKind::ProviderUnavailable,
            WhoMustAct::Nobody,
            hints::DOWN,
        ),
        _ => (
            ErrorKind::ProviderRejected,
            WhoMustAct::Caller,
            hints::REJECTED,
        ),
    };
    Judged {
        kind,
        retry: None,
        who,
        hint,
    }
}

#[cfg(test)]
mod tests;
