//! Orders about the org as a whole: users, written records, locators, the instance address, the clock.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use super::apps::user_id;
use super::error::{AdminError, done};
use super::{Body, Shared};
use crate::oauth::Instance;
use crate::org::Id;

/// Farthest that the clock can be moved: a hundred years.
const FARTHEST_SECONDS: i64 = 100 * 366 * 24 * 60 * 60;

/// `GET /users`
pub(super) async fn users(State(practice): Shared) -> Json<Value> {
    let users = practice.org.users().into_iter().map(|user| {
        json!({
            "id": user.id,
            "name": format!("{} {}", user.first_name, user.last_name).trim(),
            "username": user.username,
            "password": practice.oauth.passwords.of(&user.username),
            "profile": user.profile,
            "active": user.active,
        })
    });
    Json(users.collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WritesQuery {
    /// Only this record, by its 15 or 18 characters.
    id: Option<String>,
    /// Only writes whose `client` of `Sforce-Call-Options` begins so.
    #[serde(default)]
    client_prefix: String,
}

/// `GET /writes`: which records were written since the seed, how often and by which client.
pub(super) async fn writes(
    State(practice): Shared,
    query: Result<Query<WritesQuery>, QueryRejection>,
) -> Result<Json<Value>, AdminError> {
    let Query(query) = query?;
    let wanted = query.id.as_deref().map(Id::parse);
    let mut records = Vec::new();
    for (id, mut writes) in practice.org.snapshot().all_writes() {
        if wanted.is_some_and(|wanted| wanted != Some(id)) {
            continue;
        }
        writes.retain(|write| {
            write
                .client
                .as_deref()
                .unwrap_or_default()
                .starts_with(&query.client_prefix)
        });
        if !writes.is_empty() {
            records.push(json!({"id": id, "writes": writes}));
        }
    }
    Ok(Json(json!({"records": records})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Locators {
    username: Option<String>,
}

/// `POST /expire-locators`
pub(super) async fn expire_locators(
    State(practice): Shared,
    order: Body<Locators>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    let user = order
        .username
        .map(|username| user_id(&practice, &username))
        .transpose()?;
    practice
        .org
        .cursors()
        .forget(user.and_then(|user| user.record()));
    Ok(Json(json!({})))
}

/// `POST /move-instance`
pub(super) async fn move_instance(
    State(practice): Shared,
    order: Body<Instance>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    let moved = practice.oauth.move_instance(&practice.log, order);
    done(moved, json!({})).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockShift {
    /// Distance from the true time; negative is the past, 0 the present.
    shift_seconds: i64,
}

/// `GET /clock`
pub(super) async fn clock(State(practice): Shared) -> Json<Value> {
    let shift = practice.shift.shift().num_seconds();
    Json(json!({"now": practice.clock.now(), "shift_seconds": shift}))
}

/// `POST /clock`
pub(super) async fn shift_clock(
    practice: Shared,
    order: Body<ClockShift>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    if order.shift_seconds.abs() > FARTHEST_SECONDS {
        return Err(AdminError::Sense(
            "shift_seconds: the clock moves by a hundred years at most",
        ));
    }
    let shift = TimeDelta::seconds(order.shift_seconds);
    practice.shift.set(shift);
    Ok(clock(practice).await)
}
