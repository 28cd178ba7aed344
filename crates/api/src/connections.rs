//! Which accounts the agent can use for its person.
//!
//! Must not know: credentials; no answer has one (API-7).

use crate::{ApiState, refusal::Refusal};
use axum::{Extension, Json, extract::State};
use gatelodge_core::{AgentCaller, ConnectionView};
use schemars::JsonSchema;
use serde::Serialize;

/// The connections of the person whom the agent acts for.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ConnectionList {
    /// All of them, with their state.
    connections: Vec<ConnectionView>,
}

/// List the connections of the person whom this agent acts for.
#[utoipa::path(
    get,
    path = "/api/v1/connections",
    operation_id = "list_connections",
    tag = "connections",
    security(("agent_token" = [])),
    responses((status = 200, description = "The connections.", content_type = "application/json", body = ref("#/components/schemas/ConnectionList")))
)]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Extension(caller): Extension<AgentCaller>,
) -> Result<Json<ConnectionList>, Refusal> {
    let connections = state.hub.connections_of_agent(&caller).await?;
    Ok(Json(ConnectionList { connections }))
}
