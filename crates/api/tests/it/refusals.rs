//! Bad input and wrong callers: each a problem document that says what to do.

use crate::client::{Answer, Client};
use axum::body::Body;
use gatelodge_api::{Who, routes};
use gatelodge_model::Secret;
use http::{Request, StatusCode};
use serde_json::json;

fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.body["code"], code);
    assert_eq!(answer.body["status"], status);
    assert!(!answer.body["detail"].as_str().unwrap().is_empty());
    assert_eq!(
        answer.body["request_id"].as_str().unwrap(),
        answer.headers["x-request-id"].to_str().unwrap()
    );
}

#[tokio::test]
async fn every_route_of_agents_asks_for_a_token() {
    // proves M1
    let client = Client::start().await;
    for route in routes().iter().filter(|route| route.who == Who::Agent) {
        let path = route.path.replace("{name}", "x").replace("{id}", "x");
        for (header, error) in [
            (None, false),
            (Some("Bearer gla_unknown"), true),
            (Some("Basic Z2xhOng="), false),
        ] {
            let mut request = Request::builder().method(route.method).uri(&path);
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let answer = client.send(request.body(Body::empty()).unwrap()).await;
            assert_problem(&answer, 401, "unauthenticated");
            let challenge = answer.headers["www-authenticate"].to_str().unwrap();
            assert!(challenge.starts_with(r#"Bearer realm="gatelodge""#));
            assert_eq!(challenge.contains("invalid_token"), error, "{path}");
        }
    }
}

#[tokio::test]
async fn a_token_in_the_address_is_refused_and_not_repeated() {
    // proves M7
    let client = Client::start().await;
    let token = client.token.expose();
    for path in [
        format!("/api/v1/tools?access_token={token}"),
        format!("/api/v1/connections?x={token}"),
        format!("/api/v1/openapi.json?token={token}"),
        format!("/api/v1/nothing?token={token}"),
    ] {
        let answer = client.get(&path).await;
        assert_problem(&answer, 400, "invalid_argument");
        assert!(!answer.body.to_string().contains(token));
    }
}

#[tokio::test]
async fn unknown_routes_and_methods_are_problems_too() {
    let client = Client::start().await;
    for path in ["/api/v1/nothing", "/api/v1", "/api/v1/tools/a/b"] {
        assert_problem(&client.get(path).await, 404, "not_found");
    }
    let request = client.request("DELETE", "/api/v1/connections");
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert_problem(&answer, 405, "method_not_allowed");
    let allow = answer.headers["allow"].to_str().unwrap();
    assert!(allow.contains("GET"), "{allow}");
}

#[tokio::test]
async fn a_body_that_cannot_be_used_is_refused_with_the_reason() {
    // proves M18
    let client = Client::start().await;
    let deep = "[".repeat(5_000);
    for (body, words) in [
        (r#"{"id":"a","id":"b"}"#, "'id' stands twice"),
        (r#"{"id":NaN}"#, "expected value"),
        (r#"{"id":"a"} x"#, "trailing"),
        ("{", "EOF"),
        (deep.as_str(), "recursion limit"),
        ("[]", "JSON object"),
        ("\"x\"", "JSON object"),
    ] {
        let answer = client.call("notes_get_note", body.to_owned()).await;
        assert_problem(&answer, 400, "invalid_argument");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{body}: {detail}");
    }
}

#[tokio::test]
async fn size_and_type_of_the_body_are_checked() {
    let client = Client::start().await;
    let large = format!(r#"{{"id":"{}"}}"#, "a".repeat(1024 * 1024));
    let answer = client.call("notes_get_note", large.clone()).await;
    assert_problem(&answer, 413, "body_too_large");

    // Without a declared length as well.
    let chunks = large.into_bytes();
    let stream = Body::new(http_body_util::Full::new(axum::body::Bytes::from(chunks)));
    let answer = client.call("notes_get_note", stream).await;
    assert_problem(&answer, 413, "body_too_large");

    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let mut request = client.request("POST", "/api/v1/tools/notes_get_note");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = client
            .send(request.body(Body::from(r#"{"id":"a"}"#)).unwrap())
            .await;
        assert_problem(&answer, 415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn wrong_arguments_are_named() {
    let client = Client::start().await;
    for (body, field) in [
        (json!({}), "id"),
        (json!({"id": 1}), "id"),
        (json!({"id": "a", "nonsense": 1}), "nonsense"),
        (json!({"id": "a", "connection": "x"}), "connection"),
    ] {
        let answer = client.call("notes_get_note", body.to_string()).await;
        assert_problem(&answer, 400, "invalid_argument");
        assert_eq!(answer.body["field"], field, "{body}");
        assert_eq!(answer.body["who_must_act"], "caller");
    }
    let answer = client.get("/api/v1/proposals/nonsense").await;
    assert_problem(&answer, 400, "invalid_argument");
    assert_eq!(answer.body["field"], "id");
}

#[tokio::test]
async fn an_unknown_tool_is_not_found_and_near_names_are_offered() {
    let client = Client::start().await;
    let answer = client.call("notes_get_notes", "{}").await;
    assert_problem(&answer, 404, "unknown_tool");
    let choices = answer.body["choices"].as_array().unwrap();
    assert!(choices.contains(&json!("notes_get_note")));
}

#[tokio::test]
async fn the_providers_own_words_are_kept() {
    let client = Client::start().await;
    let answer = client.call("notes_get_note", r#"{"id":"missing"}"#).await;
    assert_problem(&answer, 404, "provider_not_found");
    assert_eq!(
        answer.body["provider"],
        json!({
            "provider": "notes",
            "status": 404,
            "code": "NOTE_GONE",
            "message": "no note 'missing'",
            "fields": ["id"],
            "request_id": "n-77",
        })
    );
    assert_eq!(answer.body["hint"], "Use an id that a search gave.");
}

#[tokio::test]
async fn a_fault_of_ours_keeps_its_cause_to_itself() {
    // proves L6
    let client = Client::start().await;
    let answer = client.call("notes_get_note", r#"{"id":"broken"}"#).await;
    assert_problem(&answer, 500, "internal");
    assert!(!answer.body.to_string().contains("for the log only"));
}

#[tokio::test]
async fn the_server_gives_the_request_its_id() {
    let client = Client::start().await;
    let id = client.small.hub.new_request_id();
    let request = client.request("GET", "/api/v1/nothing").extension(id);
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert_problem(&answer, 404, "not_found");
    assert_eq!(answer.body["request_id"], id.to_string());
}

#[tokio::test]
async fn no_route_decides_about_a_proposal() {
    // proves M15, design invariant 5
    let mut client = Client::start().await;
    let answer = client.call("notes_delete_note", r#"{"id":"n1"}"#).await;
    let location = answer.headers["location"].to_str().unwrap().to_owned();
    for (method, path) in [
        ("POST", location.clone()),
        ("PUT", location.clone()),
        ("PATCH", location.clone()),
        ("DELETE", location.clone()),
        ("POST", format!("{location}/approve")),
        ("POST", format!("{location}/reject")),
    ] {
        let request = client
            .request(method, &path)
            .header("content-type", "application/json");
        let answer = client.send(request.body(Body::from("{}")).unwrap()).await;
        assert!(
            [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&answer.status),
            "{method} {path}"
        );
    }
    assert_eq!(client.get(&location).await.body["status"], "pending");
    client.token = Secret::new("gla_another");
    assert_eq!(client.get(&location).await.status, StatusCode::UNAUTHORIZED);
}
