//! Speaks JSON-RPC to the router.

use crate::small_hub::{PUBLIC_URL, SmallHub};
use axum::{
    Router,
    body::{Body, to_bytes},
};
use gatelodge_mcp::{McpState, router};
use gatelodge_model::{AgentAccess, Secret};
use http::{HeaderMap, Request, StatusCode, request::Builder};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt as _;

pub(crate) const HOST: &str = "hub.example.com";

/// An answer, read whole.
#[derive(Debug)]
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
        let router = router(McpState {
            hub: Arc::clone(&small.hub),
            allowed_hosts: vec![HOST.to_owned()],
            allowed_origins: vec![PUBLIC_URL.to_owned()],
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

    /// A POST with everything but a token.
    pub(crate) fn anonymous() -> Builder {
        Request::post("/mcp")
            .header("host", HOST)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
    }

    /// A POST with the agent's token.
    pub(crate) fn request(&self) -> Builder {
        Self::anonymous().header("authorization", format!("Bearer {}", self.token.expose()))
    }

    /// A request of revision 2025-11-25.
    pub(crate) async fn rpc(&self, method: &str, params: Value) -> Answer {
        let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let request = self
            .request()
            .header("mcp-protocol-version", "2025-11-25")
            .body(Body::from(message.to_string()))
            .unwrap();
        self.send(request).await
    }

    /// Calls a tool and gives its result.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        let answer = self.rpc("tools/call", params).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.body["result"].clone()
    }
}
