//! The shapes of codes and tokens, their digests, the code challenge and the signature of a token answer.
//!
//! Pure functions; knows neither who a token belongs to nor how long it lives.

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::ambient::{Random, random_letters};

/// SHA-256 of a code, a token or a cookie, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of a secret.
    pub fn of(secret: &str) -> Self {
        Self(hex::encode(sha256(secret.as_bytes())))
    }

    /// The first characters, enough to tell tokens apart in a test and useless for anything else.
    pub fn fingerprint(&self) -> String {
        self.0.chars().take(16).collect()
    }
}

fn sha256(bytes: &[u8]) -> digest::Digest {
    digest::digest(&digest::SHA256, bytes)
}

/// A word in every token and code that a practice org gives out, so that a scan finds each of them wherever it went.
pub const MARK: &str = "PracticeCanary";

/// An access token: 15 characters of org id, `!`, the mark, 82 random characters.
pub(crate) fn access_token(random: &dyn Random, organization_id: &str) -> String {
    let organization: String = organization_id.chars().take(15).collect();
    format!("{organization}!{MARK}{}", random_letters(random, 82))
}

/// A refresh token of the usual look.
pub(crate) fn refresh_token(random: &dyn Random) -> String {
    format!("5Aep861{MARK}{}", random_letters(random, 66))
}

/// An authorization code; the two `=` at the end are there because clients stumble over them.
pub(crate) fn authorization_code(random: &dyn Random) -> String {
    format!("aPrx{MARK}{}==", random_letters(random, 42))
}

/// Eight capital letters and digits that a person can type.
pub(crate) fn user_code(random: &dyn Random) -> String {
    random_letters(random, 8).to_ascii_uppercase()
}

/// A value for a cookie or a hidden form field.
pub(crate) fn opaque(random: &dyn Random) -> String {
    random_letters(random, 43)
}

/// Compares without telling by its duration where the difference is.
pub(crate) fn same(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

/// Whether a verifier answers an S256 challenge (RFC 7636 sections 4.1 and 4.6). The greatest length is not
/// checked: a widely used client sends 171 characters, and Salesforce takes them.
pub(crate) fn verifier_matches(challenge: &str, verifier: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let well_formed = verifier.len() >= 43 && verifier.bytes().all(known);
    well_formed
        && same(
            &URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes())),
            challenge,
        )
}

/// `signature` of a token answer: HMAC-SHA256 over identity address and issue time, keyed by the consumer secret.
pub(crate) fn signature(consumer_secret: &str, id: &str, issued_at: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, consumer_secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{id}{issued_at}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemRandomness;

    // The example of RFC 7636 appendix B.
    #[test]
    fn verifier_of_the_rfc_matches_its_challenge() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(verifier_matches(challenge, verifier));
        assert!(!verifier_matches(challenge, &verifier[1..]));
        for (verifier, fits) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("-._~".repeat(40), true),
            ("a/".repeat(40), false),
        ] {
            let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
            assert_eq!(verifier_matches(&challenge, &verifier), fits, "{verifier}");
        }
    }

    #[test]
    fn tokens_have_the_shapes_that_clients_check() {
        let access = access_token(&SystemRandomness, "00DdM00000vfgTuUAI");
        assert!(access.starts_with("00DdM00000vfgTu!"));
        assert_eq!(access.len(), 112);
        assert!(refresh_token(&SystemRandomness).starts_with("5Aep"));
        assert!(authorization_code(&SystemRandomness).ends_with("=="));
    }

    // proves SFB-OAUTH-19; the value is a published example of HMAC-SHA256
    #[test]
    fn a_signature_is_the_keyed_digest_of_id_and_time() {
        let made = signature("key", "The quick brown fox jumps over ", "the lazy dog");
        assert_eq!(made, "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg=");
    }

    #[test]
    fn a_digest_hides_its_secret_and_signature_depends_on_the_key() {
        let digest = Digest::of("5Aep861secret");
        assert_eq!(digest.fingerprint().len(), 16);
        assert!(!format!("{digest:?}").contains("secret"));
        assert_ne!(signature("a", "id", "1"), signature("b", "id", "1"));
    }
}
