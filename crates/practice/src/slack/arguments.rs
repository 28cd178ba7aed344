//! The arguments of a method, from the query string, a form or JSON.
//!
//! A form carries structures as JSON in a field. Knows no argument by name but the token.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::answer::Failure;

/// Decoded arguments.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    values: Map<String, Value>,
    /// What is odd about the way they came.
    pub(super) warning: Option<&'static str>,
}

impl Arguments {
    /// Reads a request.
    pub(super) fn read(headers: &HeaderMap, query: &str, body: &[u8]) -> Result<Self, Failure> {
        let mut arguments = Self::default();
        arguments.add_form(query.as_bytes());
        if body.is_empty() {
            return Ok(arguments);
        }
        let kind = headers.get(header::CONTENT_TYPE).map(|kind| {
            let kind = kind.to_str().unwrap_or_default();
            kind.to_ascii_lowercase()
        });
        let Some(kind) = kind else {
            return Err("missing_post_type".into());
        };
        let has_charset = kind.contains("charset=");
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/json" => {
                let parsed = serde_json::from_slice(body).map_err(|_| "invalid_json")?;
                let Value::Object(values) = parsed else {
                    return Err("json_not_object".into());
                };
                arguments.values.extend(values);
                arguments.warning = (!has_charset).then_some("missing_charset");
            }
            "application/x-www-form-urlencoded" => {
                arguments.add_form(body);
                arguments.warning = has_charset.then_some("superfluous_charset");
            }
            _ => return Err("invalid_post_type".into()),
        }
        Ok(arguments)
    }

    fn add_form(&mut self, form: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(form) {
            self.values.insert(name.into_owned(), Value::from(&*value));
        }
    }

    /// A text or a number as text, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let text = match self.values.get(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default()
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        match self.values.get(name) {
            Some(Value::Bool(on)) => *on,
            Some(Value::String(text)) => matches!(text.as_str(), "1" | "true"),
            Some(Value::Number(number)) => number.as_i64() == Some(1),
            _ => false,
        }
    }

    /// A structure, in JSON or as JSON in a text; nothing when it is absent or empty.
    pub(super) fn structure(&self, name: &str) -> Result<Option<Value>, serde_json::Error> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some),
            Some(value) => Ok(Some(value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(kind: &'static str, body: &[u8]) -> Result<Arguments, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        Arguments::read(&headers, "limit=5", body)
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body: Vec<u8>) {
            for kind in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
                let _ = read(kind, &body);
            }
        }
    }

    #[test]
    fn form_and_json_say_the_same() {
        let form = read(
            "application/x-www-form-urlencoded",
            b"channel=C1&mrkdwn=true&blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D",
        );
        let json = json!({ "channel": "C1", "mrkdwn": true, "blocks": [{ "type": "divider" }] });
        let json = read(
            "application/json; charset=utf-8",
            json.to_string().as_bytes(),
        );
        for arguments in [form.unwrap(), json.unwrap()] {
            assert_eq!(arguments.text("channel"), "C1");
            assert_eq!(arguments.text("limit"), "5");
            assert!(arguments.flag("mrkdwn") && !arguments.flag("unfurl_links"));
            let blocks = arguments.structure("blocks").unwrap();
            assert_eq!(blocks, Some(json!([{ "type": "divider" }])));
            assert_eq!(arguments.warning, None);
        }
    }

    #[test]
    fn what_cannot_be_read_has_its_word() {
        let json = read("application/json", b"{}").unwrap();
        assert_eq!(json.warning, Some("missing_charset"));
        for (kind, body, word) in [
            ("application/json", "[", "invalid_json"),
            ("application/json", "[]", "json_not_object"),
            ("text/plain", "x", "invalid_post_type"),
        ] {
            let failure = read(kind, body.as_bytes()).unwrap_err();
            assert_eq!(failure, Failure::Word(word));
        }
        let failure = Arguments::read(&HeaderMap::new(), "", b"x").unwrap_err();
        assert_eq!(failure, Failure::Word("missing_post_type"));
    }
}
