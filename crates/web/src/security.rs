//! Headers that every page carries, and the guard against requests forged by other sites.
//!
//! Must not know: pages. Sources: CSP Level 3, Fetch Metadata, OWASP Secure Headers.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use gatelodge_model::{Error, Result};
use tower_http::csrf::CsrfLayer;
use url::Url;

/// No inline code, no inline style, nothing from elsewhere, in no frame (security cases U1, U5, U8).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const FIXED: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Same-origin keeps `Origin` on our own forms, which the guard below looks at.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Adds the headers. Pages are never stored; a handler that may be cached has said so itself.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Refuses state changes that another site asked for (security case U3).
pub(crate) fn csrf(public_urls: &[Url]) -> Result<CsrfLayer> {
    public_urls.iter().try_fold(CsrfLayer::new(), |layer, url| {
        layer
            .add_trusted_origin(url.origin().ascii_serialization())
            .map_err(Error::internal)
    })
}
