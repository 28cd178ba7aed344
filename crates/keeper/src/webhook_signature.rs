//! What makes a webhook believable: HMAC-SHA256 over id, time and body, as Standard Webhooks has it.
//!
//! Must not know: where a webhook goes.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use gatelodge_model::{Error, Secret};
use zeroize::Zeroizing;

/// What the text of a secret begins with.
const PREFIX: &str = "whsec_";

/// How many bytes a secret may have (Standard Webhooks, "Signature scheme").
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// The key in a secret.
///
/// # Errors
/// `invalid_argument` for another form.
pub(crate) fn key_of(secret: &Secret) -> Result<Zeroizing<Vec<u8>>, Error> {
    secret
        .expose()
        .strip_prefix(PREFIX)
        .and_then(|text| STANDARD.decode(text).ok())
        .map(Zeroizing::new)
        .filter(|key| LENGTH.contains(&key.len()))
        .ok_or_else(|| {
            Error::invalid(
                "secret",
                "The secret of a webhook is whsec_ and then 24 to 64 bytes in base64.",
            )
        })
}

/// The value of `webhook-signature`.
pub(crate) fn sign(key: &[u8], message: &str, timestamp: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    for part in [message, ".", &timestamp.to_string(), ".", body] {
        context.update(part.as_bytes());
    }
    format!("v1,{}", STANDARD.encode(context.sign()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_comes_out() {
        // the example of the Standard Webhooks libraries
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let key = key_of(&secret).unwrap();
        let signature = sign(
            &key,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_has_one_form() {
        for text in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_c2hvcnQ=",
            "whsec_not base64",
        ] {
            assert!(key_of(&Secret::new(text)).is_err(), "{text}");
        }
    }
}
