//! Who stands behind a request, as far as a look at its token and its form tells; nothing is used or changed.
//!
//! Must not know what the caller wants.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::oauth::{Digest, Presented};
use crate::state::Practice;

/// Largest form that is looked into.
const LARGEST_FORM: usize = 1024 * 1024;

/// User, app, grant and token behind a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    pub(crate) username: Option<String>,
    pub(crate) user: Option<crate::org::Id>,
    pub(crate) app: Option<String>,
    pub(crate) grant: Option<u64>,
    pub(crate) token: Option<Digest>,
}

impl Caller {
    /// Looks at a request; a form of the token endpoint is read and put back.
    pub(crate) async fn of(practice: &Practice, request: Request) -> (Self, Request) {
        let mut caller = Self::default();
        if let Some(token) = crate::oauth::token_of(request.headers()) {
            caller.learn(practice, practice.oauth.presented(practice, token));
        }
        if !request.uri().path().starts_with("/services/oauth2/") {
            return (caller, request);
        }
        caller.app = caller.app.or_else(|| basic_client(request.headers()));
        let (parts, body) = request.into_parts();
        let form = to_bytes(body, LARGEST_FORM).await.unwrap_or_default();
        caller.read_form(practice, &form);
        (caller, Request::from_parts(parts, Body::from(form)))
    }

    fn read_form(&mut self, practice: &Practice, form: &Bytes) {
        for (name, value) in url::form_urlencoded::parse(form) {
            match name.as_ref() {
                "client_id" => self.app = Some(value.into_owned()),
                "refresh_token" | "token" => {
                    self.learn(practice, practice.oauth.presented(practice, &value));
                }
                "username" => self.username = Some(value.into_owned()),
                _ => {}
            }
        }
    }

    fn learn(&mut self, practice: &Practice, presented: Option<Presented>) {
        let Some(presented) = presented else { return };
        self.username = practice.org.user(&presented.user).map(|user| user.username);
        self.user = presented.user.record();
        self.app = presented.client_id.or_else(|| self.app.take());
        self.grant = presented.grant;
        self.token = Some(presented.token);
    }
}

/// The client id of HTTP Basic.
fn basic_client(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, value) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    Some(text.split_once(':')?.0.to_owned())
}
