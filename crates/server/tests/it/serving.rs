//! `gatelodge serve`: its doors, its log, its end.

use crate::{
    browser::{Browser, client},
    program::Installation,
};
use serde_json::Value;
use std::net::TcpListener;

#[tokio::test]
async fn health_is_told_to_anybody_and_says_nothing_else() {
    let home = Installation::new().await;
    let hub = home.serve().await;
    for (path, status) in [("/healthz", "ok"), ("/readyz", "ready")] {
        // a load balancer asks by address
        let answer = client()
            .get(format!("{}{path}", home.url))
            .header("host", "10.1.2.3")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body, serde_json::json!({ "status": status }));
    }
    hub.stop().await;
}

#[tokio::test]
async fn another_host_or_origin_is_refused_at_every_face() {
    // proves CON-10, M3
    let home = Installation::new().await;
    let hub = home.serve().await;
    let port = home.url.rsplit(':').next().unwrap();
    for path in ["/", "/sign-in", "/mcp", "/api/v1/tools", "/assets/nothing"] {
        for host in [
            "evil.example",
            &format!("localhost:{port}"),
            "127.0.0.1",
            "127.0.0.1:1",
        ] {
            let answer = client()
                .get(format!("{}{path}", home.url))
                .header("host", host)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 421, "{path} at {host}");
            assert!(answer.text().await.unwrap().contains("public_urls"));
        }
    }
    let forged = client()
        .post(format!("{}/sign-in", home.url))
        .header("origin", "https://evil.example")
        .form(&[("email", "a@example.com"), ("password", "x")])
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 403);
    hub.stop().await;
}

#[tokio::test]
async fn a_fresh_installation_has_no_door_for_the_first_to_come() {
    // proves M20
    let home = Installation::new().await;
    let hub = home.serve().await;
    let mut browser = Browser::at(&home.url);
    assert_eq!(browser.get("/link/guessed").await.status(), 404);
    for path in ["/setup", "/install", "/register", "/sign-up"] {
        assert_eq!(browser.get(path).await.status(), 404, "{path}");
    }
    for email in ["admin", "admin@localhost", ""] {
        assert_eq!(browser.sign_in(email, "admin").await, 401, "{email}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn the_log_is_lines_of_json_and_an_end_is_clean() {
    // proves R15
    let home = Installation::new().await;
    home.set("grace_seconds =", "grace_seconds = 1");
    let hub = home.serve().await;
    let answer = Browser::at(&home.url).get("/sign-in").await;
    assert!(answer.headers().contains_key("x-request-id"));
    let log = hub.stop().await;
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    for line in &lines {
        assert!(
            line["timestamp"].is_string()
                && line["level"].is_string()
                && line["message"].is_string(),
            "{line}"
        );
    }
    let serving = lines
        .iter()
        .find(|line| line["message"] == "serving")
        .expect("a line when it serves");
    assert_eq!(
        format!("http://{}", serving["address"].as_str().unwrap()),
        home.url
    );
    assert_eq!(lines.last().unwrap()["message"], "ended");
    home.without_keeper().await;
    let leftover = home.path("data/gatelodge.db-wal");
    assert!(!leftover.exists(), "the database was closed");
}

#[tokio::test]
async fn a_taken_port_is_named_with_where_to_choose_another() {
    let home = Installation::new().await;
    let address = home.url.strip_prefix("http://").unwrap();
    let _other = TcpListener::bind(address).unwrap();
    let refused = home.run(&["serve"]).await;
    refused.refused_with(&[
        address,
        "is used by another program",
        "[server] listen",
        &home.config,
    ]);
}
