//! The authorization endpoint: checks a request and sends the browser to sign-in, to consent, or back.
//!
//! A wrong app or callback address is shown to the person and never redirected (RFC 6749 section 4.1.2.1).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use url::Url;

use crate::oauth::code::Approved;
use crate::oauth::flow::{AuthorizationRequest, Purpose};
use crate::oauth::parameters::Parameters;
use crate::oauth::policy::{SignInRule, inside};
use crate::oauth::{App, AppKind, device_page, scopes, sign_in};
use crate::org::UserId;
use crate::pages;
use crate::site::Site;
use crate::state::Practice;

/// Why an authorization request is not followed.
enum Problem {
    /// Shown on a page of the org.
    Shown(&'static str, &'static str),
    /// Sent back to the app.
    Returned(&'static str, &'static str),
}

use Problem::{Returned, Shown};

const GENERIC: Problem = Shown(
    "OAUTH_APPROVAL_ERROR_GENERIC",
    "An unexpected error has occured during authentication. Please try again.",
);

const NOT_APPROVED: Problem = Shown(
    "access_denied",
    "Your Salesforce admin hasn't approved this app.",
);

/// `GET /services/oauth2/authorize`
pub(crate) async fn get(
    State(practice): State<Arc<Practice>>,
    site: Site,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    answer(&practice, &site, &headers, &parameters)
}

/// `POST /services/oauth2/authorize`
pub(crate) async fn post(
    State(practice): State<Arc<Practice>>,
    site: Site,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut parameters = Parameters::parse(&body);
    parameters.add(query.unwrap_or_default().as_bytes());
    answer(&practice, &site, &headers, &parameters)
}

fn answer(
    practice: &Practice,
    site: &Site,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Response {
    let redirect_uri = parameters.text("redirect_uri");
    let state = parameters.get("state");
    let checked = find_app(practice, parameters).and_then(|app| check(&app, parameters));
    let request = match checked {
        Ok(request) => request,
        Err(Shown(error, description)) => {
            return pages::authorization_error(StatusCode::BAD_REQUEST, error, description);
        }
        Err(Returned(error, description)) => {
            return send_error(redirect_uri, state, error, description);
        }
    };
    let prompts: Vec<&str> = parameters.text("prompt").split_whitespace().collect();
    let ask_sign_in = prompts.contains(&"login") || prompts.contains(&"select_account");
    let user = sign_in::user_of(practice, headers);
    let silent = user
        .filter(|_| !ask_sign_in)
        .filter(|user| can_skip(practice, &request, user));
    match silent {
        Some(user) => approve(practice, site, request, user),
        None if parameters.get("immediate") == Some("true") => send_error(
            redirect_uri,
            state,
            "immediate_unsuccessful",
            "immediate_unsuccessful",
        ),
        None => {
            let flow = practice.oauth.begin(practice, request, ask_sign_in);
            sign_in::continue_flow(practice, site, headers, &flow)
        }
    }
}

/// The app of a request, if the callback is one of its own and it is allowed to work.
fn find_app(practice: &Practice, parameters: &Parameters) -> Result<App, Problem> {
    let app = parameters
        .get("client_id")
        .and_then(|client_id| practice.oauth.app(client_id));
    let app = app.ok_or(Shown("invalid_client_id", "client identifier invalid"))?;
    let redirect_uri = parameters.text("redirect_uri");
    if !app.callbacks.iter().any(|known| known == redirect_uri) {
        return Err(Shown(
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
        ));
    }
    if app.blocked {
        return Err(Shown("OAUTH_APP_BLOCKED", "this app is blocked by admin"));
    }
    let rule = practice.oauth.policy().sign_in;
    if rule == SignInRule::ApiAccessControl && !app.permitted.by_admin() {
        return Err(NOT_APPROVED);
    }
    match app.kind {
        _ if app.installed => Ok(app),
        AppKind::ConnectedApp => Err(GENERIC),
        AppKind::ExternalClientApp => {
            Err(Returned("invalid_client", "app must be installed into org"))
        }
    }
}

fn check(app: &App, parameters: &Parameters) -> Result<AuthorizationRequest, Problem> {
    if parameters.get("response_type") != Some("code") {
        return Err(Returned(
            "unsupported_response_type",
            "response type not supported",
        ));
    }
    let challenge = parameters.get("code_challenge");
    // No method means S256: that is what vendor clients send. RFC 7636 would say `plain`.
    if challenge.is_some()
        && parameters
            .get("code_challenge_method")
            .is_some_and(|one| one != "S256")
    {
        return Err(Returned(
            "invalid_request",
            "code challenge method not supported",
        ));
    }
    if challenge.is_some_and(|challenge| !is_digest(challenge)) {
        return Err(Returned("invalid_request", "invalid code challenge"));
    }
    if app.require_pkce && challenge.is_none() {
        return Err(Returned(
            "invalid_request",
            "missing required code challenge",
        ));
    }
    let scopes = scopes::requested(&app.scopes, parameters.text("scope")).ok_or(Returned(
        "invalid_scope",
        "the requested scope is not allowed",
    ))?;
    let prompts = parameters.text("prompt");
    let owned = |name| parameters.get(name).map(ToOwned::to_owned);
    Ok(AuthorizationRequest {
        client_id: app.client_id.clone(),
        scopes,
        purpose: Purpose::Return {
            redirect_uri: parameters.text("redirect_uri").to_owned(),
            state: owned("state"),
            challenge: owned("code_challenge"),
            nonce: owned("nonce"),
        },
        login_hint: parameters.text("login_hint").to_owned(),
        ask_consent: prompts.split_whitespace().any(|prompt| prompt == "consent"),
    })
}

/// 43 characters of the alphabet for addresses: a SHA-256 digest.
fn is_digest(challenge: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    challenge.len() == 43 && challenge.bytes().all(known)
}

/// The consent page is left out when an administrator decides, or when the same person has approved the same scopes
/// and nobody asked for it.
pub(crate) fn can_skip(practice: &Practice, request: &AuthorizationRequest, user: &UserId) -> bool {
    let app = practice.oauth.app(&request.client_id);
    let by_admin = app.is_some_and(|app| app.permitted.by_admin());
    let is_device = matches!(request.purpose, Purpose::Device(_));
    !request.ask_consent
        && !is_device
        && (by_admin
            || practice
                .oauth
                .approved(&request.client_id, user, &request.scopes))
}

/// Lets the app in: sends the browser back with a code, or tells the waiting device.
pub(crate) fn approve(
    practice: &Practice,
    site: &Site,
    request: AuthorizationRequest,
    user: UserId,
) -> Response {
    if let Some((error, description)) = refusal(practice, site, &request, &user) {
        return refuse(practice, &request, error, description);
    }
    match request.purpose {
        Purpose::Return {
            redirect_uri,
            state,
            challenge,
            nonce,
        } => {
            let approved = Approved {
                client_id: request.client_id,
                user,
                scopes: request.scopes,
                redirect_uri: redirect_uri.clone(),
                challenge,
                nonce,
            };
            let code = practice.oauth.new_code(practice, approved);
            send_back(&redirect_uri, state.as_deref(), &[("code", &code)])
        }
        Purpose::Device(code) => {
            practice.oauth.decide_device(&code, Some(user));
            device_page::finished(
                practice,
                "Your device is connected. You can close this page.",
            )
        }
    }
}

/// Why this person cannot let the app in from here, in the words of the redirect.
pub(crate) fn refusal(
    practice: &Practice,
    site: &Site,
    request: &AuthorizationRequest,
    user: &UserId,
) -> Option<(&'static str, &'static str)> {
    let app = practice.oauth.app(&request.client_id)?;
    let user = practice.org.user(user)?;
    let policy = practice.oauth.policy();
    if !policy.organization_active {
        return Some(("inactive_org", "organization is inactive/locked"));
    }
    if !app.permitted.includes(&user) {
        return Some((
            "OAUTH_APP_ACCESS_DENIED",
            "user is not admin approved to access this app",
        ));
    }
    let ranges = app.ip_ranges.iter().chain(&policy.login_ranges);
    if app.enforce_ip_ranges && !inside(ranges, site.address) {
        return Some(("access_denied", "ip restricted"));
    }
    policy.sign_in.refusal()
}

/// Sends the browser back after a "no".
pub(crate) fn deny(practice: &Practice, request: &AuthorizationRequest) -> Response {
    refuse(
        practice,
        request,
        "access_denied",
        "end-user denied authorization",
    )
}

pub(crate) fn refuse(
    practice: &Practice,
    request: &AuthorizationRequest,
    error: &str,
    description: &str,
) -> Response {
    match &request.purpose {
        Purpose::Return {
            redirect_uri,
            state,
            ..
        } => send_error(redirect_uri, state.as_deref(), error, description),
        Purpose::Device(code) => {
            practice.oauth.decide_device(code, None);
            device_page::finished(practice, "Your device was not connected.")
        }
    }
}

fn send_error(redirect_uri: &str, state: Option<&str>, error: &str, description: &str) -> Response {
    let answer = [("error", error), ("error_description", description)];
    send_back(redirect_uri, state, &answer)
}

fn send_back(redirect_uri: &str, state: Option<&str>, answer: &[(&str, &str)]) -> Response {
    let Ok(mut address) = Url::parse(redirect_uri) else {
        return pages::authorization_error(
            StatusCode::BAD_REQUEST,
            "redirect_uri_mismatch",
            "the registered callback is not an address",
        );
    };
    let mut query = address.query_pairs_mut();
    query.extend_pairs(answer);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    drop(query);
    pages::redirect(StatusCode::FOUND, address.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[test]
    fn the_answer_joins_a_query_that_is_there_and_encodes_once() {
        let response = send_back(
            "https://app.example/cb?keep=1",
            Some("a b&c"),
            &[("code", "x==")],
        );
        let location = response.headers()[header::LOCATION].to_str().unwrap();
        assert_eq!(
            location,
            "https://app.example/cb?keep=1&code=x%3D%3D&state=a+b%26c"
        );
    }

    #[test]
    fn a_challenge_is_43_characters() {
        assert!(is_digest("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(!is_digest("short"));
        assert!(!is_digest("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"));
    }
}
