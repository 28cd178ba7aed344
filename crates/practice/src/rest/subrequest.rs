//! A request inside a request: its address, and the way to its handler without a connection.
//!
//! Must not know which resource holds it.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;

use super::answer::Answer;
use super::call::{self, Call};
use super::group::Group;
use super::versions;
use crate::org::ApiError;

/// The address of a subrequest, taken apart.
pub(super) struct Target {
    pub(super) version: u32,
    /// Path behind the version.
    pub(super) segments: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
}

impl Target {
    /// Reads `/services/data/v66.0/…`.
    ///
    /// # Errors
    /// 404 for other addresses, 410 for retired versions.
    pub(super) fn parse(path: &str, query: &str) -> Result<Self, ApiError> {
        let inside = path
            .trim_start_matches('/')
            .strip_prefix("services/data/")
            .ok_or_else(ApiError::not_found)?;
        Self::behind_root(inside, query)
    }

    /// Reads `v66.0/…`.
    ///
    /// # Errors
    /// 404 without a version, 410 for retired versions.
    pub(super) fn behind_root(path: &str, query: &str) -> Result<Self, ApiError> {
        let mut segments = call::segments(path);
        if segments.is_empty() {
            return Err(ApiError::not_found());
        }
        let version = versions::parse(&segments.remove(0))?;
        let parameters = url::form_urlencoded::parse(query.as_bytes());
        Ok(Self {
            version,
            segments,
            parameters: parameters.into_owned().collect(),
        })
    }
}

/// A value as part of a path. Slashes stay: an answer may hold a whole address.
pub(super) fn in_path(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for character in value.chars() {
        if matches!(character, '%' | '?' | '#') {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{:02X}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Sends a subrequest to its handler, with the caller's session and own headers.
///
/// # Errors
/// Whatever the handler refuses.
pub(super) fn run(
    call: &Call<'_>,
    group: Option<&dyn Group>,
    target: Target,
    method: Method,
    headers: &HeaderMap,
    body: Option<&Value>,
) -> Result<Answer, ApiError> {
    let mut all = HeaderMap::new();
    // Conditions belong to one resource; what steers the whole call is handed on.
    for (name, value) in &call.headers {
        if name.as_str().starts_with("sforce-") {
            all.insert(name.clone(), value.clone());
        }
    }
    for (name, value) in headers {
        all.insert(name.clone(), value.clone());
    }
    all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let inner = Call {
        practice: call.practice,
        version: target.version,
        base: format!("/services/data/v{}.0", target.version),
        segments: target.segments,
        parameters: target.parameters,
        method,
        body: body.map(Value::to_string).unwrap_or_default().into(),
        user: call.user,
        access: Arc::clone(&call.access),
        headers: all,
        site: call.site.clone(),
        group,
    };
    super::route(&inner)
}

/// The body of an answer as JSON: nothing becomes null, and what is no JSON becomes a text.
pub(super) fn json_of(answer: &Answer) -> Vec<u8> {
    let is_json = answer
        .headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/json"));
    if answer.body.is_empty() {
        return b"null".to_vec();
    }
    if is_json {
        return answer.body.clone();
    }
    let mut out = Vec::with_capacity(answer.body.len() + 2);
    crate::org::value::write_text(&mut out, &String::from_utf8_lossy(&answer.body));
    out
}
