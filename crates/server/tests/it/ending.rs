//! The end under load: a hundred agents wait, a refresh is under way, and nothing of it is lost.
//!
//! Must not know how an end is arranged.

use crate::{
    browser::client,
    program::{Process, run},
};
use serde_json::{Value, json};
use std::path::Path;
use tokio::task::JoinSet;

const WAITING: usize = 100;

async fn practice(folder: &Path) -> (Process, String) {
    let mut process = Process::start(
        &["practice", "--json", "--port", "0"],
        &folder.join("practice.log"),
    );
    let ready = process.ready_line().await;
    (process, ready["practice_org"].as_str().unwrap().to_owned())
}

async fn demo(folder: &Path, org: &str) -> (Process, Value) {
    let data = folder.join("demo");
    let arguments = [
        "demo",
        "--json",
        "--port",
        "0",
        "--practice-org",
        org,
        "--data-dir",
        data.to_str().unwrap(),
    ];
    let mut process = Process::start(&arguments, &folder.join("demo.log"));
    let ready = process.ready_line().await;
    (process, ready)
}

fn tool(ready: &Value, name: &str, arguments: Value) -> reqwest::RequestBuilder {
    client()
        .post(format!("{}/tools/{name}", ready["rest"].as_str().unwrap()))
        .bearer_auth(ready["agent_token"].as_str().unwrap())
        .json(&arguments)
}

async fn order(org: &str, path: &str, order: Value) {
    let answer = client()
        .post(format!("{org}/practice/admin/{path}"))
        .json(&order)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

/// How often the practice org was asked for tokens since the counting began.
async fn refreshes(org: &str) -> usize {
    let out = run(&[
        "practice",
        "journal",
        "--json",
        "--path",
        "/services/oauth2/token",
        "--url",
        org,
    ])
    .await
    .worked();
    out.matches("/services/oauth2/token").count()
}

#[tokio::test]
async fn waiting_agents_are_answered_and_a_refresh_under_way_is_kept() {
    // proves R15
    let folder = tempfile::tempdir().unwrap();
    let (org_process, org) = practice(folder.path()).await;
    let (mut hub, ready) = demo(folder.path(), &org).await;
    let create =
        json!({ "object": "Account", "fields": { "Name": "Waiting" }, "reason": "to wait for" });
    let answer = tool(&ready, "salesforce_create_record", create)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 202);
    let proposed: Value = answer.json().await.unwrap();
    let id = proposed["proposal"]["id"].as_str().unwrap().to_owned();

    let mut waiting = JoinSet::new();
    for _ in 0..WAITING {
        let wait = json!({ "id": id, "wait_seconds": 50 });
        let request = tool(&ready, "gatelodge_get_proposal", wait);
        waiting.spawn(async move {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.json::<Value>().await.unwrap()
        });
    }
    // the token endpoint takes a second and a half, which is longer than the hub has left
    order(&org, "expire-access-tokens", json!({})).await;
    let slow = json!({ "path_prefix": "/services/oauth2/token", "method": "POST", "times": 1, "answer_delay_ms": 1500 });
    order(&org, "faults", slow).await;
    let before = refreshes(&org).await;
    let query = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    let reading = tokio::spawn(tool(&ready, "salesforce_query", query.clone()).send());
    while refreshes(&org).await == before {
        tokio::task::yield_now().await;
    }

    hub.terminate().await;
    assert_eq!(hub.ended().await, Some(0), "{}", hub.log());
    while let Some(answered) = waiting.join_next().await {
        assert_eq!(answered.unwrap()["status"], "pending");
    }
    // its caller may have been told to come back; that is not what is promised
    drop(reading.await.unwrap());

    // the new token was committed by whoever outlives the web role: it is used without asking for another
    let after = refreshes(&org).await;
    let (hub, ready) = demo(folder.path(), &org).await;
    let answer = tool(&ready, "salesforce_query", query)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(refreshes(&org).await, after, "no second refresh was needed");
    hub.stop().await;
    org_process.stop().await;
}
