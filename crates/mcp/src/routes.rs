//! The one route, and the order of its checks: origin and address, caller, body, protocol.
//!
//! Must not know: tools.

use crate::{McpState, body, door, handler::GatelodgeServer};
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use std::sync::Arc;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever has an agent's token.
    Agent,
}

/// One entry of the table (design invariant 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Whole path.
    pub path: &'static str,
    /// Who may call.
    pub who: Who,
}

const MCP: Route = Route {
    method: "POST",
    path: "/mcp",
    who: Who::Agent,
};

/// All routes of this face.
pub fn routes() -> &'static [Route] {
    &[MCP]
}

/// The face as a router.
pub fn router(state: McpState) -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(body::MAX_BODY)
        .with_allowed_hosts(state.allowed_hosts.clone());
    let hub = Arc::clone(&state.hub);
    let service = StreamableHttpService::new(
        move || Ok(GatelodgeServer::new(Arc::clone(&hub))),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    Router::new()
        .route_service(MCP.path, service)
        .layer(from_fn(body::check))
        .layer(from_fn_with_state(state.clone(), door::authenticate))
        .layer(from_fn_with_state(state.clone(), door::refuse_foreign))
        .layer(from_fn_with_state(state, door::answer))
}
