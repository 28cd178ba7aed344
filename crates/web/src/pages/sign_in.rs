//! Signing in and out.
//!
//! Must not know: how passwords are checked or failures throttled.

use crate::{
    cookies,
    extract::Fields,
    fault::{Fault, PageResult},
    parts::Flash,
    respond,
    state::WebState,
    text::next::safe_next,
    visitor::{Asked, Visitor},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use gatelodge_core::{SignIn, SignedIn, http_status};
use gatelodge_model::{Error, Secret};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) next: String,
    pub(crate) email: String,
    pub(crate) message: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) flash: Option<Flash>,
}

/// Where to go afterwards, and what was just done.
#[derive(Debug, Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    next: String,
    #[serde(default)]
    done: String,
}

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    email: String,
    password: Secret,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`.
pub(crate) async fn show(Query(wish): Query<Wish>) -> Response {
    respond::ok(&SignInPage {
        next: safe_next(&wish.next),
        email: String::new(),
        message: None,
        hint: None,
        flash: Flash::of(&wish.done),
    })
}

/// `POST /sign-in`.
pub(crate) async fn submit(
    State(state): State<WebState>,
    asked: Asked,
    headers: HeaderMap,
    Fields(typed): Fields<Typed>,
) -> PageResult {
    let user_agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("unknown browser")
        .to_owned();
    let attempt = SignIn {
        email: typed.email.clone(),
        password: typed.password,
        address: asked.address,
        user_agent,
        request: asked.request,
    };
    match state.hub.sign_in(attempt).await {
        Ok(signed_in) => enter(&state, &signed_in, &typed.next)
            .map_err(|error| Fault::plain(error, Some(asked.request))),
        Err(error) if http_status(error.kind()) < 500 => {
            Ok(refused(&error, &typed.email, &typed.next))
        }
        Err(error) => Err(Fault::plain(error, Some(asked.request))),
    }
}

fn enter(state: &WebState, signed_in: &SignedIn, next: &str) -> Result<Response, Error> {
    let lifetime = (signed_in.session.expires_at - state.hub.now()).num_seconds();
    let name = state.options.session_cookie();
    let cookie = cookies::set(state.options, name, signed_in.token.expose(), lifetime)?;
    let mut response = Redirect::to(&safe_next(next)).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn refused(error: &Error, email: &str, next: &str) -> Response {
    let status =
        StatusCode::from_u16(http_status(error.kind())).unwrap_or(StatusCode::UNAUTHORIZED);
    respond::page(
        status,
        &SignInPage {
            next: safe_next(next),
            email: email.chars().take(320).collect(),
            message: Some(error.message().to_owned()),
            hint: error.hint().map(|hint| hint.text.clone()),
            flash: None,
        },
    )
}

/// `POST /sign-out`.
pub(crate) async fn sign_out(State(state): State<WebState>, visitor: Visitor) -> PageResult {
    state
        .hub
        .sign_out(&visitor.person)
        .await
        .map_err(|error| visitor.fault(error))?;
    let cookie = cookies::clear(state.options, state.options.session_cookie())
        .map_err(|error| visitor.fault(error))?;
    let mut response = respond::see("/sign-in", Some("signed-out"));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
