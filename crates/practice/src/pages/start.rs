//! The start page: who can sign in with what, which apps exist, how much data there is.
//!
//! Shows passwords on purpose: they are practice passwords, and the server listens on loopback only.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::oauth::App;
use crate::state::Practice;

struct UserLine {
    name: String,
    username: String,
    password: String,
    profile: String,
    active: bool,
}

struct Start {
    organization: String,
    organization_id: String,
    base_url: String,
    users: Vec<UserLine>,
    apps: Vec<App>,
    objects: Vec<(String, usize)>,
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartTemplate {
    page: Start,
}

/// `GET /`
pub(crate) async fn page(State(practice): State<Arc<Practice>>) -> Response {
    let organization = practice.org.organization();
    let users = practice.org.users().into_iter().map(|user| UserLine {
        name: format!("{} {}", user.first_name, user.last_name)
            .trim()
            .to_owned(),
        password: practice.oauth.passwords.of(&user.username),
        username: user.username,
        profile: user.profile,
        active: user.active,
    });
    let page = Start {
        organization: organization.name,
        organization_id: organization.id,
        base_url: practice.base_url.clone(),
        users: users.collect(),
        apps: practice.oauth.apps(),
        objects: practice.org.object_counts(),
    };
    super::html(StatusCode::OK, &StartTemplate { page })
}
