//! `/livez` (and `/healthz`): the process runs. `/readyz`: it can serve requests now.
//!
//! To strangers they say a code and nothing else: no reasons, no versions. Who shows the token of the figures, or
//! asks at their own listener, is told each part with its reason.

use crate::{figures::page::shows_token, hardening};
use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use gatelodge_core::{Hub, Readiness};
use gatelodge_model::Secret;
use serde_json::json;
use std::sync::Arc;

/// Who is told reasons.
#[derive(Clone)]
pub(super) enum Told {
    /// Whoever shows the token.
    ByToken(Option<Arc<Secret>>),
    /// Everybody who can connect.
    Everybody,
}

#[derive(Clone)]
struct Asked {
    hub: Arc<Hub>,
    told: Told,
}

pub(super) fn router(hub: Arc<Hub>, told: Told) -> Router {
    let alive = || async { Json(json!({ "status": "ok" })) };
    Router::new()
        .route("/livez", get(alive))
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .with_state(Asked { hub, told })
}

async fn ready(State(asked): State<Asked>, request: Request) -> Response {
    let readiness = asked.hub.readiness().await;
    let failed = readiness.failed();
    if let Some((part, error)) = failed {
        tracing::warn!(part, error = ?error, "not ready");
    }
    let status = if failed.is_some() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    let mut body = match failed {
        None => json!({ "status": "ready" }),
        Some((_, error)) => json!({ "status": "unavailable", "code": error.code() }),
    };
    let told = match &asked.told {
        Told::Everybody => true,
        Told::ByToken(token) => token
            .as_ref()
            .is_some_and(|token| shows_token(&request, token)),
    };
    if told && let Some(body) = body.as_object_mut() {
        body.insert("parts".to_owned(), parts(&readiness));
        body.insert("hardening".to_owned(), json!(hardening::report()));
    }
    (status, Json(body)).into_response()
}

fn parts(readiness: &Readiness) -> serde_json::Value {
    readiness
        .parts()
        .iter()
        .map(|(part, result)| {
            let told = match result {
                Ok(()) => json!({ "ready": true }),
                Err(error) => json!({
                    "ready": false,
                    "code": error.code(),
                    "reason": error.message(),
                }),
            };
            ((*part).to_owned(), told)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}
