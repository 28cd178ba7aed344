//! Reading, proposing, following.

use crate::{client::Client, small_hub::PUBLIC_URL};
use axum::body::Body;
use gatelodge_model::AgentAccess;
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn a_read_answers_with_its_result() {
    let client = Client::start().await;
    let answer = client.call("notes_get_note", r#"{"id":"n1"}"#).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.body,
        json!({"id": "n1", "read_by": "Robin", "title": null})
    );
    assert!(
        answer.headers["x-request-id"]
            .to_str()
            .unwrap()
            .starts_with("req_")
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_write_waits_and_can_be_followed() {
    let client = Client::start().await;
    let answer = client.call("notes_delete_note", r#"{"id":"n1"}"#).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.body["status"], "pending");
    let id = answer.body["proposal"]["id"].as_str().unwrap();
    assert_eq!(
        answer.body["proposal"]["review_url"],
        format!("{PUBLIC_URL}/approvals/{id}")
    );
    assert!(answer.body["proposal"]["expires_at"].is_string());
    let location = answer.headers["location"].to_str().unwrap();
    let followed = client.get(&format!("{location}?wait_seconds=0")).await;
    assert_eq!(followed.status, StatusCode::OK);
    assert_eq!(followed.body["id"], id);
    assert_eq!(followed.body["status"], "pending");
}

#[tokio::test]
async fn another_agent_does_not_see_the_proposal() {
    // design invariant 4
    let mut client = Client::start().await;
    let answer = client.call("notes_delete_note", r#"{"id":"n1"}"#).await;
    let location = answer.headers["location"].to_str().unwrap().to_owned();
    client.token = client
        .small
        .agent("Other", AgentAccess::ReadAndPropose)
        .await;
    let followed = client.get(&location).await;
    assert_eq!(followed.status, StatusCode::NOT_FOUND);
    assert_eq!(followed.body["code"], "not_found");
}

#[tokio::test]
async fn a_key_gives_the_first_outcome_again() {
    let client = Client::start().await;
    let send = async |id: &str| {
        let request = client
            .request("POST", "/api/v1/tools/notes_delete_note")
            .header("content-type", "application/json")
            .header("idempotency-key", "key-1");
        let body = Body::from(json!({ "id": id }).to_string());
        client.send(request.body(body).unwrap()).await
    };
    let first = send("n1").await;
    let again = send("n1").await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_eq!(first.body["proposal"]["id"], again.body["proposal"]["id"]);
    let other = send("n2").await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(other.body["code"], "idempotency_conflict");
}

#[tokio::test]
async fn an_agent_that_reads_sees_and_runs_no_write() {
    // proves SF-20, M15
    let mut client = Client::start().await;
    let names = async |client: &Client| {
        let answer = client.get("/api/v1/tools").await;
        assert_eq!(answer.status, StatusCode::OK);
        let tools = answer.body["tools"].as_array().unwrap().clone();
        tools
            .iter()
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(
        names(&client)
            .await
            .contains(&"notes_delete_note".to_owned())
    );
    client.token = client.small.agent("Reader", AgentAccess::ReadOnly).await;
    let seen = names(&client).await;
    assert!(seen.contains(&"notes_get_note".to_owned()));
    assert!(!seen.contains(&"notes_delete_note".to_owned()));
    let answer = client.call("notes_delete_note", r#"{"id":"n1"}"#).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.body["code"], "forbidden");
    assert_eq!(answer.body["who_must_act"], "person");
}

#[tokio::test]
async fn connections_are_listed_without_any_credential() {
    // proves API-7
    let client = Client::start().await;
    let answer = client.get("/api/v1/connections").await;
    assert_eq!(answer.status, StatusCode::OK);
    let connection = &answer.body["connections"][0];
    assert_eq!(connection["account"], "ada@notes.example.com");
    let members: Vec<_> = connection.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "id",
            "provider",
            "environment",
            "status",
            "status_detail",
            "account",
            "host",
            "scopes"
        ]
    );
}

#[tokio::test]
async fn no_body_stands_for_no_arguments() {
    let client = Client::start().await;
    let request = client.request("POST", "/api/v1/tools/gatelodge_list_connections");
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body["connections"].as_array().unwrap().len(), 1);
}
