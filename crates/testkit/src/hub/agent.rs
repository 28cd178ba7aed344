//! An agent with its bearer token, over REST and over MCP.
//!
//! Must not know tools or the hub behind its doors.

use gatelodge_model::Secret;
use reqwest::{Client, RequestBuilder, header};
use serde_json::{Value, json};
use url::Url;

use crate::browser::{self, Reply};
use crate::evidence;

/// The revision of MCP that these calls speak.
const REVISION: &str = "2025-11-25";

/// An agent at one hub.
#[derive(Clone, Debug)]
pub struct Agent {
    url: Url,
    client: Client,
    token: Secret,
}

impl Agent {
    /// An agent with a token.
    pub fn new(url: Url, token: Secret) -> Self {
        evidence::secret("agent token", token.expose());
        Self {
            url,
            client: browser::client(None),
            token,
        }
    }

    /// The token, to look for it where it must not be.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// The address of something.
    pub fn at(&self, path: &str) -> Url {
        self.url.join(path).expect("a path")
    }

    /// Reads something of the REST door, or sends the token where it does not belong.
    pub async fn get(&self, path: &str) -> Reply {
        let url = self.at(path);
        self.send(&url, self.client.get(url.clone())).await
    }

    /// Sends any request with the token.
    pub async fn send(&self, url: &Url, request: RequestBuilder) -> Reply {
        let reply = browser::read(url, request.bearer_auth(self.token.expose())).await;
        evidence::answer(&reply);
        reply
    }

    /// The client without the token.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Calls a tool over REST.
    pub async fn rest(&self, tool: &str, arguments: &Value) -> Reply {
        let url = self.at(&format!("/api/v1/tools/{tool}"));
        self.send(&url, self.client.post(url.clone()).json(arguments))
            .await
    }

    /// Calls a tool over REST under an idempotency key.
    pub async fn rest_under(&self, key: &str, tool: &str, arguments: &Value) -> Reply {
        let url = self.at(&format!("/api/v1/tools/{tool}"));
        let request = self
            .client
            .post(url.clone())
            .header("idempotency-key", key)
            .json(arguments);
        self.send(&url, request).await
    }

    /// Calls a tool over REST and gives its result.
    pub async fn result(&self, tool: &str, arguments: Value) -> Value {
        self.rest(tool, &arguments).await.expect(200).json()
    }

    /// Proposes over REST; gives the proposal's id.
    pub async fn propose(&self, tool: &str, arguments: Value) -> String {
        let answer = self.rest(tool, &arguments).await.expect(202).json();
        assert_eq!(answer["status"], "pending", "{answer}");
        answer["proposal"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no proposal in {answer}"))
            .to_owned()
    }

    /// A proposal as the agent sees it.
    pub async fn proposal(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/proposals/{id}"))
            .await
            .expect(200)
            .json()
    }

    /// Sends one request of MCP and gives the whole JSON-RPC answer.
    pub async fn mcp(&self, method: &str, params: Value) -> Value {
        let url = self.at("/mcp");
        let mut request = self
            .client
            .post(url.clone())
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", REVISION)
            .header("mcp-method", method);
        if let Some(name) = params.get("name").and_then(Value::as_str) {
            request = request.header("mcp-name", name);
        }
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let reply = self.send(&url, request.json(&call)).await.expect(200);
        message(&reply)
    }

    /// Calls a tool over MCP and gives the `CallToolResult`.
    pub async fn call(&self, tool: &str, arguments: Value) -> Value {
        let answer = self
            .mcp(
                "tools/call",
                json!({ "name": tool, "arguments": arguments }),
            )
            .await;
        answer
            .get("result")
            .unwrap_or_else(|| panic!("no result in {answer}"))
            .clone()
    }

    /// Calls a tool over MCP and gives its structured result.
    pub async fn call_result(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_ne!(result["isError"], true, "{result}");
        result["structuredContent"].clone()
    }

    /// The names of the tools that MCP lists.
    pub async fn tool_names(&self) -> Vec<String> {
        let answer = self.mcp("tools/list", json!({})).await;
        let tools = answer["result"]["tools"]
            .as_array()
            .unwrap_or_else(|| panic!("no tools in {answer}"));
        tools
            .iter()
            .map(|tool| tool["name"].as_str().expect("a name").to_owned())
            .collect()
    }
}

/// The JSON-RPC message of an answer, which is JSON or a stream of events with one.
fn message(reply: &Reply) -> Value {
    if !reply
        .header("content-type")
        .starts_with("text/event-stream")
    {
        return reply.json();
    }
    let messages = reply
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"));
    let messages: Vec<Value> = messages
        .filter_map(|text| serde_json::from_str(text.trim()).ok())
        .collect();
    let answer = messages
        .into_iter()
        .find(|message| message.get("id").is_some());
    answer.unwrap_or_else(|| panic!("no answer in {}", reply.text))
}
