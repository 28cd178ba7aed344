//! What an answer looks like when something is wrong: HubSpot's own shape, with a correlation id.
//!
//! Must not know what was asked.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::vendor::Ground;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Problem {
    status: StatusCode,
    body: Value,
}

impl Problem {
    /// With a category and a message.
    pub(super) fn new(status: StatusCode, category: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self {
            status,
            body: json!({ "status": "error", "message": message, "category": category }),
        }
    }

    /// A request that does not hold together.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// A request with one wrong field.
    pub(super) fn wrong_field(field: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let mut problem = Self::invalid(format!("Invalid input: {message}"));
        problem.body["errors"] = json!([{ "message": message, "in": field }]);
        problem
    }

    /// Something that is not there.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", message)
    }

    /// The app lacks a scope.
    pub(super) fn missing_scope(scope: &str) -> Self {
        let message = "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.";
        let mut problem = Self::new(StatusCode::FORBIDDEN, "MISSING_SCOPES", message);
        problem.body["context"] = json!({ "missingScopes": [scope] });
        problem.body["errors"] = json!([{
            "message": "One or more of the following scopes are required.",
            "context": { "requiredGranularScopes": [scope] },
        }]);
        problem.body["links"] = json!({ "scopes": "https://developers.hubspot.com/scopes" });
        problem
    }

    /// Too many requests under a policy.
    pub(super) fn limited(policy: &str) -> Self {
        let message = format!("You have reached your {} limit.", policy.to_lowercase());
        let body = json!({
            "status": "error",
            "message": message,
            "errorType": "RATE_LIMIT",
            "policyName": policy,
        });
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            body,
        }
    }

    /// At the token address: HubSpot's word in `status`, and the fields of RFC 6749 beside it.
    pub(super) fn token(word: &str, error: &str, message: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            body: json!({
                "status": word,
                "message": message,
                "error": error,
                "error_description": message,
            }),
        }
    }

    /// Adds what is known about the circumstances.
    pub(super) fn with_context(mut self, name: &str, value: String) -> Self {
        self.body["context"] = json!({ name: [value] });
        self
    }

    /// The answer on the wire.
    pub(super) fn render(mut self, ground: &Ground) -> Response {
        let id = uuid(ground);
        self.body["correlationId"] = id.as_str().into();
        let mut response = (self.status, Json(self.body)).into_response();
        if let Ok(id) = HeaderValue::from_str(&id) {
            let name = HeaderName::from_static("x-hubspot-correlation-id");
            response.headers_mut().insert(name, id);
        }
        response
    }
}

/// A random id in five groups.
pub(super) fn uuid(ground: &Ground) -> String {
    let hex = ground.hex(16);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}
