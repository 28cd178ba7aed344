//! Limits, faults on purpose and orders over HTTP.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{CLIENT_ID, TestSlack, is_ok, slack, slack_with, word};
use crate::visitor::told;

async fn post(slack: &TestSlack, token: &str) -> (reqwest::StatusCode, String, Value) {
    let request = slack
        .visitor
        .http
        .post(slack.visitor.url("/api/chat.postMessage"))
        .bearer_auth(token)
        .form(&[("channel", "general"), ("text", "x")]);
    told(request.send().await.unwrap(), "retry-after").await
}

#[tokio::test]
async fn one_channel_takes_about_one_message_a_second() {
    let slack = slack().await;
    let token = slack.bot(&["chat:write", "chat:write.public"]);
    for _ in 0..5 {
        assert!(is_ok(&post(&slack, &token).await.2));
    }
    let (status, wait, body) = post(&slack, &token).await;
    assert_eq!(status, 429);
    assert_eq!(wait, "5");
    assert_eq!(body, json!({ "ok": false, "error": "ratelimited" }));
    // another channel has its own allowance
    let other = slack.call(
        "chat.postMessage",
        &token,
        &[("channel", "sales"), ("text", "x")],
    );
    assert!(is_ok(&other.await));
    slack.clock.advance(TimeDelta::seconds(5));
    assert!(is_ok(&post(&slack, &token).await.2));
    assert_eq!(slack.running.vendor().messages().len(), 7);
}

#[tokio::test]
async fn a_workspace_has_a_limit_over_all_channels() {
    let slack = slack_with(|options| options.posts_per_workspace.requests = 2).await;
    let token = slack.bot(&["chat:write", "chat:write.public"]);
    assert!(is_ok(&post(&slack, &token).await.2));
    let other = [("channel", "sales"), ("text", "x")];
    assert!(is_ok(&slack.call("chat.postMessage", &token, &other).await));
    let (status, wait, _) = post(&slack, &token).await;
    assert_eq!((status.as_u16(), wait.as_str()), (429, "60"));
}

#[tokio::test]
async fn faults_hit_as_ordered_and_leave_nothing_behind() {
    let slack = slack().await;
    let token = slack.bot(&["chat:write", "chat:write.public"]);
    let order = async |fault: Value| {
        let request = slack
            .visitor
            .http
            .post(slack.visitor.url("/practice/admin/faults"))
            .header("content-type", "application/json")
            .body(fault.to_string());
        told(request.send().await.unwrap(), "").await.0
    };
    let path = "/api/chat.postMessage";
    let limited = json!({ "ok": false, "error": "ratelimited" }).to_string();
    for fault in [
        json!({ "path": path, "status": 429, "body": limited }),
        json!({ "path": path, "status": 503, "retry_after": "7", "app": CLIENT_ID }),
        json!({ "path": path, "status": 302, "location": "http://127.0.0.1:9/elsewhere" }),
    ] {
        assert_eq!(order(fault).await, 200);
    }
    let (status, wait, body) = post(&slack, &token).await;
    assert_eq!((status.as_u16(), wait.as_str()), (429, ""));
    assert_eq!(word(&body), "ratelimited");
    let (status, wait, _) = post(&slack, &token).await;
    assert_eq!((status.as_u16(), wait.as_str()), (503, "7"));
    assert_eq!(post(&slack, &token).await.0, 302);
    assert!(slack.running.vendor().messages().is_empty());
    assert!(is_ok(&post(&slack, &token).await.2));
    // somebody else's requests pass, and named faults are those of the practice org
    let other = json!({ "path": path, "status": 500, "app": "9.9", "until_cleared": true });
    assert_eq!(order(other).await, 200);
    assert!(is_ok(&post(&slack, &token).await.2));
    assert_eq!(order(json!({ "fault": "daily_limit" })).await, 400);
}

#[tokio::test]
async fn orders_come_over_http_and_the_journal_counts() {
    let slack = slack().await;
    let admin = async |path: &str, body: Value| {
        let request = slack
            .visitor
            .http
            .post(slack.visitor.url(&format!("/practice/admin/{path}")))
            .header("content-type", "application/json")
            .body(body.to_string());
        told(request.send().await.unwrap(), "").await
    };
    let made = admin("orders/make_bot_token", json!({ "client_id": CLIENT_ID })).await;
    let token = made.2["token"].as_str().unwrap().to_owned();
    let outside = post(&slack, &token).await.2;
    assert_eq!(word(&outside), "not_in_channel");
    let grants = admin("orders/grants", json!({})).await.2;
    let bot = grants["grants"][0]["user_id"].as_str().unwrap();
    let invited = admin(
        "orders/invite",
        json!({ "user_id": bot, "channel": "general" }),
    )
    .await;
    assert_eq!(invited.0, 200);
    assert!(is_ok(&post(&slack, &token).await.2));
    let messages = admin("orders/messages", json!({})).await.2;
    assert_eq!(messages["messages"][0]["text"], "x");
    for (order, with) in [
        ("nothing", json!({})),
        ("make_bot_token", json!({})),
        ("make_bot_token", json!({ "client_id": "9.9" })),
        ("revoke_grant", json!({ "grant": "7" })),
    ] {
        let (status, _, body) = admin(&format!("orders/{order}"), with).await;
        assert_eq!(status, 400, "{body}");
    }
    let counts = slack.running.counts();
    assert_eq!(counts.requests, 2);
    let entry = slack.running.journal().pop().unwrap();
    assert_eq!(entry.app.as_deref(), Some(CLIENT_ID));
    assert_eq!(entry.path, "/api/chat.postMessage");
    // a page of another site gives no orders
    let foreign = slack
        .visitor
        .http
        .post(slack.visitor.url("/practice/admin/orders/messages"))
        .header("origin", "https://evil.example")
        .header("content-type", "application/json")
        .body("{}");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
}
