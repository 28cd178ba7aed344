//! The table of routes: method, path, and who may call (design invariant 14). The router is built from it,
//! so a route cannot exist without an entry.
//!
//! Must not know: what a route answers.

use crate::{
    ApiState, connections, door, exports, openapi, proposals, refusal::Refusal, stored, tools,
};
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{MethodRouter, get, post},
};

/// Where all routes live.
const PREFIX: &str = "/api/v1";

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody.
    Public,
    /// Whoever has an agent's token.
    Agent,
}

/// One entry of the table.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Whole path; parameters in braces.
    pub path: &'static str,
    /// Who may call.
    pub who: Who,
    handler: fn() -> MethodRouter<ApiState>,
}

const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/api/v1/tools",
        who: Who::Agent,
        handler: || get(tools::list),
    },
    Route {
        method: "POST",
        path: "/api/v1/tools/{name}",
        who: Who::Agent,
        handler: || post(tools::call),
    },
    Route {
        method: "GET",
        path: "/api/v1/proposals/{id}",
        who: Who::Agent,
        handler: || get(proposals::follow),
    },
    Route {
        method: "GET",
        path: "/api/v1/exports/{id}",
        who: Who::Agent,
        handler: || get(exports::fetch),
    },
    Route {
        method: "GET",
        path: "/api/v1/connections",
        who: Who::Agent,
        handler: || get(connections::list),
    },
    Route {
        method: "GET",
        path: "/api/v1/connections/{id}/events",
        who: Who::Agent,
        handler: || get(connections::events),
    },
    Route {
        method: "GET",
        path: "/api/v1/connections/{id}/budget",
        who: Who::Agent,
        handler: || get(connections::budget),
    },
    Route {
        method: "GET",
        path: "/api/v1/stored",
        who: Who::Agent,
        handler: || get(stored::list),
    },
    Route {
        method: "GET",
        path: "/api/v1/openapi.json",
        who: Who::Public,
        handler: || get(openapi::document),
    },
];

/// All routes of this face.
pub fn routes() -> &'static [Route] {
    ROUTES
}

/// The face as a router.
pub fn router(state: ApiState) -> Router {
    let inner = ROUTES.iter().fold(Router::new(), |router, route| {
        let path = route.path.strip_prefix(PREFIX).unwrap_or(route.path);
        let handler = (route.handler)();
        router.route(
            path,
            match route.who {
                Who::Public => handler,
                Who::Agent => {
                    handler.route_layer(from_fn_with_state(state.clone(), door::authenticate))
                }
            },
        )
    });
    let inner = inner
        .method_not_allowed_fallback(async || Refusal::MethodNotAllowed)
        .fallback(async || Refusal::NoSuchRoute)
        .layer(from_fn(door::refuse_tokens_in_addresses))
        .layer(from_fn_with_state(state.clone(), door::answer))
        .with_state(state);
    Router::new().nest(PREFIX, inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_document_is_public() {
        // proves M1, design invariant 14
        let public: Vec<_> = routes()
            .iter()
            .filter(|route| route.who == Who::Public)
            .map(|route| route.path)
            .collect();
        assert_eq!(public, ["/api/v1/openapi.json"]);
        assert!(routes().iter().all(|route| route.path.starts_with(PREFIX)));
    }
}
