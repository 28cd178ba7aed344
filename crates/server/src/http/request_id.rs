//! One id a request: made here, told in `x-request-id`, in every log line and in every answer of an error.
//! An id that a caller sends is not taken over, so nobody can make two requests look like one.
//!
//! Must not know: faces.

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use gatelodge_core::Hub;
use std::sync::Arc;
use tracing::Instrument as _;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The path as it may be logged: the token of a one-time link or an invitation is a secret.
fn loggable(path: &str) -> &str {
    if path.starts_with("/link/") {
        "/link/…"
    } else if path.starts_with("/invitation/") {
        "/invitation/…"
    } else {
        path
    }
}

pub(super) async fn assign(
    State(hub): State<Arc<Hub>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = hub.new_request_id();
    request.extensions_mut().insert(id);
    let span = tracing::info_span!("request", id = %id, method = %request.method(), path = loggable(request.uri().path()));
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), "answered"));
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::loggable;

    #[test]
    fn tokens_of_links_stay_out_of_the_log() {
        // proves L1
        assert_eq!(loggable("/link/secret"), "/link/…");
        assert_eq!(loggable("/invitation/secret"), "/invitation/…");
        assert_eq!(loggable("/approvals/prp_1"), "/approvals/prp_1");
    }
}
