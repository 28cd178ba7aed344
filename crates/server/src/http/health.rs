//! `/healthz`: the process runs. `/readyz`: it can serve requests now. Both are public and say nothing else.
//!
//! Must not know: why the database does not answer; the log does.

use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use gatelodge_core::Hub;
use serde_json::json;
use std::sync::Arc;

pub(super) fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route(
            "/healthz",
            get(|| async { Json(json!({ "status": "ok" })) }),
        )
        .route("/readyz", get(ready))
        .with_state(hub)
}

async fn ready(State(hub): State<Arc<Hub>>) -> impl IntoResponse {
    match hub.ready().await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::warn!(error = ?error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Json(json!({ "status": "unavailable", "code": error.code() })),
            )
        }
    }
}
