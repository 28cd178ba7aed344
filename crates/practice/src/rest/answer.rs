//! What a handler answers: status, headers, bytes and the promise that a change is on disk.
//!
//! Must not know resources.

use std::io;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use serde::Serialize;

use crate::org::ApiError;
use crate::persistence::Durable;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");
const CSV: HeaderValue = HeaderValue::from_static("text/csv");

/// An answer on its way.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Takes the place of the body where that is made while it is sent.
    pub(super) stream: Option<Body>,
    /// Must be awaited before the answer goes out.
    pub(super) durable: Option<Durable>,
}

impl Answer {
    pub(super) fn new(status: u16, body: Vec<u8>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, JSON);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            headers,
            body,
            stream: None,
            durable: None,
        }
    }

    pub(super) fn json(status: u16, value: &impl Serialize) -> Self {
        // The values are our own maps and lists with text keys: they always have a JSON form.
        Self::new(status, serde_json::to_vec(value).unwrap_or_default())
    }

    pub(super) fn bytes(body: Vec<u8>) -> Self {
        Self::new(200, body)
    }

    /// CSV that is made while it is sent.
    pub(super) fn csv(pieces: impl Iterator<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        let mut answer = Self::new(200, Vec::new());
        answer.headers.insert(CONTENT_TYPE, CSV);
        answer.stream = Some(Body::from_stream(futures::stream::iter(pieces)));
        answer
    }

    pub(super) fn empty(status: u16) -> Self {
        let mut answer = Self::new(status, Vec::new());
        answer.headers.remove(CONTENT_TYPE);
        answer
    }

    pub(super) fn error(error: &ApiError) -> Self {
        Self::json(error.status, &[&error.entry])
    }

    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(super) fn durable(mut self, durable: Option<Durable>) -> Self {
        self.durable = durable;
        self
    }
}

/// 405 as the platform words it.
pub(super) fn not_allowed(method: &Method, allowed: &[&str]) -> Answer {
    let message = format!(
        "HTTP Method '{method}' not allowed. Allowed are {}",
        allowed.join(",")
    );
    Answer::error(&ApiError::new(405, "METHOD_NOT_ALLOWED", message))
        .header(axum::http::header::ALLOW, &allowed.join(","))
}
