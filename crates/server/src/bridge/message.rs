//! What the transport must know of a message: its id, its method, and the headers that go with it.
//!
//! Must not know: HTTP clients or streams.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// The first revision whose requests repeat method and name in headers.
const HEADERS_SINCE: &str = "2026-07-28";

/// The member of `_meta` in which revision 2026-07-28 names itself.
const META_VERSION: &str = "/params/_meta/io.modelcontextprotocol~1protocolVersion";

/// A line from the client.
#[derive(Debug, Clone)]
pub(super) struct Message {
    value: Value,
    text: String,
}

/// JSON-RPC's own codes, and one for everything between us and the hub.
pub(super) const PARSE_ERROR: i64 = -32700;
pub(super) const INVALID_REQUEST: i64 = -32600;
pub(super) const HUB_ERROR: i64 = -32000;

impl Message {
    /// Reads a line.
    ///
    /// # Errors
    /// The JSON-RPC error to answer with.
    pub(super) fn parse(line: &str) -> Result<Self, Value> {
        let value: Value = serde_json::from_str(line).map_err(|error| {
            failure(
                &Value::Null,
                PARSE_ERROR,
                &format!("The line is not JSON: {error}."),
            )
        })?;
        if !value.is_object() {
            return Err(failure(
                &Value::Null,
                INVALID_REQUEST,
                "A line must hold one JSON-RPC message, an object.",
            ));
        }
        Ok(Self {
            value,
            text: line.to_owned(),
        })
    }

    /// The line as it came.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The id, where an answer is expected.
    pub(super) fn id(&self) -> Option<&Value> {
        self.value.get("method")?;
        self.value.get("id").filter(|id| !id.is_null())
    }

    /// The method; empty for an answer of the client.
    pub(super) fn method(&self) -> &str {
        self.value
            .get("method")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The request that the client no longer wants.
    pub(super) fn cancels(&self) -> Option<&Value> {
        (self.method() == "notifications/cancelled")
            .then(|| self.value.pointer("/params/requestId"))
            .flatten()
    }

    /// Headers of the transport (MCP 2025-11-25 and 2026-07-28, Streamable HTTP). `negotiated` is the
    /// revision of the handshake, if there was one.
    pub(super) fn headers(&self, negotiated: Option<&str>) -> Vec<(&'static str, String)> {
        if self.method() == "initialize" {
            return Vec::new();
        }
        let own = self.value.pointer(META_VERSION).and_then(Value::as_str);
        let Some(version) = own.or(negotiated) else {
            return Vec::new();
        };
        let mut headers = vec![("mcp-protocol-version", version.to_owned())];
        if version >= HEADERS_SINCE {
            headers.push(("mcp-method", header_text(self.method())));
            if let Some(name) = self.name() {
                headers.push(("mcp-name", header_text(name)));
            }
        }
        headers
    }

    fn name(&self) -> Option<&str> {
        let pointer = match self.method() {
            "tools/call" | "prompts/get" => "/params/name",
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => "/params/uri",
            "tasks/get" | "tasks/update" | "tasks/cancel" => "/params/taskId",
            _ => return None,
        };
        self.value.pointer(pointer)?.as_str()
    }
}

/// Text that is not plain enough for a header travels as `=?base64?…?=` (MCP 2026-07-28, Streamable HTTP).
fn header_text(text: &str) -> String {
    let plain = !text.is_empty()
        && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
        && text.trim() == text
        && !(text.starts_with("=?base64?") && text.ends_with("?="));
    if plain {
        text.to_owned()
    } else {
        format!("=?base64?{}?=", STANDARD.encode(text))
    }
}

/// A JSON-RPC error.
pub(super) fn failure(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(value: &Value) -> Message {
        Message::parse(&value.to_string()).unwrap()
    }

    #[test]
    fn ids_tell_requests_from_notifications() {
        assert_eq!(
            message(&json!({"id": 1, "method": "ping"})).id(),
            Some(&json!(1))
        );
        assert_eq!(message(&json!({"method": "ping"})).id(), None);
        assert_eq!(message(&json!({"id": 1, "result": {}})).id(), None);
        let cancel = json!({"method": "notifications/cancelled", "params": {"requestId": "a"}});
        assert_eq!(message(&cancel).cancels(), Some(&json!("a")));
        for (line, code) in [
            ("{", PARSE_ERROR),
            ("[]", INVALID_REQUEST),
            ("1", INVALID_REQUEST),
        ] {
            assert_eq!(Message::parse(line).unwrap_err()["error"]["code"], code);
        }
    }

    #[test]
    fn headers_follow_the_revision() {
        // proves M4
        let call = message(&json!({"id": 1, "method": "tools/call", "params": {"name": "a_b"}}));
        assert!(call.headers(None).is_empty());
        assert_eq!(
            call.headers(Some("2025-11-25")),
            [("mcp-protocol-version", "2025-11-25".to_owned())]
        );
        let new = message(&json!({"id": 1, "method": "tools/call", "params": {
            "name": "a_b",
            "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"},
        }}));
        assert_eq!(
            new.headers(Some("2025-11-25")),
            [
                ("mcp-protocol-version", "2026-07-28".to_owned()),
                ("mcp-method", "tools/call".to_owned()),
                ("mcp-name", "a_b".to_owned()),
            ]
        );
        let handshake = message(&json!({"id": 1, "method": "initialize"}));
        assert!(handshake.headers(Some("2025-11-25")).is_empty());
    }

    #[test]
    fn text_that_no_header_carries_is_encoded() {
        assert_eq!(header_text("tools/call"), "tools/call");
        for text in ["", " a", "\u{fc}", "a\nb", "=?base64?YQ==?="] {
            let encoded = header_text(text);
            let inner = encoded
                .strip_prefix("=?base64?")
                .and_then(|rest| rest.strip_suffix("?="))
                .unwrap();
            assert_eq!(STANDARD.decode(inner).unwrap(), text.as_bytes());
        }
    }
}
