//! What every answer of the data interface has in common: the request counter, the usual headers,
//! `X-PrettyPrint`.
//!
//! Must not know resources.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::ambient::random_hex;
use crate::journal::RequestNote;
use crate::state::Practice;

/// Largest answer that is written in the pretty form.
const PRETTY_LIMIT: usize = 64 * 1024 * 1024;

/// Headers of each answer. There is no `Strict-Transport-Security`: a browser would apply it to every port
/// of localhost, also to those of other programs.
const USUAL: [(HeaderName, &str); 6] = [
    (
        header::CACHE_CONTROL,
        "no-cache,must-revalidate,max-age=0,no-store,private",
    ),
    (header::VARY, "Accept-Encoding"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("x-robots-tag"), "none"),
    (HeaderName::from_static("x-sfdc-edge-cache"), "none"),
    (header::SERVER, "sfdcedge"),
];

/// Cookies of each answer, beside `BrowserId`. Nothing here reads them; clients must get along with them.
const COOKIES: [(&str, &str); 2] = [
    ("CookieConsentPolicy", "0:1"),
    ("LSKey-c$CookieConsentPolicy", "0:1"),
];

/// Counts the request and completes the answer.
pub(crate) async fn dress(
    State(practice): State<Arc<Practice>>,
    request: Request,
    next: Next,
) -> Response {
    let pretty = wants_pretty(request.headers());
    // The path is relative to `/services/data` here.
    let is_version_list = request.uri().path() == "/";
    let note = request.extensions().get::<RequestNote>().cloned();
    let mut response = next.run(request).await;
    // The list of versions is open to everyone and is not counted; neither is a caller without a session.
    let counted = !is_version_list && response.status() != StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    if counted {
        let app = note.and_then(|note| note.app());
        count(&practice, app.as_deref(), headers);
    }
    complete(&practice, headers);
    if pretty {
        indent_answer(response).await
    } else {
        response
    }
}

/// Counts the request and says so, unless the answer tells something else.
pub(crate) fn count(practice: &Practice, app: Option<&str>, headers: &mut HeaderMap) {
    let usage = usage(practice, app);
    let name = HeaderName::from_static("sforce-limit-info");
    if let (Ok(usage), false) = (HeaderValue::from_str(&usage), headers.contains_key(&name)) {
        headers.insert(name, usage);
    }
}

/// Adds the headers that every answer of the data interface has.
pub(crate) fn complete(practice: &Practice, headers: &mut HeaderMap) {
    for (name, value) in USUAL {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    for (name, value) in COOKIES {
        let value = format!("{name}={value}; path=/; Max-Age=31536000");
        append(headers, &value);
    }
    let browser = random_hex(practice.random.as_ref(), 11);
    append(
        headers,
        &format!("BrowserId={browser}; path=/; Max-Age=31536000"),
    );
    let request_id = random_hex(practice.random.as_ref(), 16);
    for name in ["x-request-id", "x-sfdc-request-id"] {
        set(headers, HeaderName::from_static(name), &request_id);
    }
}

/// Counts the request. The part of the app shows where apps have an allowance of their own.
fn usage(practice: &Practice, app: Option<&str>) -> String {
    let usage = &practice.usage;
    let (all, own) = usage.count(practice.clock.now(), app);
    let mut text = format!("api-usage={all}/{}", usage.allowance());
    if let (Some(app), Some(allowance)) = (app, practice.options.daily_request_limit_per_app) {
        let name = practice
            .oauth
            .app(app)
            .map(|app| app.name)
            .unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "; per-app-api-usage={own}/{allowance}(appName={name})"
        );
    }
    text
}

fn append(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn wants_pretty(headers: &HeaderMap) -> bool {
    let value = headers
        .get("x-prettyprint")
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"))
}

async fn indent_answer(response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_json = content_type
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !is_json {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, PRETTY_LIMIT).await else {
        parts.status = StatusCode::INTERNAL_SERVER_ERROR;
        return Response::from_parts(parts, Body::empty());
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let text = String::from_utf8_lossy(&bytes);
    Response::from_parts(parts, Body::from(indent(&text)))
}

/// Indents JSON by two spaces, with ` : ` behind a name. Works on the text, so that numbers keep their
/// spelling.
fn indent(json: &str) -> String {
    let mut pretty = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut escaped = false;
    let mut just_opened = false;
    for character in json.chars() {
        if in_text {
            pretty.push(character);
            in_text = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        if character.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(character, '}' | ']');
        if just_opened && !closes {
            depth += 1;
            new_line(&mut pretty, depth);
        }
        match character {
            '}' | ']' if just_opened => pretty.extend([' ', character]),
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut pretty, depth);
                pretty.push(character);
            }
            ',' => {
                pretty.push(character);
                new_line(&mut pretty, depth);
            }
            ':' => pretty.push_str(" : "),
            _ => {
                in_text = character == '"';
                pretty.push(character);
            }
        }
        just_opened = matches!(character, '{' | '[');
    }
    pretty
}

fn new_line(pretty: &mut String, depth: usize) {
    pretty.push('\n');
    for _ in 0..depth {
        pretty.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indents_and_keeps_numbers_and_texts() {
        let pretty =
            indent(r#"{"totalSize":1,"a":1.39E8,"empty":[],"records":[{"Name":"a \"b\": {c},"}]}"#);
        let expected = "{\n  \"totalSize\" : 1,\n  \"a\" : 1.39E8,\n  \"empty\" : [ ],\n  \"records\" : [\n    {\n      \"Name\" : \"a \\\"b\\\": {c},\"\n    }\n  ]\n}";
        assert_eq!(pretty, expected);
    }

    #[test]
    fn pretty_print_is_asked_for_by_header() {
        let mut headers = HeaderMap::new();
        assert!(!wants_pretty(&headers));
        headers.insert("x-prettyprint", HeaderValue::from_static("1"));
        assert!(wants_pretty(&headers));
    }
}
