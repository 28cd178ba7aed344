//! Takes our own secrets out of what a provider sent back: some echo a token in an error (L2).
//!
//! Works by value, not by pattern: what we know, we find, in every spelling that servers use. Must not
//! know: what the text says.

use bytes::Bytes;
use gatelodge_model::Secret;
use gatelodge_provider::ProviderResponse;
use memchr::memmem;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// What stands in the place of a secret.
const MARK: &[u8] = b"[REDACTED]";

/// Shorter values are no tokens, and would match by chance.
const SHORTEST: usize = 8;

/// Shorter parts would be found too often to save anything.
const SHORTEST_MARK: usize = 4;

/// Removes secrets from an answer, whatever its status: some services hand back in a success what they were sent.
pub(crate) fn response<'a>(
    mut response: ProviderResponse,
    secrets: impl Iterator<Item = &'a Secret>,
) -> ProviderResponse {
    let redactor = Redactor::new(secrets);
    response.body = redactor.whole(response.body);
    for (_, value) in &mut response.headers {
        *value = redactor.text(value);
    }
    response
}

/// Removes secrets from a text.
pub(crate) fn text<'a>(text: &str, secrets: impl Iterator<Item = &'a Secret>) -> String {
    Redactor::new(secrets).text(text)
}

/// Removes secrets from bytes that come in pieces, also where a border goes through one.
pub(crate) struct Redactor {
    /// Every spelling.
    needles: Vec<Secret>,
    /// One part of each secret that all its spellings have in common: where none is found, there is nothing to do.
    marks: Vec<Secret>,
    /// The end of what came so far, where it may be the beginning of a secret.
    held: Zeroizing<Vec<u8>>,
}

impl Redactor {
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a Secret>) -> Self {
        let mut redactor = Self {
            needles: Vec::new(),
            marks: Vec::new(),
            held: Zeroizing::default(),
        };
        for secret in secrets.filter(|secret| secret.expose().len() >= SHORTEST) {
            let spellings = spellings(secret);
            match mark(secret) {
                Some(mark) => redactor.marks.push(mark),
                None => redactor.marks.extend(spellings.iter().cloned()),
            }
            redactor.needles.extend(spellings);
        }
        redactor
    }

    /// What may be handed on after one more piece. A piece that holds nothing of a secret is not copied.
    pub(crate) fn piece(&mut self, piece: Bytes) -> Bytes {
        let mut text = if self.held.is_empty() {
            piece
        } else {
            let mut joined = std::mem::take(&mut self.held).to_vec();
            joined.extend_from_slice(&piece);
            joined.into()
        };
        text = self.whole(text);
        let held = self.begun(&text);
        self.held = Zeroizing::new(text.split_off(text.len() - held).to_vec());
        text
    }

    /// What is left after the last piece: it was no secret.
    pub(crate) fn rest(&mut self) -> Bytes {
        std::mem::take(&mut self.held).to_vec().into()
    }

    fn text(&self, text: &str) -> String {
        let clean = self.whole(Bytes::copy_from_slice(text.as_bytes()));
        String::from_utf8_lossy(&clean).into_owned()
    }

    fn whole(&self, body: Bytes) -> Bytes {
        let shows = |mark: &Secret| memmem::find(&body, mark.expose().as_bytes()).is_some();
        if !self.marks.iter().any(shows) {
            return body;
        }
        let mut body = body;
        for needle in &self.needles {
            let needle = needle.expose().as_bytes();
            let finder = memmem::Finder::new(needle);
            let mut clean: Option<Vec<u8>> = None;
            let mut from = 0;
            while let Some(at) = finder.find(&body[from..]) {
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

    /// How long the longest end of a text is that begins a secret.
    fn begun(&self, text: &[u8]) -> usize {
        let longest = |needle: &Secret| {
            let needle = needle.expose().as_bytes();
            let most = text.len().min(needle.len() - 1);
            (1..=most)
                .rev()
                .find(|length| needle.starts_with(&text[text.len() - length..]))
        };
        self.needles.iter().filter_map(longest).max().unwrap_or(0)
    }
}

/// How a secret is written, itself included.
fn spellings(secret: &Secret) -> Vec<Secret> {
    let encoded: String = byte_serialize(secret.expose().as_bytes()).collect();
    let lower = lower_escapes(&encoded);
    let escaped = secret.expose().replace('/', "\\/");
    let mut list = vec![secret.clone()];
    for spelling in [encoded, lower, escaped] {
        if list.iter().all(|known| known.expose() != spelling) {
            list.push(Secret::new(spelling));
        }
    }
    list
}

/// The longest part of a secret that is the same in every spelling; none where that is too short to be rare.
fn mark(secret: &Secret) -> Option<Secret> {
    let changes = |letter: char| !letter.is_ascii_alphanumeric() && !"*-._".contains(letter);
    secret
        .expose()
        .split(changes)
        .max_by_key(|part| part.len())
        .filter(|part| part.len() >= SHORTEST_MARK)
        .map(Secret::new)
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
    fn a_success_that_hands_a_token_back_is_no_exception() {
        // proves L2, CRED-2
        let secrets = [Secret::new("5Aep861xyz")];
        let clean = response(answer(200, "you: 5Aep861xyz"), secrets.iter());
        assert_eq!(clean.body, "you: [REDACTED]");
    }

    #[test]
    fn a_piece_without_a_secret_is_handed_on_as_it_is() {
        let secrets = [Secret::new("5Aep861xyz")];
        let mut redactor = Redactor::new(secrets.iter());
        let piece = Bytes::from_static(b"a row of a customer");
        let place = piece.as_ptr();
        assert_eq!(redactor.piece(piece).as_ptr(), place);
        assert_eq!(
            redactor.piece(Bytes::from_static(b"ends with 5A")),
            "ends with "
        );
        assert_eq!(redactor.rest(), "5A");
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

        #[test]
        fn nor_where_borders_of_pieces_go_through_it(
            secret in "[A-C!/]{8,12}",
            body in "[A-C!/]{0,10}",
            before in "[A-C!/]{0,20}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            // proves L2, CRED-2
            let secret = Secret::new(secret);
            let text = format!("{before}{0}{body}{0}", secret.expose());
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            places.sort_unstable();
            let mut redactor = Redactor::new([&secret].into_iter());
            let mut clean = Vec::new();
            let mut from = 0;
            for place in places.into_iter().chain([text.len()]) {
                clean.extend(redactor.piece(Bytes::copy_from_slice(&text.as_bytes()[from..place])));
                from = place;
            }
            clean.extend(redactor.rest());
            prop_assert!(!String::from_utf8(clean).unwrap().contains(secret.expose()));
        }
    }
}
