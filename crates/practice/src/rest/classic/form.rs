//! The two forms of an answer, XML and JSON, made from one map.
//!
//! Must not know jobs.

use std::fmt::Write as _;

use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value, json};

use crate::bulk::content::Content;
use crate::oauth::escape_xml;
use crate::org::ApiError;
use crate::rest::answer::Answer;

const NAMESPACE: &str = "http://www.force.com/2009/06/asyncapi/dataload";
const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// How an answer is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    #[default]
    Xml,
    Json,
}

impl Form {
    /// The form that the headers of a request name; CSV names none.
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let named = |name| {
            let value = headers.get(name)?.to_str().ok()?.to_ascii_lowercase();
            match value.split(';').next()?.trim() {
                "application/json" => Some(Self::Json),
                "application/xml" | "text/xml" => Some(Self::Xml),
                _ => None,
            }
        };
        named(CONTENT_TYPE).or_else(|| named(ACCEPT))
    }

    /// The form of answers about a job with this content.
    pub(super) fn of_content(content: Content) -> Self {
        match content {
            Content::Csv => Self::Xml,
            Content::Json => Self::Json,
        }
    }

    /// An answer of one element; what is null has no element in XML.
    pub(super) fn answer(self, status: u16, name: &str, fields: &Map<String, Value>) -> Answer {
        match self {
            Self::Json => Answer::json(status, fields),
            Self::Xml => xml(status, name, &elements(fields)),
        }
    }
}

/// An XML document around some content.
pub(super) fn xml(status: u16, name: &str, content: &str) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{name} xmlns=\"{NAMESPACE}\">{content}</{name}>"
    );
    let mut answer = Answer::new(status, text.into_bytes());
    answer.headers.insert(CONTENT_TYPE, XML);
    answer
}

/// One element for each field.
pub(super) fn elements(fields: &Map<String, Value>) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        let text = match value {
            Value::Null => continue,
            // XML writes the zone the short way.
            Value::String(text) if name.ends_with("Date") || name == "systemModstamp" => {
                text.replace("+0000", "Z")
            }
            Value::String(text) => escape_xml(text),
            other => other.to_string(),
        };
        // Writing to a string cannot fail.
        let _ = write!(out, "<{name}>{text}</{name}>");
    }
    out
}

/// An error in the words of this interface.
pub(super) fn error(form: Form, error: &ApiError) -> Answer {
    let code = match error.entry.code {
        "INVALIDENTITY" => "InvalidEntity",
        "INVALIDJOB" => "InvalidJob",
        "INVALIDOPERATION" => "InvalidOperation",
        code => code,
    };
    let fields = json!({ "exceptionCode": code, "exceptionMessage": error.entry.message });
    form.answer(
        error.status,
        "error",
        fields.as_object().unwrap_or(&Map::new()),
    )
}
