//! The body must be one JSON-RPC message that says one thing: no batches, no key twice (M18).
//!
//! The protocol library reads the body again; it is read here first because it would take the last of two
//! equal keys and call text that is no JSON an unsupported media type. Must not know: methods.

use crate::refusal::Refusal;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use gatelodge_core::parse_json;
use http::Method;
use http_body_util::LengthLimitError;
use serde_json::Value;

/// Largest body.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// Checks the body of a POST and hands it on unchanged.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let bytes = match to_bytes(body, MAX_BODY).await {
        Ok(bytes) => bytes,
        Err(error) => {
            let is_limit = std::error::Error::source(&error)
                .is_some_and(<dyn std::error::Error>::is::<LengthLimitError>);
            return if is_limit {
                Refusal::BodyTooLarge.into_response()
            } else {
                Refusal::BodyUnreadable.into_response()
            };
        }
    };
    if let Err(refusal) = judge(&bytes) {
        return refusal.into_response();
    }
    next.run(Request::from_parts(parts, Body::from(bytes)))
        .await
}

fn judge(bytes: &[u8]) -> Result<(), Refusal> {
    let message = parse_json(bytes).map_err(|error| Refusal::ParseError(error.to_string()))?;
    let Value::Object(message) = message else {
        return Err(Refusal::InvalidRequest(
            "The body must be one JSON-RPC message, an object; batches are not part of this protocol.",
        ));
    };
    if message.get("jsonrpc") != Some(&Value::from("2.0")) {
        return Err(Refusal::InvalidRequest(
            "The member 'jsonrpc' must be \"2.0\".",
        ));
    }
    match message.get("id") {
        None | Some(Value::String(_)) => Ok(()),
        Some(Value::Number(number)) if number.is_i64() => Ok(()),
        Some(_) => Err(Refusal::InvalidRequest(
            "The member 'id' must be a string or a whole number.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_passes_and_nothing_else() {
        // proves M18
        for good in [
            r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#,
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        ] {
            assert!(judge(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "{",
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#,
        ] {
            assert!(
                matches!(judge(bad.as_bytes()), Err(Refusal::ParseError(_))),
                "{bad}"
            );
        }
        for bad in [
            "[]",
            r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#,
            "1",
            r#"{"id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#,
            r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
        ] {
            assert!(
                matches!(judge(bad.as_bytes()), Err(Refusal::InvalidRequest(_))),
                "{bad}"
            );
        }
    }
}
