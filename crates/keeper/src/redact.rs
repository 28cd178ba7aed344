//! Takes our own secrets out of what a provider sent back: some echo a token in an error (L2).
//!
//! Works by value, not by pattern: what we know, we find, in every spelling that servers use. Must not
//! know: what the text says.

use bytes::Bytes;
use gatelodge_model::Secret;
use gatelodge_provider::ProviderResponse;
use url::form_urlencoded::byte_serialize;

/// What stands in the place of a secret.
const MARK: &[u8] = b"[REDACTED]";

/// Shorter values are no tokens, and would match by chance.
const SHORTEST: usize = 8;

/// Removes secrets from an answer that is no success.
pub(crate) fn response<'a>(
    mut response: ProviderResponse,
    secrets: impl Iterator<Item = &'a Secret>,
) -> ProviderResponse {
    if response.is_success() {
        return response;
    }
    let needles = spellings(secrets);
    response.body = bytes(response.body, &needles);
    for (_, value) in &mut response.headers {
        let clean = bytes(Bytes::copy_from_slice(value.as_bytes()), &needles);
        *value = String::from_utf8_lossy(&clean).into_owned();
    }
    response
}

/// Removes secrets from a text.
pub(crate) fn text<'a>(text: &str, secrets: impl Iterator<Item = &'a Secret>) -> String {
    let clean = bytes(Bytes::copy_from_slice(text.as_bytes()), &spellings(secrets));
    String::from_utf8_lossy(&clean).into_owned()
}

fn spellings<'a>(secrets: impl Iterator<Item = &'a Secret>) -> Vec<Secret> {
    let mut list = Vec::new();
    for secret in secrets.filter(|secret| secret.expose().len() >= SHORTEST) {
        let encoded: String = byte_serialize(secret.expose().as_bytes()).collect();
        let lower = lower_escapes(&encoded);
        let escaped = secret.expose().replace('/', "\\/");
        for spelling in [encoded, lower, escaped] {
            if spelling != secret.expose() {
                list.push(Secret::new(spelling));
            }
        }
        list.push(secret.clone());
    }
    list
}

/// `%2F` as `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut left = 0;
    text.chars()
        .map(|letter| {
            if letter == '%' {
                left = 3;
            }
            let inside = left > 0;
            left = if inside { left - 1 } else { 0 };
            if inside {
                letter.to_ascii_lowercase()
            } else {
                letter
            }
        })
        .collect()
}

fn bytes(body: Bytes, needles: &[Secret]) -> Bytes {
    let mut body = body;
    for needle in needles {
        let needle = needle.expose().as_bytes();
        let mut clean: Option<Vec<u8>> = None;
        let mut from = 0;
        while let Some(at) = find(&body[from..], needle) {
            let clean = clean.get_or_insert_with(Vec::new);
            clean.extend_from_slice(&body[from..from + at]);
            clean.extend_from_slice(MARK);
            from += at + needle.len();
        }
        if let Some(mut clean) = clean {
            clean.extend_from_slice(&body[from..]);
            body = clean.into();
        }
    }
    body
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(status: u16, body: &str) -> ProviderResponse {
        ProviderResponse {
            status,
            headers: vec![("x-echo".to_owned(), body.to_owned())],
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    #[test]
    fn every_spelling_of_a_secret_is_removed() {
        // proves L2, CRED-2
        let secrets = [Secret::new("00D!AQ/4A=="), Secret::new("5Aep861xyz")];
        let body = r#"{"a":"00D!AQ/4A==","b":"00D%21AQ%2F4A%3D%3D","c":"00D!AQ\/4A==","d":"00D%21AQ%2f4A%3d%3d","e":"5Aep861xyz5Aep861xyz"}"#;
        let clean = response(answer(401, body), secrets.iter());
        let expected = r#"{"a":"[REDACTED]","b":"[REDACTED]","c":"[REDACTED]","d":"[REDACTED]","e":"[REDACTED][REDACTED]"}"#;
        assert_eq!(clean.body, expected);
        assert_eq!(clean.header("x-echo"), Some(expected));
    }

    #[test]
    fn a_success_is_not_touched() {
        let secrets = [Secret::new("5Aep861xyz")];
        assert_eq!(
            response(answer(200, "5Aep861xyz"), secrets.iter()).body,
            "5Aep861xyz"
        );
    }

    proptest! {
        #[test]
        fn nothing_of_the_secret_remains(
            secret in "[A-Za-z0-9!=/.]{8,40}",
            before in "\\PC{0,40}",
            after in "\\PC{0,40}",
        ) {
            let clean = text(&format!("{before}{secret}{after}"), [Secret::new(&*secret)].iter());
            prop_assert!(!clean.contains(&secret));
        }
    }
}
