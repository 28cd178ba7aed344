//! Who may give orders: programs on this machine, and with the token where the owner set one; never a web page.
//!
//! The org holds practice data only, so loopback is enough by default. A token keeps other users of a shared
//! machine out. Must not know the orders.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::oauth::secrets::same;
use crate::state::Practice;

/// Lets an order through, or says why not.
pub(super) async fn guard(
    State(practice): State<Arc<Practice>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let token = practice.options.admin_token.as_deref();
    match refusal(peer, &request, token) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

/// Why an order of this request is not obeyed, if it is not.
pub(crate) fn refusal(
    peer: SocketAddr,
    request: &Request,
    token: Option<&str>,
) -> Option<Response> {
    let (status, error) = if !from_this_machine(peer, request.headers(), request.uri()) {
        let error = "the administration interface answers on localhost only";
        (StatusCode::FORBIDDEN, error)
    } else if from_a_web_page(request.headers()) {
        let error = "the administration interface takes no orders from web pages";
        (StatusCode::FORBIDDEN, error)
    } else if !token.is_none_or(|token| bears(request.headers(), token)) {
        let error = "this practice org wants its admin token: Authorization: Bearer TOKEN";
        (StatusCode::UNAUTHORIZED, error)
    } else {
        return None;
    };
    Some((status, Json(json!({"error": error}))).into_response())
}

/// Whether both ends of the connection are on this machine. The host is checked because a foreign name can be
/// made to point to this machine.
pub(crate) fn from_this_machine(peer: SocketAddr, headers: &HeaderMap, uri: &Uri) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| uri.authority().map(Authority::as_str));
    peer.ip().is_loopback() && host.is_some_and(is_loopback_name)
}

/// Browsers name the page that a writing request comes from; programs do not.
fn from_a_web_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN)
        || headers
            .get("sec-fetch-site")
            .is_some_and(|site| site != "none")
}

fn bears(headers: &HeaderMap, token: &str) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|given| same(given.trim(), token))
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "localhost" | "127.0.0.1" | "::1") || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_pass() {
        for host in ["localhost:8080", "127.0.0.1", "[::1]:9", "hub.localhost:1"] {
            assert!(is_loopback_name(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:80", "[::2]:9", ""] {
            assert!(!is_loopback_name(host), "{host}");
        }
    }
}
