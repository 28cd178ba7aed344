//! The identity token of OpenID Connect: who signed in, for which app, signed.
//!
//! Source of the claims: OpenID Connect Core 1.0, sections 2 and 3.1.3.6.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::json;

use crate::oauth::grants::NewTokens;
use crate::oauth::identity_key::KeyError;
use crate::oauth::{App, identity};
use crate::site::Site;
use crate::state::Practice;

/// How long an app may take to look at it.
const LIFE: TimeDelta = TimeDelta::minutes(2);

/// The identity token that belongs to tokens that were just issued.
///
/// # Errors
/// There is no key to sign with.
pub(crate) fn of(
    practice: &Practice,
    site: &Site,
    app: &App,
    issued: &NewTokens,
) -> Result<String, KeyError> {
    let mut claims = json!({
        "at_hash": half_hash(&issued.access_token),
        "sub": identity::address(practice, site, &issued.user),
        "aud": app.client_id,
        "iss": site.login,
        "exp": (issued.issued_at + LIFE).timestamp(),
        "iat": issued.issued_at.timestamp(),
    });
    if let Some(nonce) = &issued.nonce {
        claims["nonce"] = nonce.as_str().into();
    }
    practice.oauth.identity_key.sign(&claims)
}

/// The left half of the SHA-256 of an access token.
fn half_hash(token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    let half = hash.as_ref().len() / 2;
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..half])
}
