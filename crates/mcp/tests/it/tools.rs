//! Listing, reading, proposing, following; and what failures look like.

use crate::{client::Client, small_hub::PUBLIC_URL};
use gatelodge_model::{AgentAccess, Secret};
use serde_json::{Value, json};

async fn names(client: &Client) -> Vec<String> {
    let answer = client.rpc("tools/list", json!({})).await;
    let tools = answer.body["result"]["tools"].as_array().unwrap().clone();
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn tools_are_listed_in_one_order_with_their_schemas() {
    let client = Client::start().await;
    let first = names(&client).await;
    assert_eq!(
        first,
        [
            "gatelodge_list_connections",
            "gatelodge_get_proposal",
            "gatelodge_list_proposals",
            "notes_get_note",
            "notes_delete_note",
        ]
    );
    assert_eq!(names(&client).await, first);
    let answer = client.rpc("tools/list", json!({})).await;
    for tool in answer.body["result"]["tools"].as_array().unwrap() {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
        assert!(tool["title"].is_string() && tool["description"].is_string());
        for hint in ["readOnlyHint", "destructiveHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{tool}");
        }
    }
    let wrong = client.rpc("tools/list", json!({"cursor": "x"})).await;
    assert_eq!(wrong.body["error"]["code"], -32602);
}

#[tokio::test]
async fn an_agent_that_reads_sees_and_runs_no_write() {
    // proves SF-20, M15
    let mut client = Client::start().await;
    client.token = client.small.agent("Reader", AgentAccess::ReadOnly).await;
    let seen = names(&client).await;
    assert!(seen.contains(&"notes_get_note".to_owned()));
    assert!(!seen.contains(&"notes_delete_note".to_owned()));
    let result = client.call("notes_delete_note", json!({"id": "n1"})).await;
    assert_eq!(result["isError"], true);
    assert_eq!(result["structuredContent"]["code"], "forbidden");
}

#[tokio::test]
async fn each_call_runs_as_the_agent_whose_token_came_with_it() {
    let client = Client::start().await;
    let other = client.small.agent("Other", AgentAccess::ReadOnly).await;
    let read = async |token: &Secret| {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "notes_get_note", "arguments": {"id": "n1"}}});
        let request = Client::anonymous()
            .header("authorization", format!("Bearer {}", token.expose()))
            .body(message.to_string().into())
            .unwrap();
        let answer = client.send(request).await;
        answer.body["result"]["structuredContent"]["read_by"].clone()
    };
    let (first, second, third) =
        tokio::join!(read(&client.token), read(&other), read(&client.token));
    assert_eq!([first, second, third], ["Robin", "Other", "Robin"]);
}

#[tokio::test]
async fn a_read_gives_structure_and_text() {
    let client = Client::start().await;
    let result = client.call("notes_get_note", json!({"id": "n1"})).await;
    let expected = json!({"id": "n1", "read_by": "Robin", "title": null});
    assert_eq!(result["structuredContent"], expected);
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, expected);
    assert_ne!(result["isError"], true);
}

#[tokio::test]
async fn a_write_tells_what_to_do_next_and_is_followed() {
    let client = Client::start().await;
    let result = client.call("notes_delete_note", json!({"id": "n1"})).await;
    let proposal = &result["structuredContent"]["proposal"];
    let id = proposal["id"].as_str().unwrap();
    let url = format!("{PUBLIC_URL}/approvals/{id}");
    assert_eq!(result["structuredContent"]["status"], "pending");
    assert_eq!(proposal["review_url"], url.as_str());
    let words = result["content"][0]["text"].as_str().unwrap();
    for needed in [
        url.as_str(),
        "gatelodge_get_proposal",
        id,
        "Nothing has changed",
    ] {
        assert!(words.contains(needed), "{needed}: {words}");
    }
    let followed = client
        .call(
            "gatelodge_get_proposal",
            json!({"id": id, "wait_seconds": 0}),
        )
        .await;
    assert_eq!(followed["structuredContent"]["status"], "pending");
}

#[tokio::test]
async fn a_key_gives_the_first_outcome_again() {
    let client = Client::start().await;
    let call = async |id: &str, key: Value| {
        let params = json!({
            "name": "notes_delete_note",
            "arguments": {"id": id},
            "_meta": {"gatelodge/idempotency_key": key},
        });
        let answer = client.rpc("tools/call", params).await;
        answer.body["result"]["structuredContent"].clone()
    };
    let first = call("n1", json!("key-1")).await;
    let again = call("n1", json!("key-1")).await;
    assert!(first["proposal"]["id"].is_string());
    assert_eq!(first["proposal"]["id"], again["proposal"]["id"]);
    assert_eq!(
        call("n2", json!("key-1")).await["code"],
        "idempotency_conflict"
    );
    let wrong = call("n1", json!(5)).await;
    assert_eq!(wrong["field"], "_meta/gatelodge/idempotency_key");
}

#[tokio::test]
async fn failures_are_for_the_model_to_read() {
    let client = Client::start().await;
    let missing = client
        .call("notes_get_note", json!({"id": "missing"}))
        .await;
    assert_eq!(missing["isError"], true);
    let problem = &missing["structuredContent"];
    assert_eq!(problem["code"], "provider_not_found");
    assert_eq!(problem["provider"]["code"], "NOTE_GONE");
    assert_eq!(problem["provider"]["request_id"], "n-77");
    assert_eq!(problem["who_must_act"], "caller");
    let text = missing["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("no note 'missing'"), "{text}");

    let wrong = client.call("notes_get_note", json!({"ID": "x"})).await;
    assert_eq!(wrong["isError"], true);
    assert_eq!(wrong["structuredContent"]["field"], "ID");

    let broken = client.call("notes_get_note", json!({"id": "broken"})).await;
    assert_eq!(broken["structuredContent"]["code"], "internal");
    assert!(!broken.to_string().contains("for the log only"));
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error() {
    let client = Client::start().await;
    let params = json!({"name": "notes_get_notes", "arguments": {}});
    let answer = client.rpc("tools/call", params).await;
    assert_eq!(answer.body["error"]["code"], -32602);
    assert_eq!(answer.body["error"]["data"]["code"], "unknown_tool");
    assert!(answer.body.get("result").is_none());
}
