//! The one place where an error becomes an answer. What is for the log goes to the log, under the request id.
//!
//! A handler's refusal travels as an extension of an empty response, because only the door knows the
//! request id. Must not know: routes.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use gatelodge_core::Problem;
use gatelodge_model::{Error, ErrorKind, RequestId};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Why a request is not answered as asked.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// A use case refused.
    Error(Error),
    /// No token, or one that is not known.
    Unauthenticated { error: Error, token_was_sent: bool },
    /// A token stood in the address (M7).
    TokenInAddress,
    /// No route of that path.
    NoSuchRoute,
    /// A route of that path, for other methods.
    MethodNotAllowed,
    /// The body is not declared as JSON.
    NotJson,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The body ended early.
    BodyUnreadable,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        // A router adds `Allow` to an answer of this status.
        if matches!(self, Self::MethodNotAllowed) {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl Refusal {
    fn problem(&self, request: RequestId) -> Problem {
        match self {
            Self::Error(error) | Self::Unauthenticated { error, .. } => Problem::of(error, request),
            Self::TokenInAddress => Problem::plain(
                400,
                ErrorKind::InvalidArgument.code(),
                "A token stands in the address of the request, where proxies and logs keep it.",
                request,
            )
            .with_caller_hint(
                "Send the token as 'Authorization: Bearer …' and revoke this one, because others may have seen it.",
            ),
            Self::NoSuchRoute => Problem::plain(
                404,
                ErrorKind::NotFound.code(),
                "There is no such route.",
                request,
            )
            .with_caller_hint("GET /api/v1/openapi.json lists the routes."),
            Self::MethodNotAllowed => Problem::plain(
                405,
                "method_not_allowed",
                "This route does not take this method.",
                request,
            )
            .with_caller_hint("The Allow header lists the methods."),
            Self::NotJson => Problem::plain(
                415,
                "unsupported_media_type",
                "The body must be JSON.",
                request,
            )
            .with_caller_hint("Send 'Content-Type: application/json'."),
            Self::BodyTooLarge => Problem::plain(
                413,
                "body_too_large",
                "The body is larger than 1 MiB.",
                request,
            )
            .with_caller_hint("Send fewer or shorter arguments."),
            Self::BodyUnreadable => Problem::plain(
                400,
                ErrorKind::InvalidArgument.code(),
                "The body ended before it was whole.",
                request,
            ),
        }
    }

    /// RFC 6750 §3: `error` only when a token was sent.
    fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::Unauthenticated {
                token_was_sent: true,
                ..
            } => Some(HeaderValue::from_static(
                r#"Bearer realm="gatelodge", error="invalid_token""#,
            )),
            Self::Unauthenticated { .. } => {
                Some(HeaderValue::from_static(r#"Bearer realm="gatelodge""#))
            }
            _ => None,
        }
    }

    fn log(&self, problem: &Problem) {
        let context = match self {
            Self::Error(error) | Self::Unauthenticated { error, .. } => error.context(),
            _ => &[],
        };
        if problem.status >= 500 {
            tracing::warn!(request = %problem.request_id, code = %problem.code, detail = %problem.detail, ?context, "a request failed");
        } else {
            tracing::debug!(request = %problem.request_id, code = %problem.code, ?context, "a request was refused");
        }
    }

    /// The whole answer.
    pub(crate) fn render(&self, request: RequestId) -> Response {
        let problem = self.problem(request);
        self.log(&problem);
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(challenge) = self.challenge() {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        (status, headers, Json(problem)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::{FixedClock, SeededRandom};

    fn request() -> RequestId {
        RequestId::generate(&FixedClock::at(0), &SeededRandom::new(1))
    }

    #[test]
    fn every_refusal_has_its_status_and_says_what_to_do() {
        for (refusal, status) in [
            (Refusal::TokenInAddress, 400),
            (Refusal::NoSuchRoute, 404),
            (Refusal::MethodNotAllowed, 405),
            (Refusal::NotJson, 415),
            (Refusal::BodyTooLarge, 413),
            (Error::not_found("proposal").into(), 404),
            (Error::invalid("limit", "Too many.").into(), 400),
        ] {
            let answer = refusal.render(request());
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(
                answer.headers()[header::CONTENT_TYPE],
                "application/problem+json"
            );
            assert!(!answer.headers().contains_key(header::WWW_AUTHENTICATE));
        }
    }

    #[test]
    fn the_challenge_names_a_wrong_token_only_when_one_was_sent() {
        // proves M1
        let refusal = |token_was_sent| Refusal::Unauthenticated {
            error: Error::new(ErrorKind::Unauthenticated, "No."),
            token_was_sent,
        };
        let challenge = |token_was_sent| {
            refusal(token_was_sent).render(request()).headers()[header::WWW_AUTHENTICATE]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(challenge(false), r#"Bearer realm="gatelodge""#);
        assert!(challenge(true).contains("invalid_token"));
        assert_eq!(refusal(true).render(request()).status(), 401);
    }
}
