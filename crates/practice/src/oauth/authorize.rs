//! The authorization endpoint: checks a request and sends the browser to sign-in, to consent, or back.
//!
//! A wrong app or callback address is shown to the person and never redirected (RFC 6749 section 4.1.2.1).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use url::Url;

use crate::oauth::App;
use crate::oauth::code::Approved;
use crate::oauth::flow::AuthorizationRequest;
use crate::oauth::parameters::Parameters;
use crate::oauth::{scopes, sign_in};
use crate::org::UserId;
use crate::pages;
use crate::state::Practice;

/// An error on the page of the practice org.
struct Shown(&'static str, &'static str);

/// An error that goes back to the app.
struct Returned(&'static str, &'static str);

/// `GET /services/oauth2/authorize`
pub(crate) async fn get(
    State(practice): State<Arc<Practice>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    answer(&practice, &headers, &parameters)
}

/// `POST /services/oauth2/authorize`
pub(crate) async fn post(
    State(practice): State<Arc<Practice>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut parameters = Parameters::parse(&body);
    parameters.add(query.unwrap_or_default().as_bytes());
    answer(&practice, &headers, &parameters)
}

fn answer(practice: &Practice, headers: &HeaderMap, parameters: &Parameters) -> Response {
    let (app, redirect_uri) = match find_app(practice, parameters) {
        Ok(found) => found,
        Err(Shown(error, description)) => {
            return pages::authorization_error(StatusCode::BAD_REQUEST, error, description);
        }
    };
    let state = parameters.get("state");
    let request = match check(&app, &redirect_uri, parameters) {
        Ok(request) => request,
        Err(Returned(error, description)) => {
            return send_back(
                &redirect_uri,
                state,
                &[("error", error), ("error_description", description)],
            );
        }
    };
    let prompts: Vec<&str> = parameters.text("prompt").split_whitespace().collect();
    let ask_sign_in = prompts.contains(&"login") || prompts.contains(&"select_account");
    let user = sign_in::user_of(practice, headers);
    if parameters.get("immediate") == Some("true") {
        let approved = user
            .filter(|_| !ask_sign_in)
            .filter(|user| can_skip(practice, &request, user));
        return match approved {
            Some(user) => approve(practice, request, user),
            None => send_back(
                &redirect_uri,
                state,
                &[
                    ("error", "immediate_unsuccessful"),
                    ("error_description", "immediate_unsuccessful"),
                ],
            ),
        };
    }
    if let Some(user) = user.filter(|_| !ask_sign_in)
        && can_skip(practice, &request, &user)
    {
        return approve(practice, request, user);
    }
    let flow = practice.oauth.begin(practice, request, ask_sign_in);
    sign_in::continue_flow(practice, headers, &flow)
}

fn find_app(practice: &Practice, parameters: &Parameters) -> Result<(App, String), Shown> {
    let unknown = Shown("invalid_client_id", "client identifier invalid");
    let client_id = parameters.get("client_id").ok_or(unknown)?;
    let app = practice.oauth.app(client_id);
    let app = app.ok_or(Shown("invalid_client_id", "client identifier invalid"))?;
    let redirect_uri = parameters.text("redirect_uri");
    if !app
        .callbacks
        .iter()
        .any(|callback| callback == redirect_uri)
    {
        return Err(Shown(
            "redirect_uri_mismatch",
            "redirect_uri must match configuration",
        ));
    }
    if app.blocked {
        return Err(Shown("OAUTH_APP_BLOCKED", "this app is blocked by admin"));
    }
    Ok((app, redirect_uri.to_owned()))
}

fn check(
    app: &App,
    redirect_uri: &str,
    parameters: &Parameters,
) -> Result<AuthorizationRequest, Returned> {
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
    if let Some(challenge) = challenge
        && !is_digest(challenge)
    {
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
    Ok(AuthorizationRequest {
        client_id: app.client_id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes,
        state: parameters.get("state").map(ToOwned::to_owned),
        challenge: challenge.map(ToOwned::to_owned),
        login_hint: parameters.text("login_hint").to_owned(),
        ask_consent: prompts.split_whitespace().any(|prompt| prompt == "consent"),
    })
}

/// 43 characters of the alphabet for addresses: a SHA-256 digest.
fn is_digest(challenge: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    challenge.len() == 43 && challenge.bytes().all(known)
}

/// The consent page is left out when the same person has approved the same scopes and nobody asked for it.
pub(crate) fn can_skip(practice: &Practice, request: &AuthorizationRequest, user: &UserId) -> bool {
    !request.ask_consent
        && practice
            .oauth
            .approved(&request.client_id, user, &request.scopes)
}

/// Sends the browser back with a code.
pub(crate) fn approve(
    practice: &Practice,
    request: AuthorizationRequest,
    user: UserId,
) -> Response {
    let code = practice.oauth.new_code(
        practice,
        Approved {
            client_id: request.client_id,
            user,
            scopes: request.scopes,
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge,
        },
    );
    send_back(
        &request.redirect_uri,
        request.state.as_deref(),
        &[("code", &code)],
    )
}

/// Sends the browser back after a "no".
pub(crate) fn deny(request: &AuthorizationRequest) -> Response {
    send_back(
        &request.redirect_uri,
        request.state.as_deref(),
        &[
            ("error", "access_denied"),
            ("error_description", "end-user denied authorization"),
        ],
    )
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
