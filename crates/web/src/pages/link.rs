//! The link that sets a password, once.
//!
//! Must not know: how the link reached the person.

use crate::{
    extract::Fields,
    fault::{Fault, PageResult},
    respond,
    state::WebState,
    text::{Visible, one_line},
    visitor::Asked,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use gatelodge_model::{ErrorKind, Secret, User};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "set_password.html")]
pub(crate) struct SetPasswordPage {
    pub(crate) name: Visible,
    pub(crate) email: Visible,
    /// For password managers.
    pub(crate) email_plain: String,
    pub(crate) message: Option<String>,
}

impl SetPasswordPage {
    pub(crate) fn of(user: &User, message: Option<String>) -> Self {
        Self {
            name: one_line(&user.name, 80),
            email: one_line(&user.email, 120),
            email_plain: user.email.clone(),
            message,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    password: Secret,
    again: Secret,
}

/// `GET /link/{token}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    asked: Asked,
    Path(token): Path<String>,
) -> PageResult {
    let user = state
        .hub
        .link_user(&Secret::new(token))
        .await
        .map_err(|error| Fault::plain(error, Some(asked.request)))?;
    Ok(respond::ok(&SetPasswordPage::of(&user, None)))
}

/// `POST /link/{token}`.
pub(crate) async fn submit(
    State(state): State<WebState>,
    asked: Asked,
    Path(token): Path<String>,
    Fields(typed): Fields<Typed>,
) -> PageResult {
    let fault = |error| Fault::plain(error, Some(asked.request));
    let token = Secret::new(token);
    let user = state.hub.link_user(&token).await.map_err(fault)?;
    if typed.password != typed.again {
        let message = "The two passwords differ. Type the same password twice.".to_owned();
        return Ok(again(&user, message));
    }
    match state
        .hub
        .set_password(&token, typed.password, asked.request)
        .await
    {
        Ok(_) => Ok(respond::see("/sign-in", Some("password-set"))),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            Ok(again(&user, error.message().to_owned()))
        }
        Err(error) => Err(fault(error)),
    }
}

fn again(user: &User, message: String) -> axum::response::Response {
    respond::page(
        StatusCode::BAD_REQUEST,
        &SetPasswordPage::of(user, Some(message)),
    )
}
