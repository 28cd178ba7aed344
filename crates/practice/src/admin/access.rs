//! Orders about who gets in: the rules of the org, passwords, logout, installed and deleted apps, the sandbox.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::apps::user_id;
use super::error::{AdminError, done};
use super::snapshots::Nothing;
use super::{Body, Shared};
use crate::oauth::Policy;

/// `GET /policy`
pub(super) async fn policy(State(practice): Shared) -> Json<Policy> {
    Json(practice.oauth.policy())
}

/// `POST /policy`; a rule that is left out gets its default
pub(super) async fn set_policy(
    State(practice): Shared,
    order: Body<Policy>,
) -> Result<Json<Value>, AdminError> {
    let Json(policy) = order?;
    done(practice.oauth.set_policy(&practice, policy), json!({})).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Install {
    client_id: String,
    installed: bool,
}

/// `POST /install-app`
pub(super) async fn install(
    State(practice): Shared,
    order: Body<Install>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    let durable = practice
        .oauth
        .install_app(&practice, &order.client_id, order.installed);
    let answer = json!({"client_id": order.client_id, "installed": order.installed});
    let durable = durable.ok_or(AdminError::UnknownApp(order.client_id))?;
    done(durable, answer).await
}

/// `DELETE /apps/{client_id}`
pub(super) async fn remove_app(
    State(practice): Shared,
    Path(client_id): Path<String>,
) -> Result<Json<Value>, AdminError> {
    let durable = practice.oauth.remove_app(&practice, &client_id);
    done(durable.ok_or(AdminError::UnknownApp(client_id))?, json!({})).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPassword {
    username: String,
    password: String,
}

/// `POST /change-password`
pub(super) async fn change_password(
    State(practice): Shared,
    order: Body<NewPassword>,
) -> Result<Json<Value>, AdminError> {
    let Json(NewPassword { username, password }) = order?;
    let user = practice.org.user_by_username(&username);
    let user = user.ok_or(AdminError::UnknownUser(username))?;
    let durable = practice.oauth.change_password(&practice, &user, &password);
    done(durable, json!({})).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Who {
    username: String,
}

/// `POST /log-out`
pub(super) async fn log_out(
    State(practice): Shared,
    order: Body<Who>,
) -> Result<Json<Value>, AdminError> {
    let Json(Who { username }) = order?;
    let user = user_id(&practice, &username)?;
    done(practice.oauth.log_out(&practice, &user), json!({})).await
}

/// `POST /refresh-sandbox`
pub(super) async fn refresh_sandbox(
    State(practice): Shared,
    order: Body<Nothing>,
) -> Result<Json<Value>, AdminError> {
    let Json(Nothing {}) = order?;
    let copy = practice.refresh_sandbox().await?;
    let copy = copy.ok_or(AdminError::Sense("a sandbox has no sandbox"))?;
    let organization = copy.org.organization();
    Ok(Json(json!({"organization_id": organization.id})))
}
