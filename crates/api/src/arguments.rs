//! Reading the body of a tool call: JSON of at most 1 MiB that says one thing only.
//!
//! Must not know: tools. Whether the arguments fit is for `core` to say.

use crate::refusal::Refusal;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
};
use gatelodge_core::parse_json;
use http::{HeaderMap, header};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};

/// Largest body.
const MAX_BODY: usize = 1024 * 1024;

/// The arguments in a request's body; none stand for an empty object.
pub(crate) async fn read(request: Request) -> Result<Value, Refusal> {
    let (parts, body) = request.into_parts();
    if declared_length(&parts.headers).is_some_and(|length| length > MAX_BODY) {
        return Err(Refusal::BodyTooLarge);
    }
    let bytes = whole(body).await?;
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    if !is_json(&parts.headers) {
        return Err(Refusal::NotJson);
    }
    Ok(parse_json(&bytes)?)
}

async fn whole(body: Body) -> Result<Bytes, Refusal> {
    to_bytes(body, MAX_BODY).await.map_err(|error| {
        let is_limit = std::error::Error::source(&error)
            .is_some_and(<dyn std::error::Error>::is::<LengthLimitError>);
        if is_limit {
            Refusal::BodyTooLarge
        } else {
            Refusal::BodyUnreadable
        }
    })
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// `application/json`, and types that end in `+json` (RFC 6839 §3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(text) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = text
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn json_types_are_told_from_others() {
        for (text, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/vnd.api+json", true),
            ("text/json", false),
            ("text/plain", false),
            ("application/jsonp", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(text));
            assert_eq!(is_json(&headers), expected, "{text}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
