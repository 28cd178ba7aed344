//! Revisions 2025-11-25 and 2026-07-28 on the same address, without sessions.

use crate::client::{Answer, Client};
use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

const NEW: &str = "2026-07-28";

fn with_meta(mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": NEW,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params
}

async fn new_rpc(client: &Client, method: &str, name: Option<&str>, params: Value) -> Answer {
    let message =
        json!({"jsonrpc": "2.0", "id": "n-1", "method": method, "params": with_meta(params)});
    let mut request = client
        .request()
        .header("mcp-protocol-version", NEW)
        .header("mcp-method", method);
    if let Some(name) = name {
        request = request.header("mcp-name", name);
    }
    client
        .send(request.body(Body::from(message.to_string())).unwrap())
        .await
}

#[tokio::test]
async fn the_older_revision_begins_with_a_handshake() {
    let client = Client::start().await;
    let answer = client
        .rpc(
            "initialize",
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            }),
        )
        .await;
    let result = &answer.body["result"];
    assert_eq!(result["protocolVersion"], "2025-11-25");
    assert_eq!(result["serverInfo"]["name"], "gatelodge");
    assert!(result["capabilities"]["tools"].is_object());
    let instructions = result["instructions"].as_str().unwrap();
    assert!(instructions.contains("gatelodge_get_proposal"));

    let notification = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let request = client
        .request()
        .header("mcp-protocol-version", "2025-11-25");
    let answer = client
        .send(request.body(Body::from(notification.to_string())).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn the_newer_revision_needs_none() {
    let client = Client::start().await;
    let discovered = new_rpc(&client, "server/discover", None, json!({})).await;
    assert_eq!(discovered.status, StatusCode::OK, "{discovered:?}");
    let versions = &discovered.body["result"]["supportedVersions"];
    for version in [NEW, "2025-11-25"] {
        assert!(versions.as_array().unwrap().contains(&json!(version)));
    }
    let listed = new_rpc(&client, "tools/list", None, json!({})).await;
    assert_eq!(listed.body["result"]["tools"].as_array().unwrap().len(), 5);
    assert_eq!(listed.body["result"]["cacheScope"], "private");
    let read = new_rpc(
        &client,
        "tools/call",
        Some("notes_get_note"),
        json!({"name": "notes_get_note", "arguments": {"id": "n1"}}),
    )
    .await;
    let result = &read.body["result"];
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["structuredContent"]["read_by"], "Robin");
}

#[tokio::test]
async fn headers_that_contradict_the_body_are_refused() {
    // proves M4
    let client = Client::start().await;
    let params = json!({"name": "notes_get_note", "arguments": {"id": "n1"}});
    for (method, name) in [
        ("tools/call", Some("notes_delete_note")),
        ("tools/call", None),
        ("tools/list", Some("notes_get_note")),
    ] {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": with_meta(params.clone())});
        let mut request = client
            .request()
            .header("mcp-protocol-version", NEW)
            .header("mcp-method", method);
        if let Some(name) = name {
            request = request.header("mcp-name", name);
        }
        let answer = client
            .send(request.body(Body::from(message.to_string())).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{method} {name:?}");
        assert_eq!(answer.body["error"]["code"], -32020);
    }
}

#[tokio::test]
async fn an_unknown_revision_is_refused() {
    let client = Client::start().await;
    let request = client
        .request()
        .header("mcp-protocol-version", "1999-01-01");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let answer = client.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
