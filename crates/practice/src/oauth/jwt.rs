//! The assertion of the JWT bearer flow: taken apart, its signature and claims checked (RFC 7523).
//!
//! Must not know whether the user has approved the app.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::Value;

use crate::oauth::answer::TokenError;
use crate::oauth::{App, der};
use crate::site::Site;
use crate::state::Practice;

/// An assertion taken apart.
struct Assertion<'a> {
    message: &'a str,
    signature: Vec<u8>,
    claims: Claims,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    /// Some clients write the user as `prn`, as the first draft did.
    #[serde(alias = "prn")]
    sub: String,
    aud: Value,
    exp: Value,
}

/// The app and the username of an assertion that is in order.
///
/// # Errors
/// It is malformed, expired, for somebody else, or not signed by the app's key.
pub(crate) fn check(
    practice: &Practice,
    site: &Site,
    assertion: &str,
) -> Result<(App, String), TokenError> {
    let assertion = read(assertion).ok_or(TokenError::INVALID_ASSERTION)?;
    let app = practice.oauth.app(&assertion.claims.iss);
    let app = app.ok_or(TokenError::UNKNOWN_CLIENT)?;
    let key = app.jwt_certificate.as_deref().and_then(public_key);
    let key = key.ok_or(TokenError::INVALID_ASSERTION)?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(assertion.message.as_bytes(), &assertion.signature)
        .map_err(|_| TokenError::INVALID_ASSERTION)?;
    let audiences = [
        site.login.as_str(),
        site.instance.as_str(),
        practice.base_url.as_str(),
        general_login(practice),
    ];
    let fits = |audience: &str| audiences.contains(&audience.trim_end_matches('/'));
    let for_us = match &assertion.claims.aud {
        Value::String(audience) => fits(audience),
        Value::Array(all) => all.iter().filter_map(Value::as_str).any(fits),
        _ => false,
    };
    if !for_us {
        return Err(TokenError::WRONG_AUDIENCE);
    }
    // A widely used client sends milliseconds, which is a moment far ahead: there is no upper bound.
    let expires = assertion.claims.exp.as_f64();
    let seconds = practice.clock.now().timestamp();
    let alive = expires.is_some_and(|expires| expires.total_cmp(&as_number(seconds)).is_gt());
    if !alive {
        return Err(TokenError::INVALID_ASSERTION);
    }
    Ok((app, assertion.claims.sub))
}

/// The sign-in host that an org of this kind is reached at.
fn general_login(practice: &Practice) -> &'static str {
    if practice.org.organization().is_sandbox {
        "https://test.salesforce.com"
    } else {
        "https://login.salesforce.com"
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds since 1970 have 53 bits for the next 285 million years"
)]
fn as_number(seconds: i64) -> f64 {
    seconds as f64
}

/// Splits a compact token (RFC 7515 section 3.1); `None` unless it is one that is signed with RS256.
fn read(text: &str) -> Option<Assertion<'_>> {
    let (message, signature) = text.rsplit_once('.')?;
    let (header, claims) = message.split_once('.')?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok();
    let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
    if header.alg != "RS256" {
        return None;
    }
    Some(Assertion {
        message,
        signature: decode(signature)?,
        claims: serde_json::from_slice(&decode(claims)?).ok()?,
    })
}

/// The key inside a PEM certificate or a PEM public key.
fn public_key(pem: &str) -> Option<Vec<u8>> {
    let begin = pem.split_once("-----BEGIN ")?.1;
    let (label, rest) = begin.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let compact: String = body.split_whitespace().collect();
    let bytes = STANDARD.decode(compact).ok()?;
    match label {
        "CERTIFICATE" => der::certified_key(&bytes).map(<[u8]>::to_vec),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Some(bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_rs256_is_read() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let claims = part(r#"{"iss":"a","sub":"b","aud":"c","exp":1}"#);
        for (algorithm, read_it) in [("RS256", true), ("none", false), ("HS256", false)] {
            let header = part(&format!(r#"{{"alg":"{algorithm}"}}"#));
            let text = format!("{header}.{claims}.");
            assert_eq!(read(&text).is_some(), read_it, "{algorithm}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", parts in "[A-Za-z0-9_.-]{0,80}") {
            let _ = (read(&text), read(&parts), public_key(&text));
        }
    }
}
