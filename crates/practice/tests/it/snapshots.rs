//! Snapshots, the way back, and what survives a restart of it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::rest_support::ADMIN;
use crate::support::{TestOrg, org, org_in, text};

async fn names(org: &TestOrg) -> usize {
    let rest = org.rest(ADMIN).await;
    let soql = "SELECT Id FROM Account WHERE Name LIKE 'Snapshot %'";
    rest.records(soql).await.len()
}

async fn create(org: &TestOrg, name: &str) {
    let rest = org.rest(ADMIN).await;
    let body = json!({ "Name": format!("Snapshot {name}") });
    rest.post("/sobjects/Account", body).await.expect(201);
}

#[tokio::test]
async fn the_way_back_brings_records_grants_and_tokens_as_they_were() {
    let org = org().await;
    create(&org, "before").await;
    let before = org.connect().await;
    org.admin("snapshots", json!({"name": "before"})).await;
    create(&org, "after").await;
    let after = org.connect().await;
    let user = org.user().0;
    org.admin("revoke-grants", json!({ "username": user }))
        .await;
    let app = json!({"client_id": "late", "name": "Late"});
    org.admin("apps", app).await;
    let list: Value = org.get_json("/practice/admin/snapshots").await;
    assert_eq!(list[0]["name"], "before");
    assert_eq!(list[0]["grants"], 2);

    org.admin("restore", json!({"name": "before"})).await;
    assert_eq!(
        org.call(text(&before, "access_token")).await,
        StatusCode::OK
    );
    assert_eq!(
        org.refresh(text(&before, "refresh_token")).await.0,
        StatusCode::OK
    );
    assert_eq!(
        org.refresh(text(&after, "refresh_token")).await.0,
        StatusCode::BAD_REQUEST
    );
    assert!(org.running.practice().oauth.app("late").is_none());
    assert_eq!(names(&org).await, 1);
    create(&org, "again").await;
    org.admin("restore", json!({"name": "before"})).await;
    assert_eq!(
        names(&org).await,
        1,
        "a snapshot can be used any number of times"
    );
}

#[tokio::test]
async fn a_reset_brings_the_first_day_and_clears_the_faults() {
    let org = org().await;
    create(&org, "gone").await;
    let tokens = org.connect().await;
    org.admin("faults", json!({"fault": "maintenance"})).await;
    org.admin("clock", json!({"shift_seconds": 60})).await;
    org.admin("snapshots", json!({"name": "kept"})).await;
    org.admin("reset", json!({})).await;
    assert_eq!(
        org.call(text(&tokens, "access_token")).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(names(&org).await, 0);
    let clock: Value = org.get_json("/practice/admin/clock").await;
    assert_eq!(clock["shift_seconds"], 0);
    org.admin("restore", json!({"name": "kept"})).await;
    assert_eq!(names(&org).await, 1, "a reset keeps snapshots");
}

#[tokio::test]
async fn snapshots_and_the_way_back_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = org_in(folder.path()).await;
    create(&first, "one").await;
    let tokens = first.connect().await;
    first.admin("snapshots", json!({"name": "one"})).await;
    create(&first, "two").await;
    first.admin("snapshots", json!({"name": "two"})).await;
    first.admin("reset", json!({})).await;
    first.admin("restore", json!({"name": "one"})).await;
    create(&first, "three").await;
    first.running.shutdown().await;

    let second = org_in(folder.path()).await;
    assert_eq!(names(&second).await, 2, "one and three");
    assert_eq!(
        second.refresh(text(&tokens, "refresh_token")).await.0,
        StatusCode::OK
    );
    second.admin("restore", json!({"name": "two"})).await;
    assert_eq!(names(&second).await, 2, "one and two");
    second.admin("restore", json!({"name": "one"})).await;
    assert_eq!(names(&second).await, 1);
    let request = second
        .http
        .delete(second.url("/practice/admin/snapshots/one"));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    second.running.shutdown().await;

    let third = org_in(folder.path()).await;
    let list: Value = third.get_json("/practice/admin/snapshots").await;
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(names(&third).await, 1);
}

#[tokio::test]
async fn wrong_orders_name_what_is_wrong() {
    let org = org().await;
    for (path, body, status, word) in [
        ("snapshots", json!({"name": "a b"}), 400, "letters"),
        ("snapshots", json!({}), 422, "name"),
        ("restore", json!({"name": "nothing"}), 404, "nothing"),
        ("reset", json!({"hard": true}), 422, "hard"),
    ] {
        let request = org.http.post(org.url(&format!("/practice/admin/{path}")));
        let request = request.header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert!(response.text().await.unwrap().contains(word), "{path}");
    }
}
