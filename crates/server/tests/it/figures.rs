//! Figures and health for operators: who is told, what, and that labels stay few.
//!
//! Must not know where figures are taken.

use crate::{
    browser::{Browser, client},
    program::{Installation, free_port},
};
use serde_json::Value;
use std::{collections::BTreeSet, fs};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

async fn installation() -> Installation {
    let home = Installation::new().await;
    fs::write(home.path("keys/metrics.token"), format!("{TOKEN}\n")).unwrap();
    home.set("#[metrics]", "[metrics]");
    home
}

async fn get(url: &str, token: Option<&str>) -> (u16, String) {
    let mut request = client().get(url).header("host", "10.1.2.3");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn without_the_section_there_is_no_such_page() {
    let home = Installation::new().await;
    let hub = home.serve().await;
    assert_eq!(
        get(&format!("{}/metrics", home.url), Some(TOKEN)).await.0,
        404
    );
    hub.stop().await;
}

#[tokio::test]
async fn figures_are_for_whoever_has_the_token() {
    let home = installation().await;
    home.set("#token_file", "token_file = \"keys/metrics.token\"");
    let hub = home.serve().await;
    let url = format!("{}/metrics", home.url);
    for wrong in [None, Some(""), Some("wrong"), Some(&TOKEN[1..])] {
        assert_eq!(get(&url, wrong).await.0, 401);
    }
    // strangers make no labels
    let mut browser = Browser::at(&home.url);
    for path in [
        "/sign-in",
        "/nowhere/at-all",
        "/api/v1/tools",
        "/mcp/CANARY-label",
    ] {
        browser.get(path).await;
    }
    assert_eq!(browser.sign_in("canary@example.com", "wrong").await, 401);
    let (status, text) = get(&url, Some(TOKEN)).await;
    assert_eq!(status, 200);
    assert_page_is_sound(&text);
    for expected in [
        "gatelodge_http_request_seconds_bucket{role=\"web\",face=\"api\",status=\"4xx\",",
        "gatelodge_keeper_up{role=\"web\"} 1",
        "gatelodge_resident_bytes{role=\"web\"}",
        "gatelodge_database_commit_seconds_count{role=\"web\"}",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    for personal in ["canary", "CANARY", "nowhere", TOKEN, "127.0.0.1"] {
        assert!(!text.contains(personal), "{personal} is in {text}");
    }

    // reasons are for the same reader; a stranger learns a word
    let url = format!("{}/readyz", home.url);
    let stranger: Value = serde_json::from_str(&get(&url, None).await.1).unwrap();
    assert_eq!(stranger, serde_json::json!({ "status": "ready" }));
    let operator: Value = serde_json::from_str(&get(&url, Some(TOKEN)).await.1).unwrap();
    assert_eq!(operator["parts"]["database"]["ready"], true);
    assert_eq!(operator["parts"]["keeper"]["ready"], true);
    hub.stop().await;
}

#[tokio::test]
async fn a_listener_of_its_own_asks_for_no_token_and_serves_nothing_else() {
    let home = installation().await;
    let port = free_port();
    home.set(
        "#listen = \"127.0.0.1:9420\"",
        &format!("listen = \"127.0.0.1:{port}\""),
    );
    let hub = home.serve().await;
    let own = format!("http://127.0.0.1:{port}");
    let (status, text) = get(&format!("{own}/metrics"), None).await;
    assert_eq!(status, 200);
    assert_page_is_sound(&text);
    let ready: Value = serde_json::from_str(&get(&format!("{own}/readyz"), None).await.1).unwrap();
    assert_eq!(ready["parts"]["database"]["ready"], true);
    for path in ["/", "/sign-in", "/mcp", "/api/v1/tools"] {
        assert_eq!(get(&format!("{own}{path}"), None).await.0, 404, "{path}");
    }
    assert_eq!(get(&format!("{}/metrics", home.url), None).await.0, 404);
    hub.stop().await;
}

#[tokio::test]
async fn a_section_that_would_tell_everybody_is_refused() {
    let home = installation().await;
    let check = ["config", "check"];
    home.run(&check)
        .await
        .refused_with(&["metrics: needs token_file or listen"]);
    fs::write(home.path("keys/metrics.token"), "short").unwrap();
    home.set("#token_file", "token_file = \"keys/metrics.token\"");
    let refused = home.run(&check).await;
    refused.refused_with(&["metrics.token_file", "fewer than 16 characters"]);
    assert!(!refused.err.contains("short"), "{}", refused.err);
}

/// Each family is opened once, and labels are of the known names.
#[track_caller]
fn assert_page_is_sound(text: &str) {
    let mut families = BTreeSet::new();
    for line in text.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            assert!(
                families.insert(family.split(' ').next().unwrap()),
                "{line} twice"
            );
        } else if let Some((_, labels)) = line.split_once('{') {
            let labels = labels.split_once('}').unwrap().0;
            for label in labels.split("\",") {
                let name = label.split_once('=').unwrap().0;
                let known = [
                    "role", "face", "status", "tool", "effect", "outcome", "action", "method",
                    "measure", "le", "class", "reason",
                ];
                assert!(known.contains(&name), "{line}");
            }
        }
    }
    assert!(families.len() >= 5, "{text}");
}
