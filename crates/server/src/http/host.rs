//! The Host check: only configured public URLs are served (CON-10, M3); anything else gets 421
//! (RFC 9110 §15.5.20). Health checks and
//! figures come by address and are let through.
//!
//! Must not know: routes beyond those of operators.

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use url::Url;

/// Health and figures are asked for by address.
const OPERATORS: [&str; 4] = ["/livez", "/healthz", "/readyz", "/metrics"];

/// `host[:port]` of the public URLs, lower case.
#[derive(Clone)]
pub(super) struct AllowedHosts(Arc<[String]>);

impl AllowedHosts {
    pub(super) fn of(public_urls: &[Url]) -> Self {
        Self(public_urls.iter().filter_map(authority).collect())
    }

    fn allows(&self, host: &str) -> bool {
        self.0
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(host))
    }
}

/// The authority as a browser writes it in `Host`: without the scheme's default port.
pub(super) fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?.to_ascii_lowercase();
    Some(
        url.port()
            .map_or_else(|| host.clone(), |port| format!("{host}:{port}")),
    )
}

pub(super) async fn check(
    State(allowed): State<AllowedHosts>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if OPERATORS.contains(&path) {
        return next.run(request).await;
    }
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| {
            request
                .uri()
                .authority()
                .map(axum::http::uri::Authority::as_str)
        });
    match host {
        Some(host) if allowed.allows(host) => next.run(request).await,
        _ => (
            StatusCode::MISDIRECTED_REQUEST,
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            "This Gatelodge does not answer under that host name. Whoever runs it can add the address to public_urls.\n",
        )
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_whole() {
        // proves CON-10
        let urls = [
            "https://hub.example.com".parse().unwrap(),
            "http://127.0.0.1:8420".parse().unwrap(),
        ];
        let allowed = AllowedHosts::of(&urls);
        assert!(allowed.allows("hub.example.com"));
        assert!(allowed.allows("127.0.0.1:8420"));
        for bad in [
            "evil.example.com",
            "hub.example.com.evil.tld",
            "127.0.0.1",
            "127.0.0.1:8421",
            "",
        ] {
            assert!(!allowed.allows(bad), "{bad}");
        }
    }
}
