//! The answers of faults: in the words of the API, or as pages of the edge in front of it.
//!
//! Writes answers; must not know whom they hit.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::kind::Kind;
use super::order::Fault;
use crate::usage::ApiUsage;

const JSON: &str = "application/json;charset=UTF-8";
const HTML: &str = "text/html;charset=UTF-8";

/// The answer that stands in the place of the work; nothing where the request is to be handled.
pub(super) fn instead(fault: &Fault, usage: &ApiUsage) -> Option<Response> {
    let Some(kind) = fault.kind else {
        return ordered(fault);
    };
    let mut response = named(kind, fault, usage)?;
    let retry_after = fault.retry_after.as_deref();
    set(response.headers_mut(), header::RETRY_AFTER, retry_after);
    Some(response)
}

/// The answer that an order without a name spells out itself, if it does.
pub(super) fn ordered(fault: &Fault) -> Option<Response> {
    let status = StatusCode::from_u16(fault.status?).ok()?;
    let body = fault.body.clone().unwrap_or_default();
    let mut response = answer(status, fault.content_type.as_deref().unwrap_or(JSON), body);
    let headers = response.headers_mut();
    set(headers, header::RETRY_AFTER, fault.retry_after.as_deref());
    set(headers, header::LOCATION, fault.location.as_deref());
    Some(response)
}

fn named(kind: Kind, fault: &Fault, usage: &ApiUsage) -> Option<Response> {
    Some(match kind {
        Kind::ApiDisabled => api(
            403,
            "API_DISABLED_FOR_ORG",
            "The REST API is not enabled for this Organization.",
        ),
        Kind::DailyLimit => {
            let mut response = api(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
            );
            let all = usage.allowance();
            set(
                response.headers_mut(),
                HeaderName::from_static("sforce-limit-info"),
                Some(&format!("api-usage={all}/{all}")),
            );
            response
        }
        Kind::ConcurrentLimit => api(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        ),
        Kind::UnknownException => {
            let number = format!("{:010}-{:05} (-{:010})", fault.id, fault.hits, fault.id);
            let message = format!(
                "An unexpected error occurred. Please include this ErrorId if you contact support: {number}"
            );
            api(500, "UNKNOWN_EXCEPTION", &message)
        }
        Kind::QueryTimeout => api(
            400,
            "QUERY_TIMEOUT",
            "Your query request was running for too long.",
        ),
        Kind::Unavailable if !fault.html => api(503, "SERVER_UNAVAILABLE", "Server Unavailable"),
        Kind::Unavailable => edge(503, "Service Unavailable", "The server cannot answer now."),
        Kind::Maintenance => edge(503, "Down for Maintenance", "We are down for maintenance."),
        Kind::TooManyRequests => edge(429, "Too Many Requests", "Too many requests."),
        Kind::EdgeSetup => edge(420, "Please Wait", "This address is still being set up."),
        Kind::BadGateway => edge(502, "Bad Gateway", "The server behind gave no answer."),
        Kind::ExpiredToken
        | Kind::RevokedGrant
        | Kind::EvictedGrant
        | Kind::BlockedApp
        | Kind::ExpiredLocator
        | Kind::RowLock
        | Kind::StorageLimit
        | Kind::TruncatedBody
        | Kind::HtmlBody
        | Kind::WrongContentType => return None,
    })
}

fn api(status: u16, code: &str, message: &str) -> Response {
    let body = serde_json::json!([{ "message": message, "errorCode": code }]);
    answer(code_of(status), JSON, body.to_string())
}

fn edge(status: u16, title: &str, text: &str) -> Response {
    answer(code_of(status), HTML, page(title, text))
}

/// A page such as the edge sends.
pub(super) fn page(title: &str, text: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
}

fn code_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

pub(super) fn answer(status: StatusCode, content_type: &str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    set(
        response.headers_mut(),
        header::CONTENT_TYPE,
        Some(content_type),
    );
    response
}

/// Whether an answer is in the words of the API.
pub(super) fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind == JSON)
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
        headers.insert(name, value);
    }
}
