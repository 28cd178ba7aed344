//! Proof Key for Code Exchange (RFC 7636): only the method S256, as RFC 9700 §2.1.1 wants.
//!
//! Must not know: where the verifier is kept until the code comes back.

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gatelodge_model::{Random, Secret};

/// The method that an authorize request names.
pub const METHOD: &str = "S256";

/// A verifier and the challenge that commits to it.
#[derive(Debug, Clone)]
pub struct Pkce {
    /// Stays with us until the exchange: 43 characters from 32 random bytes (RFC 7636 §4.1).
    pub verifier: Secret,
    /// Goes into the authorize request.
    pub challenge: String,
}

impl Pkce {
    /// Makes a new pair.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0_u8; 32];
        random.fill(&mut bytes);
        let verifier = Secret::new(URL_SAFE_NO_PAD.encode(bytes));
        let challenge = challenge_of(&verifier);
        Self {
            verifier,
            challenge,
        }
    }
}

/// `BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))` (RFC 7636 §4.2).
pub fn challenge_of(verifier: &Secret) -> String {
    let hash = digest::digest(&digest::SHA256, verifier.expose().as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::SeededRandom;

    #[test]
    fn the_vector_of_the_rfc_holds() {
        // proves CON-4, with the example of RFC 7636 appendix B
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(
            challenge_of(&verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn verifiers_have_the_allowed_form_and_differ() {
        // proves CON-4, O7
        let random = SeededRandom::new(7);
        let first = Pkce::generate(&random);
        let second = Pkce::generate(&random);
        assert_eq!(first.verifier.expose().len(), 43);
        assert!(first.verifier.expose().bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
        }));
        assert_ne!(first.verifier, second.verifier);
        assert_eq!(first.challenge, challenge_of(&first.verifier));
    }
}
