//! Sends requests to the router and reads the answers.

use crate::small_hub::SmallHub;
use axum::{
    Router,
    body::{Body, to_bytes},
};
use gatelodge_api::{ApiState, router};
use gatelodge_model::{AgentAccess, Secret};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use tower::ServiceExt as _;

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// A hub, its router and one agent that may propose.
pub(crate) struct Client {
    pub(crate) small: SmallHub,
    router: Router,
    pub(crate) token: Secret,
}

impl Client {
    pub(crate) async fn start() -> Self {
        let small = SmallHub::start().await;
        let router = router(ApiState {
            hub: Arc::clone(&small.hub),
        });
        let token = small.agent("Robin", AgentAccess::ReadAndPropose).await;
        Self {
            small,
            router,
            token,
        }
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// A request with the agent's token.
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token.expose()))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap())
            .await
    }

    /// Calls a tool with a JSON body.
    pub(crate) async fn call(&self, tool: &str, arguments: impl Into<Body>) -> Answer {
        let request = self
            .request("POST", &format!("/api/v1/tools/{tool}"))
            .header("content-type", "application/json");
        self.send(request.body(arguments.into()).unwrap()).await
    }
}
