//! One request, taken apart: who asks, in which version, for what, with which headers.
//!
//! Must not know resources.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::answer::{self, Answer};
use super::group::{Group, Seen};
use crate::org::access::Access;
use crate::org::dml::{Assignment, Draft, DuplicateOptions, WriteContext};
use crate::org::schema::Urls;
use crate::org::{ApiError, Id, Object, State};
use crate::persistence::{Change, Durable};
use crate::site::Site;
use crate::state::Practice;

/// One authenticated request.
pub(super) struct Call<'a> {
    pub(super) practice: &'a Practice,
    /// Major number of the API version.
    pub(super) version: u32,
    /// `/services/data/v66.0`.
    pub(super) base: String,
    /// Path behind the version, decoded, without empty parts.
    pub(super) segments: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) method: Method,
    pub(super) body: Bytes,
    pub(super) user: Id,
    pub(super) access: Arc<Access>,
    pub(super) headers: HeaderMap,
    /// The addresses that absolute links begin with.
    pub(super) site: Site,
    /// The common write that this request is a part of.
    pub(super) group: Option<&'a dyn Group>,
}

/// The parts of a path, decoded, without empty ones: trailing and double slashes do not matter.
pub(super) fn segments(path: &str) -> Vec<String> {
    let path = path.strip_prefix("/services/data").unwrap_or(path);
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(decode)
        .collect()
}

/// Percent-decoding without the `+` rule of forms.
fn decode(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let digits = bytes
            .get(index + 1..index + 3)
            .filter(|_| bytes[index] == b'%');
        let decoded = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(decoded.unwrap_or(bytes[index]));
        index += if decoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

impl<'a> Call<'a> {
    pub(super) fn new(
        practice: &'a Practice,
        version: u32,
        segments: Vec<String>,
        parts: &Parts,
        body: Bytes,
        user: Id,
        access: Arc<Access>,
    ) -> Result<Self, ApiError> {
        let parameters: Vec<(String, String)> =
            url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let mut method = parts.method.clone();
        let wanted = parameters.iter().find(|(name, _)| name == "_HttpMethod");
        if let (&Method::POST, Some((_, wanted))) = (&parts.method, wanted) {
            method = Method::from_bytes(wanted.to_ascii_uppercase().as_bytes()).map_err(|_| {
                ApiError::new(
                    405,
                    "METHOD_NOT_ALLOWED",
                    format!("HTTP Method '{wanted}' not allowed."),
                )
            })?;
        }
        Ok(Self {
            practice,
            version,
            base: format!("/services/data/v{version}.0"),
            segments,
            parameters,
            method,
            body,
            user,
            access,
            headers: parts.headers.clone(),
            site: Site::of(practice, &parts.headers, &parts.uri, &parts.extensions),
            group: None,
        })
    }

    /// The records as this request sees them: inside a group with the writes before it.
    pub(super) fn snapshot(&self) -> Arc<State> {
        match self.group {
            Some(group) => group.state(),
            None => self.practice.org.snapshot(),
        }
    }

    /// Remembers that the caller worked with a record, if `Sforce-Mru` asks for it.
    pub(super) fn touch(&self, id: Id) {
        let wanted = self
            .option("sforce-mru", "updateMru")
            .is_some_and(|wanted| wanted.eq_ignore_ascii_case("true"));
        if wanted {
            self.remember(Seen::Touched(id));
        }
    }

    /// One of the options in a header such as `Sforce-Call-Options: client=a, defaultNamespace=b`.
    pub(super) fn option(&self, header: &str, name: &str) -> Option<&str> {
        self.header(header)?.split(',').find_map(|option| {
            let (key, value) = option.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Remembers what the caller saw; inside a group once the group is saved, because that holds the lock.
    pub(super) fn remember(&self, seen: Seen) {
        let org = &self.practice.org;
        match (self.group, seen) {
            (Some(group), seen) => group.remember(seen),
            (None, Seen::Touched(id)) => org.touch(self.user, id),
            (None, Seen::Viewed(ids, viewed)) => org.view(self.user, &ids, viewed),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    }

    /// A parameter of the query string.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn urls(&self) -> Urls<'_> {
        Urls {
            base: &self.base,
            instance: &self.site.instance,
        }
    }

    /// Runs the handler when the method fits, else 405. GET includes HEAD.
    pub(super) fn allow(
        &self,
        methods: &[&str],
        handler: impl FnOnce() -> Result<Answer, ApiError>,
    ) -> Result<Answer, ApiError> {
        let method = if self.method == Method::HEAD {
            "GET"
        } else {
            self.method.as_str()
        };
        if methods.contains(&method) {
            return handler();
        }
        Ok(self.not_allowed(methods))
    }

    pub(super) fn not_allowed(&self, methods: &[&str]) -> Answer {
        let mut allowed: Vec<&str> = methods.to_vec();
        if methods.contains(&"GET") {
            allowed.insert(0, "HEAD");
        }
        answer::not_allowed(&self.method, &allowed)
    }

    /// The object of a path, if this user may see it.
    pub(super) fn object(&self, name: &str) -> Result<&'a Object, ApiError> {
        let object = self
            .practice
            .org
            .schema()
            .object(name)
            .ok_or_else(ApiError::not_found)?;
        if self.access.object(object).read {
            Ok(object)
        } else {
            Err(ApiError::not_found())
        }
    }

    /// Positions of all fields that this user may see, in describe order.
    pub(super) fn visible_fields(&self, object: &Object) -> Vec<usize> {
        (0..object.fields.len())
            .filter(|index| self.access.readable(object, *index))
            .collect()
    }

    /// The body as a JSON object, and its text.
    pub(super) fn json_body(&self) -> Result<(Map<String, Value>, &str), ApiError> {
        let kind = self.header("content-type").unwrap_or_default();
        let kind = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if kind != "application/json" {
            let message = format!(
                "Content type '{kind}' is not supported by this resource. Send 'application/json'."
            );
            return Err(ApiError::new(415, "UNSUPPORTED_MEDIA_TYPE", message));
        }
        let text = std::str::from_utf8(&self.body).map_err(|_| {
            ApiError::new(
                400,
                "JSON_PARSER_ERROR",
                "Invalid UTF-8 in the request body at [line:1, column:1]",
            )
        })?;
        if text.trim().is_empty() {
            let message = "The HTTP entity body is required, but this request has no entity body.";
            return Err(ApiError::new(400, "JSON_PARSER_ERROR", message));
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok((fields, text)),
            Ok(Value::Array(_)) => Err(ApiError::new(
                400,
                "JSON_PARSER_ERROR",
                "Cannot deserialize instance of sobject from START_ARRAY value [ or request may be missing a required field at [line:1, column:1]",
            )),
            Ok(other) => Err(ApiError::new(
                400,
                "JSON_PARSER_ERROR",
                format!(
                    "Unexpected parameter encountered during deserialization: {other} at [line:1, column:1]"
                ),
            )),
            Err(error) => Err(unreadable(text, &error)),
        }
    }

    /// `client` of `Sforce-Call-Options`.
    pub(super) fn client(&self) -> Option<String> {
        self.option("sforce-call-options", "client")
            .map(str::to_owned)
    }

    /// Who writes, under which headers.
    pub(super) fn write_context(&self) -> WriteContext {
        let assign = self.header("sforce-auto-assign").unwrap_or("TRUE");
        let duplicates = self.header("sforce-duplicate-rule-header");
        WriteContext {
            user: self.user,
            access: Arc::clone(&self.access),
            now: self.practice.org.now(),
            client: self.client(),
            assignment: Assignment::of_header(assign),
            duplicates: duplicates
                .map(DuplicateOptions::of_header)
                .unwrap_or_default(),
            most_records: self.practice.options.most_records,
            base: self.base.clone(),
            files: Arc::clone(&self.practice.files),
        }
    }

    /// Runs a write and logs its change; inside a group, the group logs it.
    pub(super) fn write<T>(
        &self,
        prepare: impl FnOnce(&mut Draft<'_>) -> Result<T, ApiError>,
    ) -> Result<(T, Option<Durable>), ApiError> {
        if let Some(group) = self.group {
            return Ok((super::group::write_in(self, group, prepare)?, None));
        }
        let log = &self.practice.log;
        self.practice
            .org
            .write(self.write_context(), prepare, |change| {
                log.append(&Change::Org(change.clone()))
            })
    }
}

/// A JSON syntax error in the words of the platform's parser.
fn unreadable(text: &str, error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column().max(1));
    let found = text
        .split('\n')
        .nth(line.saturating_sub(1))
        .and_then(|line| line.get(column - 1..))
        .and_then(|rest| rest.chars().next());
    let message = match (error.is_eof(), found) {
        (false, Some(found)) => {
            let expected = match error.to_string() {
                reason
                    if reason.contains("key must be a string")
                        || reason.contains("trailing comma") =>
                {
                    "was expecting double-quote to start field name"
                }
                reason if reason.contains("expected `:`") => {
                    "was expecting a colon to separate field name and value"
                }
                reason if reason.contains("expected `,`") => {
                    "was expecting comma to separate Object entries"
                }
                _ => {
                    "expected a valid value (number, String, array, object, 'true', 'false' or 'null')"
                }
            };
            format!(
                "Unexpected character ('{found}' (code {})): {expected} at [line:{line}, column:{}]",
                u32::from(found),
                column + 1
            )
        }
        _ => format!(
            "Unexpected end-of-input: expected close marker for Object at [line:{line}, column:{}]",
            column + 1
        ),
    };
    ApiError::new(400, "JSON_PARSER_ERROR", message)
}
