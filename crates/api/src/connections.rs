//! Which accounts the agent can use for its person.
//!
//! Must not know: credentials; no answer has one (API-7).

use crate::{ApiState, refusal::Refusal};
use axum::{
    Extension, Json,
    extract::{Path, State},
};
use gatelodge_core::{AgentCaller, BudgetView, ConnectionEventView, ConnectionView};
use gatelodge_model::{ConnectionId, Error};
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

/// More than anybody reads at once.
const MOST_EVENTS: u64 = 200;

/// What happened to a connection, newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ConnectionEventList {
    /// The latest 200.
    events: Vec<ConnectionEventView>,
}

/// Tell what happened to a connection: renewals, refusals with the provider's words, what was lost.
#[utoipa::path(
    get,
    path = "/api/v1/connections/{id}/events",
    operation_id = "list_connection_events",
    tag = "connections",
    security(("agent_token" = [])),
    params(("id" = String, Path, description = "The connection.")),
    responses((status = 200, description = "Its timeline.", content_type = "application/json", body = ref("#/components/schemas/ConnectionEventList")))
)]
pub(crate) async fn events(
    State(state): State<ApiState>,
    Extension(caller): Extension<AgentCaller>,
    Path(id): Path<String>,
) -> Result<Json<ConnectionEventList>, Refusal> {
    let id = connection(&id)?;
    let events = state
        .hub
        .connection_events_of_agent(&caller, id, MOST_EVENTS)
        .await?;
    Ok(Json(ConnectionEventList { events }))
}

/// Tell how much may leave through a connection in this hour, how much did, and whether it is held. Letting a held
/// connection go on takes an administrator in a browser.
#[utoipa::path(
    get,
    path = "/api/v1/connections/{id}/budget",
    operation_id = "get_connection_budget",
    tag = "connections",
    security(("agent_token" = [])),
    params(("id" = String, Path, description = "The connection.")),
    responses((status = 200, description = "Its budget for the hour that runs.", content_type = "application/json", body = ref("#/components/schemas/BudgetView")))
)]
pub(crate) async fn budget(
    State(state): State<ApiState>,
    Extension(caller): Extension<AgentCaller>,
    Path(id): Path<String>,
) -> Result<Json<BudgetView>, Refusal> {
    let id = connection(&id)?;
    let budget = state.hub.connection_budget_of_agent(&caller, id).await?;
    Ok(Json(budget))
}

/// Whatever is no identifier is no connection either.
fn connection(id: &str) -> Result<ConnectionId, Error> {
    id.parse().map_err(|_| Error::not_found("connection"))
}
