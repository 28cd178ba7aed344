//! The bridge between a client's lines and a stand-in for the hub.

use super::{hub::HubClient, pump};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use gatelodge_model::Secret;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncWriteExt as _, BufReader, duplex},
    net::TcpListener,
    sync::Notify,
};

#[derive(Clone, Default)]
struct StandIn {
    seen: Arc<Mutex<Vec<(String, HeaderMap)>>>,
    slow: Arc<Notify>,
}

async fn answer(State(hub): State<StandIn>, headers: HeaderMap, body: String) -> Response {
    let message: Value = serde_json::from_str(&body).unwrap();
    let method = message["method"].as_str().unwrap_or_default().to_owned();
    hub.seen.lock().unwrap().push((method.clone(), headers));
    let result =
        |value: Value| json!({"jsonrpc": "2.0", "id": message["id"], "result": value}).to_string();
    let json_type = [(header::CONTENT_TYPE, "application/json")];
    match method.as_str() {
        "initialize" => {
            (json_type, result(json!({"protocolVersion": "2025-11-25"}))).into_response()
        }
        "slow" => {
            hub.slow.notified().await;
            (json_type, result(json!("slow"))).into_response()
        }
        "quick" => {
            hub.slow.notify_one();
            (json_type, result(json!("quick"))).into_response()
        }
        "stream" => {
            let note = json!({"jsonrpc": "2.0", "method": "notifications/message"});
            let body = format!(
                ": hello\n\ndata: {note}\n\ndata: {}\n\n",
                result(json!("streamed"))
            );
            ([(header::CONTENT_TYPE, "text/event-stream")], body).into_response()
        }
        "refuse" => (StatusCode::UNAUTHORIZED, "{}").into_response(),
        "lost" => {
            let error =
                json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "?"}});
            (StatusCode::BAD_REQUEST, json_type, error.to_string()).into_response()
        }
        "moved" => (
            StatusCode::FOUND,
            [(header::LOCATION, "http://127.0.0.1:1/")],
        )
            .into_response(),
        "pretty" => {
            let pretty = serde_json::to_string_pretty(
                &json!({"jsonrpc": "2.0", "id": message["id"], "result": {}}),
            )
            .unwrap();
            (json_type, pretty).into_response()
        }
        _ => StatusCode::ACCEPTED.into_response(),
    }
}

async fn listen(hub: StandIn) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/mcp", post(answer)).with_state(hub);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/mcp")
}

/// Sends the lines, ends the input, and gives the lines that came out.
async fn bridge(url: &str, lines: &[Value]) -> Vec<Value> {
    let hub = HubClient::new(url.parse().unwrap(), Secret::new("gla_secret"), None).unwrap();
    let (mut input, bridge_input) = duplex(64 * 1024);
    let (bridge_output, output) = duplex(64 * 1024);
    let running = tokio::spawn(pump::run(BufReader::new(bridge_input), bridge_output, hub));
    for line in lines {
        let text = line
            .as_str()
            .map_or_else(|| line.to_string(), str::to_owned);
        input
            .write_all(format!("{text}\n").as_bytes())
            .await
            .unwrap();
    }
    drop(input);
    let mut text = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut BufReader::new(output), &mut text)
        .await
        .unwrap();
    running.await.unwrap().unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn request(id: u32, method: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method})
}

#[tokio::test]
async fn the_agreed_revision_and_the_token_go_with_every_request() {
    let hub = StandIn::default();
    let url = listen(hub.clone()).await;
    let answers = bridge(
        &url,
        &[
            request(1, "initialize"),
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            request(2, "pretty"),
        ],
    )
    .await;
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(answers[1]["id"], 2);
    let seen = hub.seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    for (method, headers) in seen.iter() {
        assert_eq!(headers["authorization"], "Bearer gla_secret");
        assert_eq!(headers["accept"], "application/json, text/event-stream");
        let version = headers
            .get("mcp-protocol-version")
            .map(|value| value.to_str().unwrap());
        let expected = (method != "initialize").then_some("2025-11-25");
        assert_eq!(version, expected, "{method}");
    }
}

#[tokio::test]
async fn a_slow_request_holds_no_other_up() {
    // The slow one is answered only once the quick one was asked.
    let url = listen(StandIn::default()).await;
    let answers = bridge(&url, &[request(1, "slow"), request(2, "quick")]).await;
    let mut ids: Vec<_> = answers
        .iter()
        .map(|answer| answer["id"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 2]);
}

#[tokio::test]
async fn streams_are_taken_apart() {
    let url = listen(StandIn::default()).await;
    let answers = bridge(&url, &[request(1, "stream")]).await;
    assert_eq!(answers[0]["method"], "notifications/message");
    assert_eq!(answers[1]["result"], "streamed");
}

#[tokio::test]
async fn a_cancelled_request_is_hung_up_on() {
    let url = listen(StandIn::default()).await;
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
    let answers = bridge(&url, &[request(1, "slow"), cancel]).await;
    assert!(answers.is_empty(), "{answers:?}");
}

#[tokio::test]
async fn failures_are_told_in_the_protocol_and_without_the_token() {
    let url = listen(StandIn::default()).await;
    let answers = bridge(
        &url,
        &[
            json!("{not json"),
            request(1, "refuse"),
            request(2, "lost"),
            request(3, "moved"),
        ],
    )
    .await;
    let by_id =
        |id: Value| answers.iter().find(|answer| answer["id"] == id).unwrap()["error"].clone();
    assert_eq!(by_id(Value::Null)["code"], -32700);
    let refused = by_id(json!(1));
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("GATELODGE_AGENT_TOKEN")
    );
    assert_eq!(by_id(json!(2))["code"], -32700);
    assert!(by_id(json!(3))["message"].as_str().unwrap().contains("302"));
    assert!(
        answers
            .iter()
            .all(|answer| !answer.to_string().contains("gla_secret"))
    );
}

#[tokio::test]
async fn a_hub_that_does_not_run_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    drop(listener);
    let answers = bridge(&url, &[request(9, "ping")]).await;
    assert_eq!(answers[0]["id"], 9);
    assert_eq!(answers[0]["error"]["code"], -32000);
    assert!(
        answers[0]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("cannot be reached")
    );
}
