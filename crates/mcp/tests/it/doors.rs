//! Who is let in, and what is refused before the protocol is spoken.

use crate::client::{Answer, Client, HOST};
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.body["code"], code);
    assert_eq!(
        answer.body["request_id"].as_str().unwrap(),
        answer.headers["x-request-id"].to_str().unwrap()
    );
}

#[tokio::test]
async fn a_token_is_needed() {
    // proves M1
    let client = Client::start().await;
    for (header, error) in [
        (None, false),
        (Some("Bearer gla_unknown"), true),
        (Some("Basic Z2xhOng="), false),
    ] {
        let mut request = Client::anonymous();
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        let answer = client.send(request.body(Body::from(PING)).unwrap()).await;
        assert_problem(&answer, 401, "unauthenticated");
        let challenge = answer.headers["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with(r#"Bearer realm="gatelodge""#));
        assert_eq!(challenge.contains("invalid_token"), error);
    }
}

#[tokio::test]
async fn two_tokens_are_none() {
    let client = Client::start().await;
    let twice = client
        .request()
        .header("authorization", "Bearer gla_other")
        .body(Body::from(PING))
        .unwrap();
    assert_problem(&client.send(twice).await, 401, "unauthenticated");
}

#[tokio::test]
async fn a_token_in_the_address_is_refused_and_not_repeated() {
    // proves M7
    let client = Client::start().await;
    let token = client.token.expose().to_owned();
    for query in [format!("token={token}"), format!("x={token}")] {
        let mut request = client.request().body(Body::from(PING)).unwrap();
        *request.uri_mut() = format!("/mcp?{query}").parse().unwrap();
        let answer = client.send(request).await;
        assert_problem(&answer, 400, "invalid_argument");
        assert!(!answer.body.to_string().contains(&token));
    }
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    // proves M3
    let client = Client::start().await;
    let with_host = async |host: &str| {
        let mut request = client.request().body(Body::from(PING)).unwrap();
        request.headers_mut().insert("host", host.parse().unwrap());
        client.send(request).await.status
    };
    assert_eq!(with_host(HOST).await, StatusCode::OK);
    for host in [
        "evil.example.com",
        "hub.example.com.evil.tld",
        "127.0.0.1",
        "localhost",
        "xhub.example.com",
    ] {
        assert_eq!(with_host(host).await, StatusCode::FORBIDDEN, "{host}");
    }
    for (origin, status) in [
        ("https://hub.example.com", StatusCode::OK),
        ("http://hub.example.com", StatusCode::FORBIDDEN),
        ("https://evil.example.com", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
    ] {
        let request = client.request().header("origin", origin);
        let answer = client.send(request.body(Body::from(PING)).unwrap()).await;
        assert_eq!(answer.status, status, "{origin}");
    }
    // A foreign page learns nothing, not even whether its token is good.
    let request = Client::anonymous().header("origin", "https://evil.example.com");
    let answer = client.send(request.body(Body::from(PING)).unwrap()).await;
    assert_problem(&answer, 403, "forbidden");
}

#[tokio::test]
async fn a_body_that_is_not_one_message_is_a_defined_error() {
    // proves M18
    let client = Client::start().await;
    let name = "x".repeat(900_000);
    let long = json!({"jsonrpc": "2.0", "id": 1, "method": name}).to_string();
    for (body, code) in [
        ("", -32700),
        ("{", -32700),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, -32700),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600),
        (r#"{"id":1,"method":"ping"}"#, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/approve"}"#,
            -32601,
        ),
        (long.as_str(), -32601),
    ] {
        let request = client.request().body(Body::from(body.to_owned())).unwrap();
        let answer = client.send(request).await;
        assert_eq!(answer.body["error"]["code"], code, "{body:.80}");
        assert!(!answer.status.is_server_error(), "{body:.80}");
        assert!(answer.headers.contains_key("x-request-id"));
    }
    let large = client
        .request()
        .body(Body::from(" ".repeat(1024 * 1024 + 1)));
    assert_problem(&client.send(large.unwrap()).await, 413, "body_too_large");
}

#[tokio::test]
async fn there_is_no_stream_and_no_session() {
    let client = Client::start().await;
    for method in ["GET", "DELETE", "PUT"] {
        let request = Request::builder()
            .method(method)
            .uri("/mcp")
            .header("host", HOST)
            .header("accept", "text/event-stream")
            .header("authorization", format!("Bearer {}", client.token.expose()));
        let answer = client.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(answer.headers["allow"], "POST");
    }
    let ping = client.rpc("ping", json!({})).await;
    assert!(!ping.headers.contains_key("mcp-session-id"));
}
