//! The description of the face, as anybody gets it.

use crate::client::Client;
use axum::body::Body;
use http::{Request, StatusCode};

#[tokio::test]
async fn the_document_is_public_and_lists_every_tool() {
    let client = Client::start().await;
    let request = Request::builder().uri("/api/v1/openapi.json");
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    let listed = client.get("/api/v1/tools").await;
    for tool in listed.body["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        let operation = &answer.body["paths"][format!("/api/v1/tools/{name}")]["post"];
        assert_eq!(operation["operationId"], name);
        assert_eq!(
            operation["requestBody"]["content"]["application/json"]["schema"],
            tool["input_schema"]
        );
    }
    let schema = &answer.body["paths"]["/api/v1/tools/notes_delete_note"]["post"]["requestBody"]["content"]
        ["application/json"]["schema"]["properties"];
    assert!(schema["connection"].is_object() && schema["reason"].is_object());
}
