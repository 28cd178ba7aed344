//! `gatelodge demo`: ready in one line, kept and found again, ended gracefully.

use crate::{
    browser::{Browser, client},
    program::{Process, free_port, run},
};
use serde_json::{Value, json};
use std::{net::TcpListener, path::Path, time::Duration};
use tokio::time::{interval, timeout};

const ARGUMENTS: [&str; 7] = [
    "demo",
    "--json",
    "--port",
    "0",
    "--practice-port",
    "0",
    "--data-dir",
];

async fn demo(folder: &Path) -> (Process, Value) {
    let data = folder.join("demo");
    let arguments = [&ARGUMENTS[..], &[data.to_str().unwrap()]].concat();
    let mut process = Process::start(&arguments, &folder.join("demo.log"));
    let ready = process.ready_line().await;
    (process, ready)
}

async fn tool(ready: &Value, name: &str, arguments: Value) -> (u16, Value) {
    let answer = client()
        .post(format!("{}/tools/{name}", ready["rest"].as_str().unwrap()))
        .bearer_auth(ready["agent_token"].as_str().unwrap())
        .json(&arguments)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_kept_demo_is_found_again_still_connected() {
    // proves CON-9, CRED-1
    let folder = tempfile::tempdir().unwrap();
    let (process, first) = demo(folder.path()).await;
    let hub = first["hub"].as_str().unwrap();
    assert!(hub.starts_with("http://127.0.0.1:"));
    assert_eq!(first["mcp"], format!("{hub}/mcp"));
    assert_eq!(first["rest"], format!("{hub}/api/v1"));
    assert!(
        first["practice_org"]
            .as_str()
            .unwrap()
            .starts_with("http://localhost:")
    );
    let connected: Vec<_> = first["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| &person["connected"])
        .collect();
    assert_eq!(connected, [true, false]);
    for person in first["people"].as_array().unwrap() {
        let (email, password) = (
            person["email"].as_str().unwrap(),
            person["password"].as_str().unwrap(),
        );
        assert_eq!(
            Browser::at(hub).sign_in(email, password).await,
            303,
            "{person}"
        );
        assert!(person["name"].is_string() && person["role"].is_string());
    }
    let users = first["practice_users"].as_array().unwrap();
    assert!(
        users.len() >= 2
            && users
                .iter()
                .all(|user| user["username"].is_string() && user["password"].is_string())
    );
    let names: Vec<_> = first
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "hub",
            "mcp",
            "rest",
            "practice_org",
            "agent_token",
            "people",
            "practice_users"
        ]
    );
    let query = json!({ "soql": "SELECT Id, Name FROM Account ORDER BY Name LIMIT 3" });
    let (status, records) = tool(&first, "salesforce_query", query.clone()).await;
    assert_eq!(status, 200, "{records}");
    process.stop().await;

    let (process, second) = demo(folder.path()).await;
    for same in ["hub", "practice_org", "people", "practice_users"] {
        assert_eq!(first[same], second[same], "{same}");
    }
    let (status, again) = tool(&second, "salesforce_query", query).await;
    assert_eq!(status, 200, "{again}");
    assert_eq!(records["total_size"], 3);
    assert_eq!(records, again);
    process.stop().await;
}

#[tokio::test]
async fn an_end_does_not_wait_for_callers_that_wait() {
    // proves R15
    let folder = tempfile::tempdir().unwrap();
    let (mut process, ready) = demo(folder.path()).await;
    let write = json!({ "object": "Account", "fields": { "Name": "Analytical Engines" } });
    let (status, answer) = tool(&ready, "salesforce_create_record", write).await;
    assert_eq!(
        (status, &answer["status"]),
        (202, &json!("pending")),
        "{answer}"
    );
    let id = answer["proposal"]["id"].clone();
    let waiting = tokio::spawn(async move {
        let wait = json!({ "id": id, "wait_seconds": 50 });
        client()
            .post(format!(
                "{}/tools/gatelodge_get_proposal",
                ready["rest"].as_str().unwrap()
            ))
            .bearer_auth(ready["agent_token"].as_str().unwrap())
            .json(&wait)
            .send()
            .await
            .map(|answer| answer.status())
    });
    process.terminate().await;
    process.terminate().await;
    assert_eq!(process.ended().await, Some(0), "{}", process.log());
    waiting.await.unwrap().ok();
}

#[tokio::test]
async fn an_end_during_a_write_comes_in_time_and_the_write_happens_once() {
    // proves R15, R8
    let folder = tempfile::tempdir().unwrap();
    let (mut process, ready) = demo(folder.path()).await;
    let admin = format!("{}/practice/admin", ready["practice_org"].as_str().unwrap());
    let slow =
        json!({ "path_prefix": "/services/data", "method": "POST", "answer_delay_ms": 60_000 });
    let ordered = client()
        .post(format!("{admin}/faults"))
        .json(&slow)
        .send()
        .await
        .unwrap();
    assert!(ordered.status().is_success());
    let write = json!({ "object": "Account", "fields": { "Name": "Difference Engines" } });
    let (_, answer) = tool(&ready, "salesforce_create_record", write).await;
    let id = answer["proposal"]["id"].as_str().unwrap();
    let review = format!("/approvals/{id}");
    let person = &ready["people"][0];
    let mut browser = Browser::at(ready["hub"].as_str().unwrap());
    let (email, password) = (
        person["email"].as_str().unwrap(),
        person["password"].as_str().unwrap(),
    );
    assert_eq!(browser.sign_in(email, password).await, 303);
    let page = browser.get(&review).await.text().await.unwrap();
    let (digest, nonce) = (hidden(&page, "digest"), hidden(&page, "nonce"));
    let decision = [("digest", digest), ("nonce", nonce)];
    let approved = browser.post(&format!("{review}/approve"), &decision).await;
    assert_eq!(approved.status(), 303);
    until_written(&admin).await;
    process.terminate().await;
    assert_eq!(process.ended().await, Some(0), "{}", process.log());

    // the hub has its old address, so the agent goes on with its old token
    let (process, _) = demo(folder.path()).await;
    let wait = json!({ "id": id, "wait_seconds": 50 });
    let (status, outcome) = tool(&ready, "gatelodge_get_proposal", wait).await;
    assert_eq!(status, 200, "{outcome}");
    let settled = outcome["status"].as_str().unwrap();
    assert!(
        ["done", "unknown"].contains(&settled),
        "neither done nor said to be unknown: {outcome}"
    );
    let made = json!({ "soql": "SELECT Id FROM Account WHERE Name = 'Difference Engines'" });
    let (_, found) = tool(&ready, "salesforce_query", made).await;
    assert_eq!(found["total_size"], 1, "{found}");
    process.stop().await;
}

/// Waits until the practice org has carried out a write of the hub.
async fn until_written(admin: &str) {
    let address = format!("{admin}/writes?client_prefix=gatelodge/");
    let mut turns = interval(Duration::from_millis(20));
    let written = async {
        loop {
            turns.tick().await;
            let writes = client()
                .get(&address)
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap();
            if writes.contains("001") {
                break;
            }
        }
    };
    timeout(Duration::from_mins(1), written)
        .await
        .expect("the write arrives");
}

/// The value of a form's hidden field.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let marker = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&marker)
        .unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap()
}

#[tokio::test]
async fn a_taken_port_says_which_option_chooses_another() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let hub = run(&["demo", "--port", &port, "--practice-port", "0"]).await;
    hub.refused_with(&[
        &format!("127.0.0.1:{port}"),
        "used by another program",
        "--port 0",
    ]);
    let practice = run(&["demo", "--port", "0", "--practice-port", &port]).await;
    practice.refused_with(&[&port, "--practice-port 0"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let place = file.join("demo");
    let place = place.to_str().unwrap();
    let port = free_port().to_string();
    let refused = run(&[
        "demo",
        "--port",
        &port,
        "--practice-port",
        "0",
        "--data-dir",
        place,
    ])
    .await;
    refused.refused_with(&[place, "choose another --data-dir"]);
}
