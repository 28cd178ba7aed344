//! Who calls a data endpoint: the extractor for `Authorization: Bearer` and `OAuth`.
//!
//! Must not know what the caller wants.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::journal::RequestNote;
use crate::oauth::scopes;
use crate::oauth::secrets::Digest;
use crate::org::UserId;
use crate::site;
use crate::state::Practice;

/// A caller with a token that is alive and may use the data interface.
#[derive(Clone, Debug)]
pub struct Session {
    /// The user the token stands for.
    pub user_id: UserId,
    /// Sign-in name of the user.
    pub username: String,
    /// The app; absent for a session that SOAP `login` opened.
    pub client_id: Option<String>,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The first characters of the digest of the token.
    pub token_fingerprint: String,
}

/// Why a caller was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionRejection {
    /// No token, or one that is dead.
    Expired,
    /// The header has another scheme than `Bearer` or `OAuth`.
    WrongScheme,
    /// What came is no token of this org, but has the form of a JSON Web Token.
    WrongJwt,
    /// The token is alive but has neither scope `api` nor `full`.
    NoApiScope,
}

impl IntoResponse for SessionRejection {
    fn into_response(self) -> Response {
        let (status, message, code) = match self {
            Self::Expired => (
                StatusCode::UNAUTHORIZED,
                "Session expired or invalid",
                "INVALID_SESSION_ID",
            ),
            Self::WrongScheme => (
                StatusCode::UNAUTHORIZED,
                "INVALID_HEADER_TYPE",
                "INVALID_AUTH_HEADER",
            ),
            Self::WrongJwt => (
                StatusCode::UNAUTHORIZED,
                "INVALID_JWT_FORMAT",
                "INVALID_AUTH_HEADER",
            ),
            Self::NoApiScope => (
                StatusCode::FORBIDDEN,
                "This session is not valid for use with the REST API",
                "INVALID_SESSION_ID",
            ),
        };
        let body = serde_json::json!([{"message": message, "errorCode": code}]);
        let content_type = HeaderValue::from_static("application/json;charset=UTF-8");
        let mut response = (
            status,
            [(header::CONTENT_TYPE, content_type)],
            body.to_string(),
        )
            .into_response();
        if status == StatusCode::UNAUTHORIZED {
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        response
    }
}

impl FromRequestParts<Arc<Practice>> for Session {
    type Rejection = SessionRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        practice: &Arc<Practice>,
    ) -> Result<Self, SessionRejection> {
        let token = match token_of(&parts.headers) {
            Some(token) => token,
            None if parts.headers.contains_key(header::AUTHORIZATION) => {
                return Err(SessionRejection::WrongScheme);
            }
            None => return Err(SessionRejection::Expired),
        };
        let address = site::address(&practice.options, &parts.headers, &parts.extensions);
        let session = Self::open(practice, token, address).ok_or_else(|| unknown(token))?;
        if let Some(note) = parts.extensions.get::<RequestNote>() {
            note.set(
                session.user_id.as_str(),
                &session.username,
                session.client_id.as_deref(),
            );
        }
        if !scopes::allow_api(&session.scopes) {
            return Err(SessionRejection::NoApiScope);
        }
        Ok(session)
    }
}

impl Session {
    /// The session of a token, whatever its scopes.
    pub(crate) fn open(practice: &Practice, token: &str, address: Option<IpAddr>) -> Option<Self> {
        let digest = Digest::of(token);
        let access = practice.oauth.use_token(practice, &digest, address)?;
        let user = practice.org.user(&access.user)?;
        user.active.then(|| Self {
            user_id: access.user,
            username: user.username,
            client_id: access.client_id,
            scopes: access.scopes,
            token_fingerprint: digest.fingerprint(),
        })
    }
}

/// Why a token that nobody knows is refused. A session id has an `!`, which no web token has.
fn unknown(token: &str) -> SessionRejection {
    let jwt = token.starts_with("eyJ") && !token.contains('!');
    if jwt {
        SessionRejection::WrongJwt
    } else {
        SessionRejection::Expired
    }
}

/// The token of the `Authorization` header.
pub(crate) fn token_of(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth");
    known.then(|| token.trim())
}
