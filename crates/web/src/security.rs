//! Headers that every page carries, and the guard against requests forged by other sites.
//!
//! Must not know: pages. Sources: CSP Level 3, Fetch Metadata, OWASP Secure Headers.

use crate::fault::Fault;
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatelodge_model::{Error, ErrorKind, Result, WhoMustAct};
use tower_http::csrf::{CsrfLayer, ProtectionError};
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

/// Answers a forged request.
type Refusal = fn(ProtectionError) -> Response;

fn refused(_: ProtectionError) -> Response {
    let error = Error::new(
        ErrorKind::Forbidden,
        "This request did not come from a page of Gatelodge, so it was refused and nothing was changed.",
    )
    .with_hint(WhoMustAct::Person, "Open the page in Gatelodge and press the button there.");
    Fault::plain(error, None).into_response()
}

/// Refuses state changes that another site asked for (security case U3).
pub(crate) fn csrf(public_urls: &[Url]) -> Result<CsrfLayer<Refusal>> {
    let layer = public_urls
        .iter()
        .try_fold(CsrfLayer::new(), |layer, url| {
            layer
                .add_trusted_origin(url.origin().ascii_serialization())
                .map_err(Error::internal)
        })?;
    Ok(layer.with_rejection_response(refused as Refusal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{
        Router,
        body::Body,
        http::StatusCode,
        middleware::from_fn,
        routing::{get, post},
    };
    use tower::ServiceExt;

    fn app() -> Router {
        let public_urls = ["https://gate.example".parse().unwrap()];
        Router::new()
            .route("/page", get(|| async { "page" }))
            .route("/change", post(|| async { "changed" }))
            .route("/asset", get(crate::assets::icon))
            .layer(csrf(&public_urls).unwrap())
            .layer(from_fn(headers))
    }

    async fn send(method: &str, path: &str, extra: &[(&str, &str)]) -> Response {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "gate.example");
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        app()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn pages_carry_every_header_and_are_not_stored() {
        // proves U1, U5, U9
        let response = send("GET", "/page", &[]).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-security-policy"), CONTENT_SECURITY_POLICY);
        assert!(
            !CONTENT_SECURITY_POLICY.contains("unsafe")
                && !CONTENT_SECURITY_POLICY.contains("https:")
        );
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert!(
            !response
                .headers()
                .contains_key("access-control-allow-origin"),
            "U4"
        );
        let asset = send("GET", "/asset", &[]).await;
        assert!(
            asset.headers()["cache-control"]
                .to_str()
                .unwrap()
                .starts_with("public")
        );
    }

    #[tokio::test]
    async fn another_site_changes_nothing() {
        // proves U3
        for forged in [
            [
                ("origin", "https://evil.example"),
                ("sec-fetch-site", "cross-site"),
            ],
            [("origin", "null"), ("content-type", "text/plain")],
            [
                ("origin", "https://gate.example.evil.example"),
                ("sec-fetch-site", "same-site"),
            ],
        ] {
            let response = send("POST", "/change", &forged).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{forged:?}");
            assert!(response.headers().contains_key("content-security-policy"));
        }
        let own = [
            ("origin", "https://gate.example"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert_eq!(send("POST", "/change", &own).await.status(), StatusCode::OK);
    }
}
