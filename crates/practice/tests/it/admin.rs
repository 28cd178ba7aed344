//! The administration interface: faults, journal, apps, moved instance.

use gatelodge_practice::{PracticeOptions, start};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{CLIENT_ID, client_builder, org, org_with, text};

#[tokio::test]
async fn ordered_statuses_hit_the_next_requests_only() {
    let org = org().await;
    let fault = json!({"path_prefix": "/services/oauth2/userinfo", "times": 2, "status": 503,
        "body": "[{\"errorCode\":\"SERVER_UNAVAILABLE\"}]", "retry_after": "1"});
    org.admin("faults", fault).await;
    let url = org.url("/services/oauth2/userinfo");
    for _ in 0..2 {
        let response = org.http.get(&url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "1");
        assert!(
            response
                .text()
                .await
                .unwrap()
                .contains("SERVER_UNAVAILABLE")
        );
    }
    assert_eq!(
        org.http.get(&url).send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_cut_before_has_no_effect_and_a_cut_after_has() {
    let org = org().await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    let revoke = async || {
        let request = org.http.post(org.url("/services/oauth2/revoke"));
        request.form(&[("token", access)]).send().await
    };
    org.admin(
        "faults",
        json!({"path_prefix": "/services/oauth2/revoke", "cut": "before"}),
    )
    .await;
    assert!(revoke().await.is_err());
    assert_eq!(org.call(access).await, StatusCode::OK);
    org.admin(
        "faults",
        json!({"path_prefix": "/services/oauth2/revoke", "cut": "after"}),
    )
    .await;
    assert!(revoke().await.is_err());
    assert_eq!(org.call(access).await, StatusCode::FORBIDDEN);
    let cuts = org
        .running
        .journal()
        .into_iter()
        .filter(|entry| entry.status == 0)
        .count();
    assert_eq!(cuts, 2);
}

#[tokio::test]
async fn the_journal_holds_no_query_and_no_secret() {
    let org = org().await;
    let tokens = org.connect().await;
    let url = org.url(&format!(
        "//id//x/y/?oauth_token={}",
        text(&tokens, "refresh_token")
    ));
    let request = org
        .http
        .get(url)
        .header("Sforce-Call-Options", "client=gatelodge/agent");
    request.send().await.unwrap();
    let url = org.url("/practice/admin/journal?path_prefix=/id/");
    let body = org
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(!body.contains("5Aep") && !body.contains("oauth_token"));
    let journal: Value = serde_json::from_str(&body).unwrap();
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["path"], "/id/x/y");
    assert_eq!(entries[0]["client"], "gatelodge/agent");
    assert_eq!(entries[0]["status"], 403);
    assert_eq!(journal["counts"]["token_requests"]["authorization_code"], 1);
}

#[tokio::test]
async fn apps_are_registered_and_grants_taken_away() {
    let org = org().await;
    let callback = "http://localhost:9/new";
    let app = json!({"client_id": "new", "name": "New", "callbacks": [callback]});
    org.admin("apps", app).await;
    let url = org.authorize_url(&[("client_id", "new"), ("redirect_uri", callback)]);
    assert_eq!(org.browser().get(&url).await.status(), StatusCode::FOUND);
    let tokens = org.connect().await;
    org.admin("expire-access-tokens", json!({})).await;
    assert_eq!(
        org.call(text(&tokens, "access_token")).await,
        StatusCode::FORBIDDEN
    );
    let refresh = text(&tokens, "refresh_token");
    assert_eq!(org.refresh(refresh).await.0, StatusCode::OK);
    let answer = org
        .admin("revoke-grants", json!({"username": org.user().0}))
        .await;
    assert_eq!(answer["revoked"], 1);
    assert_eq!(org.refresh(refresh).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_moved_instance_shows_in_the_next_token_answer() {
    let org = org().await;
    org.admin(
        "move-instance",
        json!({"instance_url": "http://169.254.169.254"}),
    )
    .await;
    let tokens = org.connect().await;
    assert_eq!(text(&tokens, "instance_url"), "http://169.254.169.254");
    org.admin("move-instance", json!({"instance_url": null}))
        .await;
    let (_, answer) = org.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(text(&answer, "instance_url"), org.running.url());
}

#[tokio::test]
async fn wrong_orders_are_refused_with_the_reason() {
    let org = org().await;
    let cases = [
        ("block-app", json!({"client_id": "nobody"}), 404, "nobody"),
        (
            "revoke-grants",
            json!({"username": "nobody"}),
            404,
            "nobody",
        ),
        ("faults", json!({"path_prefix": "/"}), 400, "status"),
        (
            "faults",
            json!({"path_prefix": "/", "statsu": 500}),
            422,
            "statsu",
        ),
        ("apps", json!({"name": "x"}), 422, "client_id"),
    ];
    for (path, body, status, word) in cases {
        let request = org.http.post(org.url(&format!("/practice/admin/{path}")));
        let request = request
            .header("content-type", "application/json")
            .body(body.to_string());
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{path}");
        let text = response.text().await.unwrap();
        assert!(text.contains(word), "{text}");
    }
    let request = org.http.post(org.url("/practice/admin/block-app"));
    let response = request
        .form(&[("client_id", CLIENT_ID)])
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "a web form cannot give orders"
    );
    let request = org
        .http
        .post(org.url("/practice/admin/expire-access-tokens"))
        .header("origin", "http://evil.example")
        .header("content-type", "application/json")
        .body("{}");
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let request = org
        .http
        .get(org.url("/practice/admin/journal"))
        .header("host", "evil.example");
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn with_a_token_set_nobody_gives_orders_without_it() {
    let org = org_with(|options| options.admin_token = Some("the-token".to_owned())).await;
    let url = org.url("/practice/admin/journal");
    for (header, status) in [
        ("Bearer wrong", StatusCode::UNAUTHORIZED),
        ("Basic the-token", StatusCode::UNAUTHORIZED),
        ("Bearer the-token", StatusCode::OK),
    ] {
        let request = org.http.get(&url).header("authorization", header);
        assert_eq!(request.send().await.unwrap().status(), status, "{header}");
    }
    let answer = org.http.get(&url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.text().await.unwrap().contains("admin token"));
}

#[tokio::test]
async fn without_the_option_there_is_no_administration() {
    let mut options = PracticeOptions::new();
    options.admin = false;
    let running = start(options).await.unwrap();
    let http = client_builder().build().unwrap();
    let url = format!("{}/practice/admin/journal", running.url());
    assert_eq!(
        http.get(url).send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
    running.shutdown().await;
}
