//! Sign-in and consent of a person in a browser.
//!
//! The cookie says who the browser is; the flow says what is asked. A decision needs both, so that another
//! site can neither sign a browser in to a decision nor make one.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::oauth::answer::Format;
use crate::oauth::authorize;
use crate::oauth::flow::Flow;
use crate::oauth::parameters::Parameters;
use crate::oauth::scopes;
use crate::oauth::token::storage_failure;
use crate::org::UserId;
use crate::pages;
use crate::site::Site;
use crate::state::Practice;

/// Cookie of a browser that signed in; not the hub's, which may run on the same host name.
const COOKIE: &str = "practice_sid";

const FLOW_GONE: &str =
    "This sign-in has expired or was already finished. Go back to the app and start again.";
const WRONG_PASSWORD: &str = "Please check your username and password. The users of this practice org are listed on its start page.";

/// Sends the browser to the page that the flow needs next.
pub(crate) fn continue_flow(
    practice: &Practice,
    site: &Site,
    headers: &HeaderMap,
    secret: &str,
) -> Response {
    let Some(flow) = practice.oauth.flow(practice, secret) else {
        return flow_gone();
    };
    match user_of(practice, headers).filter(|_| !flow.ask_sign_in) {
        None => pages::redirect(StatusCode::FOUND, &format!("/login?flow={secret}")),
        Some(user) if authorize::can_skip(practice, &flow.request, &user) => {
            practice.oauth.finish(practice, secret);
            authorize::approve(practice, site, flow.request, user)
        }
        Some(_) => pages::redirect(StatusCode::FOUND, &format!("/consent?flow={secret}")),
    }
}

/// The active user a browser is signed in as.
pub(crate) fn user_of(practice: &Practice, headers: &HeaderMap) -> Option<UserId> {
    let user = practice.oauth.signed_in(practice, cookie(headers)?)?;
    practice
        .org
        .user(&user)
        .filter(|user| user.active)
        .map(|user| user.id)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('='));
    named
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

fn flow_gone() -> Response {
    pages::authorization_error(StatusCode::BAD_REQUEST, "invalid_request", FLOW_GONE)
}

/// `GET /login`
pub(crate) async fn sign_in_page(
    State(practice): State<Arc<Practice>>,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    let secret = parameters.text("flow");
    match practice.oauth.flow(&practice, secret) {
        Some(flow) => sign_in_form(&practice, StatusCode::OK, secret, &flow, None),
        None => flow_gone(),
    }
}

fn sign_in_form(
    practice: &Practice,
    status: StatusCode,
    secret: &str,
    flow: &Flow,
    problem: Option<(&str, &str)>,
) -> Response {
    let app = practice.oauth.app(&flow.request.client_id);
    let username = problem.map_or(flow.request.login_hint.as_str(), |(username, _)| username);
    pages::sign_in(
        status,
        &pages::SignIn {
            organization: practice.org.organization().name,
            app: app.map_or_else(String::new, |app| app.name),
            flow: secret.to_owned(),
            username: username.to_owned(),
            problem: problem.map(|(_, text)| text.to_owned()),
        },
    )
}

/// `POST /login`
pub(crate) async fn sign_in(
    State(practice): State<Arc<Practice>>,
    site: Site,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Parameters::parse(&body);
    let secret = form.text("flow");
    let Some(flow) = practice.oauth.flow(&practice, secret) else {
        return flow_gone();
    };
    let username = form.text("username").trim();
    let refuse = |text| {
        let problem = Some((username, text));
        sign_in_form(&practice, StatusCode::UNAUTHORIZED, secret, &flow, problem)
    };
    let user = practice.org.user_by_username(username);
    // The same work for a user who does not exist.
    let known = user
        .as_ref()
        .map_or(username, |user| user.username.as_str());
    let right = practice
        .oauth
        .passwords
        .matches(known, form.text("password"));
    let Some(user) = user.filter(|_| right) else {
        return refuse(WRONG_PASSWORD);
    };
    if !user.active {
        return refuse("This user is inactive. Ask your administrator.");
    }
    if !site.is_own && practice.oauth.policy().refuse_general_login {
        return refuse("Your company allows sign-in at its own My Domain address only.");
    }
    if let Some(old) = cookie(&headers) {
        practice.oauth.sign_out(old);
    }
    let value = practice.oauth.sign_in(&practice, user.id, secret);
    let mut response = pages::redirect(StatusCode::SEE_OTHER, &format!("/consent?flow={secret}"));
    let secure = if practice.base_url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// `POST /logout`
pub(crate) async fn sign_out(
    State(practice): State<Arc<Practice>>,
    headers: HeaderMap,
) -> Response {
    if let Some(user) = user_of(&practice, &headers)
        && let Err(error) = practice.oauth.log_out(&practice, &user).wait().await
    {
        return storage_failure(&error).answer(Format::Json);
    }
    let mut response = pages::redirect(StatusCode::SEE_OTHER, "/");
    let ended =
        HeaderValue::from_static("practice_sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    response.headers_mut().insert(header::SET_COOKIE, ended);
    response
}

/// `GET /consent`
pub(crate) async fn consent_page(
    State(practice): State<Arc<Practice>>,
    site: Site,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    let secret = parameters.text("flow");
    let Some(flow) = practice.oauth.flow(&practice, secret) else {
        return flow_gone();
    };
    let user = user_of(&practice, &headers).filter(|_| !flow.ask_sign_in);
    let Some(user) = user.and_then(|user| practice.org.user(&user)) else {
        return pages::redirect(StatusCode::FOUND, &format!("/login?flow={secret}"));
    };
    if authorize::can_skip(&practice, &flow.request, &user.id) {
        return continue_flow(&practice, &site, &headers, secret);
    }
    if let Some((error, description)) =
        authorize::refusal(&practice, &site, &flow.request, &user.id)
    {
        practice.oauth.finish(&practice, secret);
        return authorize::refuse(&practice, &flow.request, error, description);
    }
    let app = practice.oauth.app(&flow.request.client_id);
    let words = |scope: &String| pages::ScopeLine {
        words: scopes::words(scope).to_owned(),
        scope: scope.clone(),
    };
    pages::consent(&pages::Consent {
        organization: practice.org.organization().name,
        app: app.map_or_else(String::new, |app| app.name),
        username: user.username,
        flow: secret.to_owned(),
        scopes: flow.request.scopes.iter().map(words).collect(),
    })
}

/// `POST /consent`
pub(crate) async fn decide(
    State(practice): State<Arc<Practice>>,
    site: Site,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Parameters::parse(&body);
    let secret = form.text("flow");
    let Some(flow) = practice.oauth.flow(&practice, secret) else {
        return flow_gone();
    };
    let Some(user) = user_of(&practice, &headers).filter(|_| !flow.ask_sign_in) else {
        return pages::redirect(StatusCode::SEE_OTHER, &format!("/login?flow={secret}"));
    };
    match form.get("decision") {
        Some("switch") => {
            if let Some(value) = cookie(&headers) {
                practice.oauth.sign_out(value);
            }
            pages::redirect(StatusCode::SEE_OTHER, &format!("/login?flow={secret}"))
        }
        Some("allow") => match practice.oauth.finish(&practice, secret) {
            Some(flow) => authorize::approve(&practice, &site, flow.request, user),
            None => flow_gone(),
        },
        _ => match practice.oauth.finish(&practice, secret) {
            Some(flow) => authorize::deny(&practice, &flow.request),
            None => flow_gone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_its_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("sid=hub; practice_sid=abc"),
        );
        assert_eq!(cookie(&headers), Some("abc"));
        assert_eq!(cookie(&HeaderMap::new()), None);
    }
}
