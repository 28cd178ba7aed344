//! What is stored and for how long, for programs.
//!
//! Must not know: what is stored; the hub says it.

use crate::{ApiState, refusal::Refusal};
use axum::{Extension, Json, extract::State};
use gatelodge_core::{AgentCaller, StoredKind};
use schemars::JsonSchema;
use serde::Serialize;

/// Everything that is stored of an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StoredList {
    /// Each kind, with how long it is kept.
    stored: Vec<StoredKind>,
}

/// Tell what is stored of the organization, and for how long.
#[utoipa::path(
    get,
    path = "/api/v1/stored",
    operation_id = "list_stored",
    tag = "description",
    security(("agent_token" = [])),
    responses((status = 200, description = "What is stored.", content_type = "application/json", body = ref("#/components/schemas/StoredList")))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<AgentCaller>,
) -> Result<Json<StoredList>, Refusal> {
    let stored = state.hub.stored_for_agent(&caller).await?;
    Ok(Json(StoredList { stored }))
}
