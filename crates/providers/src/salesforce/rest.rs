//! Paths of the REST API, and reads that end in a value or in Salesforce's refusal.
//!
//! Must not know: what any tool does with the answer.

use super::error;
use gatelodge_model::{Error, ErrorKind, Result};
use gatelodge_provider::{Caller, ProviderResponse, ReadRequest};
use serde::de::DeserializeOwned;

/// The one version that everything uses: Spring '26, the oldest of the three releases of 2026, so that every
/// org has it whatever its upgrade window, and supported until at least 2029 (three years per version,
/// "REST API Developer Guide, API End-of-Life Policy").
pub(super) const API_VERSION: &str = "v66.0";

/// The type of every body.
pub(super) const JSON: &str = "application/json";

/// A path below the pinned version; every segment is encoded.
pub(super) fn path(segments: &[&str]) -> String {
    let mut path = format!("/services/data/{API_VERSION}");
    for segment in segments {
        path.push('/');
        path.push_str(&encode(segment));
    }
    path
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn encode(segment: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Whether a value may be a segment of a path. `.` and `..` may not: programs on the way resolve them even
/// when they are encoded (RFC 3986 §5.2.4 and §6.2.2); some also read a backslash as a slash, and a
/// control character as the end.
pub(super) fn is_segment(value: &str) -> bool {
    !matches!(value, "" | "." | "..")
        && !value.contains(|character: char| character.is_control() || character == '\\')
}

/// Sends a read and reads its JSON.
///
/// # Errors
/// Salesforce's refusal, or what kept the answer away.
pub(super) async fn get<T: DeserializeOwned>(
    caller: &dyn Caller,
    request: ReadRequest,
) -> Result<T> {
    json(&caller.read(request).await?)
}

/// Reads a successful answer's JSON.
///
/// # Errors
/// Salesforce's refusal; `provider_unavailable` where the body is something else.
pub(super) fn json<T: DeserializeOwned>(response: &ProviderResponse) -> Result<T> {
    if !response.is_success() {
        return Err(error::read(response));
    }
    serde_json::from_slice(&response.body).map_err(|cause| {
        Error::new(
            ErrorKind::ProviderUnavailable,
            "Salesforce answered in a form that Gatelodge does not know.",
        )
        .with_context("cause", cause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_segment_is_encoded() {
        // proves S7
        assert_eq!(
            path(&["sobjects", "Account", "Ext__c", "../a b/%2f@evil?x#y"]),
            "/services/data/v66.0/sobjects/Account/Ext__c/..%2Fa%20b%2F%252f%40evil%3Fx%23y"
        );
        assert_eq!(path(&["ä"]), "/services/data/v66.0/%C3%A4");
        assert!(!is_segment("..") && !is_segment(".") && !is_segment("") && is_segment("..."));
        for bad in ["a\\b", "a\nb", "a\0"] {
            assert!(!is_segment(bad), "{bad:?}");
        }
    }
}
