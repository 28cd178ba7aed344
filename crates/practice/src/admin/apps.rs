//! Orders about apps, grants and tokens.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{AdminError, done};
use super::{Body, Shared};
use crate::oauth::App;
use crate::org::UserId;
use crate::state::Practice;

/// `GET /apps`
pub(super) async fn list(State(practice): Shared) -> Json<Value> {
    let grants = practice.oauth.grants();
    let apps = practice.oauth.apps().into_iter().map(|app| {
        let own = grants
            .iter()
            .filter(|grant| grant.client_id == app.client_id);
        json!({
            "client_id": app.client_id,
            "name": app.name,
            "callbacks": app.callbacks,
            "scopes": app.scopes,
            "confidential": app.client_secret.is_some(),
            "require_pkce": app.require_pkce,
            "rotate_refresh_tokens": app.rotate_refresh_tokens,
            "blocked": app.blocked,
            "grants": own.count(),
        })
    });
    Json(apps.collect())
}

/// `POST /apps`
pub(super) async fn save(
    State(practice): Shared,
    app: Body<App>,
) -> Result<Json<Value>, AdminError> {
    let Json(app) = app?;
    let answer = json!({"client_id": app.client_id});
    done(practice.oauth.change_app(&practice, app), answer).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Block {
    client_id: String,
    #[serde(default = "yes")]
    blocked: bool,
}

fn yes() -> bool {
    true
}

/// `POST /block-app`
pub(super) async fn block(
    State(practice): Shared,
    order: Body<Block>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    let durable = practice
        .oauth
        .block_app(&practice, &order.client_id, order.blocked);
    let answer = json!({"client_id": order.client_id, "blocked": order.blocked});
    done(
        durable.ok_or(AdminError::UnknownApp(order.client_id))?,
        answer,
    )
    .await
}

/// `GET /grants`
pub(super) async fn grants(State(practice): Shared) -> Json<Value> {
    let grants = practice.oauth.grants().into_iter().map(|grant| {
        json!({
            "id": grant.id,
            "client_id": grant.client_id,
            "username": practice.org.user(&grant.user).map(|user| user.username),
            "scopes": grant.scopes,
            "access_tokens": grant.access_tokens,
        })
    });
    Json(grants.collect())
}

/// Whose tokens or grants; both conditions must hold, and absent ones do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    username: Option<String>,
    client_id: Option<String>,
}

impl Whose {
    fn user(&self, practice: &Practice) -> Result<Option<UserId>, AdminError> {
        self.username
            .as_deref()
            .map(|username| user_id(practice, username))
            .transpose()
    }

    fn app(&self, practice: &Practice) -> Result<Option<&str>, AdminError> {
        if let Some(client_id) = &self.client_id
            && practice.oauth.app(client_id).is_none()
        {
            return Err(AdminError::UnknownApp(client_id.clone()));
        }
        Ok(self.client_id.as_deref())
    }
}

pub(super) fn user_id(practice: &Practice, username: &str) -> Result<UserId, AdminError> {
    let user = practice.org.user_by_username(username);
    let user = user.ok_or_else(|| AdminError::UnknownUser(username.to_owned()))?;
    Ok(user.id)
}

/// `POST /expire-access-tokens`
pub(super) async fn expire(
    State(practice): Shared,
    whose: Body<Whose>,
) -> Result<Json<Value>, AdminError> {
    let Json(whose) = whose?;
    let (user, app) = (whose.user(&practice)?, whose.app(&practice)?);
    if user.is_none() && app.is_none() {
        return done(practice.oauth.expire_access_tokens(&practice), json!({})).await;
    }
    let (expired, durable) = practice.oauth.end_tokens(&practice.log, user.as_ref(), app);
    done(durable, json!({"expired": expired})).await
}

/// `POST /revoke-grants`
pub(super) async fn revoke(
    State(practice): Shared,
    whose: Body<Whose>,
) -> Result<Json<Value>, AdminError> {
    let Json(whose) = whose?;
    let (user, app) = (whose.user(&practice)?, whose.app(&practice)?);
    let (revoked, durable) = match (user, app) {
        // With the tokens that hang on no grant, such as those of a SOAP login.
        (Some(user), None) => practice.oauth.revoke_user(&practice, &user),
        (None, None) => return Err(AdminError::Sense("username or client_id is needed")),
        (user, app) => practice.oauth.end_grants(&practice.log, user.as_ref(), app),
    };
    done(durable, json!({"revoked": revoked})).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evict {
    username: String,
    client_id: String,
}

/// `POST /evict-grant`
pub(super) async fn evict(
    State(practice): Shared,
    order: Body<Evict>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    let user = user_id(&practice, &order.username)?;
    if practice.oauth.app(&order.client_id).is_none() {
        return Err(AdminError::UnknownApp(order.client_id));
    }
    let (evicted, durable) =
        practice
            .oauth
            .end_oldest_grant(&practice.log, &order.client_id, &user);
    done(durable, json!({"evicted": evicted})).await
}
