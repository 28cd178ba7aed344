//! The link of an invitation: who opens it chooses a name and a password, once.
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
    response::Response,
};
use gatelodge_core::Joining;
use gatelodge_model::{ErrorKind, Role, Secret};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "join.html")]
pub(crate) struct JoinPage {
    pub(crate) organization: Visible,
    pub(crate) invited_by: Option<Visible>,
    pub(crate) email: Visible,
    /// For password managers.
    pub(crate) email_plain: String,
    pub(crate) role: Role,
    pub(crate) role_words: &'static str,
    pub(crate) name: String,
    pub(crate) message: Option<String>,
}

impl JoinPage {
    pub(crate) fn of(joining: &Joining, name: String, message: Option<String>) -> Self {
        let invitation = &joining.invitation;
        Self {
            organization: one_line(&joining.organization.name, 80),
            invited_by: joining.invited_by.as_deref().map(|name| one_line(name, 80)),
            email: one_line(&invitation.email, 120),
            email_plain: invitation.email.clone(),
            role: invitation.role,
            role_words: super::people::role_words(invitation.role),
            name,
            message,
        }
    }
}

/// What was typed.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    name: String,
    password: Secret,
    again: Secret,
}

/// `GET /invitation/{token}`.
pub(crate) async fn show(
    State(state): State<WebState>,
    asked: Asked,
    Path(token): Path<String>,
) -> PageResult {
    let joining = state
        .hub
        .joining(&Secret::new(token))
        .await
        .map_err(|error| Fault::plain(error, Some(asked.request)))?;
    Ok(respond::ok(&JoinPage::of(&joining, String::new(), None)))
}

/// `POST /invitation/{token}`.
pub(crate) async fn submit(
    State(state): State<WebState>,
    asked: Asked,
    Path(token): Path<String>,
    Fields(typed): Fields<Typed>,
) -> PageResult {
    let fault = |error| Fault::plain(error, Some(asked.request));
    let token = Secret::new(token);
    let joining = state.hub.joining(&token).await.map_err(fault)?;
    if typed.password != typed.again {
        let message = "The two passwords differ. Type the same password twice.".to_owned();
        return Ok(again(&joining, typed.name, message));
    }
    match state
        .hub
        .join(&token, &typed.name, typed.password, asked.request)
        .await
    {
        Ok(_) => Ok(respond::see("/sign-in", Some("joined"))),
        Err(error) if error.kind() == ErrorKind::InvalidArgument => {
            Ok(again(&joining, typed.name, error.message().to_owned()))
        }
        Err(error) => Err(fault(error)),
    }
}

fn again(joining: &Joining, name: String, message: String) -> Response {
    respond::page(
        StatusCode::BAD_REQUEST,
        &JoinPage::of(joining, name, Some(message)),
    )
}
