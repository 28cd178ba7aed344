//! Which app speaks at the token endpoint, and whether it proved it (RFC 6749 section 2.3).
//!
//! Must not know what the app asks for.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::oauth::answer::TokenError;
use crate::oauth::authority::Authority;
use crate::oauth::parameters::Parameters;
use crate::oauth::{App, AppKind, secrets};

/// What a request says about its sender.
pub(crate) struct Claim {
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<String>,
}

impl Claim {
    /// Reads HTTP Basic, or else the form.
    pub(crate) fn of(headers: &HeaderMap, parameters: &Parameters) -> Result<Self, TokenError> {
        if let Some(claim) = basic(headers) {
            return Ok(claim);
        }
        let client_id = parameters
            .get("client_id")
            .ok_or(TokenError::NO_CLIENT_ID)?;
        Ok(Self {
            client_id: client_id.to_owned(),
            client_secret: parameters.get("client_secret").map(ToOwned::to_owned),
        })
    }

    /// The app, if the secret is the right one; `may_omit` says whether a secret may be left out.
    pub(crate) fn prove(
        &self,
        authority: &Authority,
        may_omit: impl Fn(&App) -> bool,
    ) -> Result<App, TokenError> {
        let app = authority
            .app(&self.client_id)
            .ok_or(TokenError::UNKNOWN_CLIENT)?;
        let proved = match (&app.client_secret, &self.client_secret) {
            (Some(expected), Some(given)) => secrets::same(expected, given),
            (Some(_), None) => may_omit(&app),
            // A public client must not send a secret.
            (None, given) => given.is_none(),
        };
        if !proved {
            return Err(TokenError::WRONG_SECRET);
        }
        usable(&app)?;
        Ok(app)
    }
}

/// Whether the org lets an app work at all.
///
/// # Errors
/// It is blocked or not installed.
pub(crate) fn usable(app: &App) -> Result<(), TokenError> {
    if app.blocked {
        return Err(TokenError::APP_BLOCKED);
    }
    match app.kind {
        _ if app.installed => Ok(()),
        AppKind::ConnectedApp => Err(TokenError::NOT_INSTALLED),
        AppKind::ExternalClientApp => Err(TokenError::CLIENT_APP_NOT_INSTALLED),
    }
}

fn basic(headers: &HeaderMap) -> Option<Claim> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (client_id, secret) = pair.split_once(':')?;
    Some(Claim {
        client_id: form_decoded(client_id),
        client_secret: Some(form_decoded(secret)).filter(|secret| !secret.is_empty()),
    })
}

/// Both halves of the pair are form-encoded (RFC 6749 section 2.3.1).
fn form_decoded(text: &str) -> String {
    let field = format!("v={text}");
    let first = url::form_urlencoded::parse(field.as_bytes()).next();
    first.map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_header_makes_it_panic(pair: Vec<u8>, raw in "[ -~]{0,40}") {
            for value in [format!("Basic {}", STANDARD.encode(&pair)), raw] {
                let mut headers = HeaderMap::new();
                headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
                let _ = Claim::of(&headers, &Parameters::parse(&pair));
            }
        }
    }

    #[test]
    fn basic_wins_over_the_form() {
        let mut headers = HeaderMap::new();
        let pair = format!("Basic {}", STANDARD.encode("3MVG9%2E:se%3Acret"));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&pair).unwrap());
        let form = Parameters::parse(b"client_id=other");
        let claim = Claim::of(&headers, &form).unwrap_or_else(|_| panic!("a claim"));
        assert_eq!(claim.client_id, "3MVG9.");
        assert_eq!(claim.client_secret.as_deref(), Some("se:cret"));
    }

    #[test]
    fn without_client_id_it_is_an_error() {
        let claim = Claim::of(&HeaderMap::new(), &Parameters::default());
        assert_eq!(claim.err(), Some(TokenError::NO_CLIENT_ID));
    }
}
