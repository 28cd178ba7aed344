//! The administration interface for tests: apps, expiry, revocation, blocking, faults, journal, moved instance.
//!
//! Answers programs on this machine only. It asks for no password, because the org holds practice data only;
//! a web page cannot reach it, because the host must be a loopback name and a body must be JSON.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::journal::{Counts, Entry};
use crate::oauth::App;
use crate::org::Id;
use crate::persistence::{Durable, LogError};
use crate::state::Practice;

type Shared = State<Arc<Practice>>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
enum AdminError {
    #[error("{0}")]
    Input(#[from] JsonRejection),
    #[error("there is no app with client id {0:?}")]
    UnknownApp(String),
    #[error("there is no user {0:?}")]
    UnknownUser(String),
    #[error(
        "a fault needs one of status, cut, delay_ms and answer_delay_ms, and times of at least 1; the status must lie between 200 and 599"
    )]
    EmptyFault,
    #[error(transparent)]
    Log(#[from] LogError),
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Input(rejection) => rejection.status(),
            Self::UnknownApp(_) | Self::UnknownUser(_) => StatusCode::NOT_FOUND,
            Self::EmptyFault => StatusCode::BAD_REQUEST,
            Self::Log(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}

/// The routes, relative to `/practice/admin`.
pub(crate) fn router() -> Router<Arc<Practice>> {
    Router::new()
        .route("/apps", get(list_apps).post(save_app))
        .route("/block-app", post(block_app))
        .route("/expire-access-tokens", post(expire_access_tokens))
        .route("/revoke-grants", post(revoke_grants))
        .route(
            "/faults",
            get(list_faults).post(order_fault).delete(clear_faults),
        )
        .route("/journal", get(journal))
        .route("/writes", get(writes))
        .route("/move-instance", post(move_instance))
        .layer(from_fn(only_from_here))
}

async fn only_from_here(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    // The host is checked because a foreign name can be made to point to this machine.
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(Authority::as_str));
    if peer.ip().is_loopback() && host.is_some_and(is_loopback_name) {
        return next.run(request).await;
    }
    let error = "the administration interface answers on localhost only";
    (StatusCode::FORBIDDEN, Json(json!({"error": error}))).into_response()
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "localhost" | "127.0.0.1" | "::1") || name.ends_with(".localhost")
}

async fn done(durable: Durable, answer: Value) -> Result<Json<Value>, AdminError> {
    durable.wait().await?;
    Ok(Json(answer))
}

async fn list_apps(State(practice): Shared) -> Json<Value> {
    let apps = practice.oauth.apps().into_iter().map(|app| {
        json!({
            "client_id": app.client_id,
            "name": app.name,
            "callbacks": app.callbacks,
            "scopes": app.scopes,
            "blocked": app.blocked,
        })
    });
    Json(apps.collect())
}

async fn save_app(State(practice): Shared, app: Body<App>) -> Result<Json<Value>, AdminError> {
    let Json(app) = app?;
    let answer = json!({"client_id": app.client_id});
    done(practice.oauth.save_app(&practice.log, app), answer).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockApp {
    client_id: String,
    #[serde(default = "yes")]
    blocked: bool,
}

fn yes() -> bool {
    true
}

async fn block_app(
    State(practice): Shared,
    order: Body<BlockApp>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    let app = practice.oauth.app(&order.client_id);
    let mut app = app.ok_or(AdminError::UnknownApp(order.client_id))?;
    app.blocked = order.blocked;
    let answer = json!({"client_id": app.client_id, "blocked": app.blocked});
    done(practice.oauth.save_app(&practice.log, app), answer).await
}

async fn expire_access_tokens(State(practice): Shared) -> Result<Json<Value>, AdminError> {
    done(practice.oauth.expire_access_tokens(&practice), json!({})).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RevokeGrants {
    username: String,
}

async fn revoke_grants(
    State(practice): Shared,
    order: Body<RevokeGrants>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    let user = practice.org.user_by_username(&order.username);
    let user = user.ok_or(AdminError::UnknownUser(order.username))?;
    let (revoked, durable) = practice.oauth.revoke_user(&practice, &user.id);
    done(durable, json!({"revoked": revoked})).await
}

async fn list_faults(State(practice): Shared) -> Json<Vec<Fault>> {
    Json(practice.faults.open())
}

async fn order_fault(
    State(practice): Shared,
    fault: Body<Fault>,
) -> Result<Json<Value>, AdminError> {
    let Json(fault) = fault?;
    let waits = fault.delay_ms > 0 || fault.answer_delay_ms > 0;
    let effect = fault.status.is_some() || fault.cut.is_some() || waits;
    let possible = fault
        .status
        .is_none_or(|status| (200..600).contains(&status));
    if !effect || !possible || fault.times == 0 {
        return Err(AdminError::EmptyFault);
    }
    practice.faults.order(fault);
    Ok(Json(json!({"open": practice.faults.open().len()})))
}

async fn clear_faults(State(practice): Shared) -> Json<Value> {
    practice.faults.clear();
    Json(json!({}))
}

#[derive(Deserialize)]
struct JournalQuery {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    path_prefix: String,
}

#[derive(Serialize)]
struct JournalAnswer {
    counts: Counts,
    entries: Vec<Entry>,
}

async fn journal(
    State(practice): Shared,
    Query(query): Query<JournalQuery>,
) -> Json<JournalAnswer> {
    let mut entries = practice.journal.entries_after(query.after);
    entries.retain(|entry| entry.path.starts_with(&query.path_prefix));
    Json(JournalAnswer {
        counts: practice.journal.counts(),
        entries,
    })
}

#[derive(Deserialize)]
struct WritesQuery {
    /// Only this record, by its 15 or 18 characters.
    id: Option<String>,
    /// Only writes whose `client` of `Sforce-Call-Options` begins so.
    #[serde(default)]
    client_prefix: String,
}

/// Which records were written since the seed, how often and by which client; survives a restart.
async fn writes(State(practice): Shared, Query(query): Query<WritesQuery>) -> Json<Value> {
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
    Json(json!({"records": records}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveInstance {
    /// Any text, also hostile; `null` moves back.
    instance_url: Option<String>,
}

async fn move_instance(
    State(practice): Shared,
    order: Body<MoveInstance>,
) -> Result<Json<Value>, AdminError> {
    let Json(order) = order?;
    let mut moved = practice
        .moved_instance
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    *moved = order.instance_url;
    Ok(Json(json!({})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_pass() {
        for host in ["localhost:8080", "127.0.0.1", "[::1]:9", "hub.localhost:1"] {
            assert!(is_loopback_name(host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example:80", "[::2]:9", ""] {
            assert!(!is_loopback_name(host), "{host}");
        }
    }
}
