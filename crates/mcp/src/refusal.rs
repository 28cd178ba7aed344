//! Refusals before the protocol is spoken: problem documents (RFC 9457) with our request id, or a JSON-RPC
//! error where the body was no JSON-RPC.
//!
//! Must not know: tools.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use gatelodge_core::Problem;
use gatelodge_model::{Error, ErrorKind, RequestId};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// Why a request does not reach the protocol.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// No token.
    NoToken,
    /// The token is not known, or cannot be looked up now.
    Error(Error),
    /// A token stood in the address (M7).
    TokenInAddress,
    /// A page of another site calls (M3).
    ForeignOrigin,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The body ended early.
    BodyUnreadable,
    /// The body is no JSON, or JSON that says two things (JSON-RPC 2.0 §5.1: -32700).
    ParseError(String),
    /// JSON, but not one request (-32600). Batches left the protocol with revision 2025-06-18.
    InvalidRequest(&'static str),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Refusal {
    /// The whole answer.
    pub(crate) fn render(&self, request: RequestId) -> Response {
        match self {
            Self::ParseError(detail) => rpc_error(-32700, detail, request),
            Self::InvalidRequest(detail) => rpc_error(-32600, detail, request),
            _ => self.render_problem(request),
        }
    }

    fn render_problem(&self, request: RequestId) -> Response {
        let problem = self.problem(request);
        if problem.status >= 500 {
            let context = match self {
                Self::Error(error) => error.context(),
                _ => &[],
            };
            tracing::warn!(%request, code = %problem.code, ?context, "a request failed");
        }
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750 §3: `error` only when a token was sent.
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(match self {
                    Self::NoToken => r#"Bearer realm="gatelodge""#,
                    _ => r#"Bearer realm="gatelodge", error="invalid_token""#,
                }),
            );
        }
        response
    }

    fn problem(&self, request: RequestId) -> Problem {
        let invalid = ErrorKind::InvalidArgument.code();
        match self {
            Self::Error(error) => Problem::of(error, request),
            Self::NoToken => Problem::plain(
                401,
                ErrorKind::Unauthenticated.code(),
                "The request has no usable bearer token.",
                request,
            )
            .with_caller_hint(
                "Make a token under Agents in Gatelodge and send it as 'Authorization: Bearer …'.",
            ),
            Self::TokenInAddress => Problem::plain(
                400,
                invalid,
                "A token stands in the address of the request, where proxies and logs keep it.",
                request,
            )
            .with_caller_hint(
                "Send the token as 'Authorization: Bearer …' and revoke this one, because others may have seen it.",
            ),
            Self::ForeignOrigin => Problem::plain(
                403,
                ErrorKind::Forbidden.code(),
                "A page of another site may not call here.",
                request,
            ),
            Self::BodyTooLarge => Problem::plain(
                413,
                "body_too_large",
                "The body is larger than 1 MiB.",
                request,
            )
            .with_caller_hint("Send fewer or shorter arguments."),
            Self::BodyUnreadable | Self::ParseError(_) | Self::InvalidRequest(_) => Problem::plain(
                400,
                invalid,
                "The body ended before it was whole.",
                request,
            ),
        }
    }
}

/// A JSON-RPC error without an id, because none could be read (JSON-RPC 2.0 §5).
fn rpc_error(code: i32, message: &str, request: RequestId) -> Response {
    let body = json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": { "code": code, "message": message, "data": { "request_id": request } }
    });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
