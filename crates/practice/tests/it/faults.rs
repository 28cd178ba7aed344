//! Faults on purpose: each hits exactly what was ordered, as often as ordered, and leaves the effect it promises.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::rest_support::{ADMIN, BEN, MARIA, Reply};
use crate::support::{CLIENT_ID, TestOrg, org, org_with, text};
use gatelodge_practice::TlsOptions;

/// What a write does whose answer nobody hears: the status, or nothing.
async fn create(org: &TestOrg, token: &str, name: &str) -> Option<StatusCode> {
    let request = org
        .http
        .post(org.url("/services/data/v66.0/sobjects/Account"))
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(json!({ "Name": name }).to_string());
    let response = request.send().await.ok()?;
    let status = response.status();
    response.bytes().await.ok()?;
    Some(status)
}

async fn accounts(org: &TestOrg, name: &str) -> usize {
    let rest = org.rest(ADMIN).await;
    let soql = format!("SELECT Id FROM Account WHERE Name = '{name}'");
    rest.records(&soql).await.len()
}

fn error(code: &str, message: &str) -> Value {
    json!([{ "message": message, "errorCode": code }])
}

// proves SFB-ERR-7, SFB-ERR-8, SFB-ERR-28, SFB-ERR-40, SFB-ERR-41
#[tokio::test]
async fn named_answers_of_the_api_have_the_exact_bodies() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    let cases = [
        (
            "api_disabled",
            403,
            error(
                "API_DISABLED_FOR_ORG",
                "The REST API is not enabled for this Organization.",
            ),
        ),
        (
            "daily_limit",
            403,
            error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        ),
        (
            "concurrent_limit",
            403,
            error(
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
            ),
        ),
        (
            "query_timeout",
            400,
            error(
                "QUERY_TIMEOUT",
                "Your query request was running for too long.",
            ),
        ),
        (
            "unavailable",
            503,
            error("SERVER_UNAVAILABLE", "Server Unavailable"),
        ),
    ];
    for (fault, status, body) in cases {
        org.admin("faults", json!({ "fault": fault })).await;
        let reply = rest.query("SELECT Id FROM Account LIMIT 1").await;
        assert_eq!(reply.body, body, "{fault}");
        let reply = reply.expect(status);
        let info = reply.headers["sforce-limit-info"].to_str().unwrap();
        if fault == "daily_limit" {
            assert_eq!(info, "api-usage=15000/15000");
        }
        let usual = rest
            .query("SELECT Id FROM Account LIMIT 1")
            .await
            .expect(200);
        for name in usual.headers.keys() {
            let of_answer = ["content-length", "content-encoding", "transfer-encoding"];
            let there = reply.headers.contains_key(name);
            assert!(
                there || of_answer.contains(&name.as_str()),
                "{fault} {name}"
            );
        }
        assert_eq!(reply.headers["x-request-id"].len(), 32, "{fault}");
    }
    let answer = org
        .admin("faults", json!({"fault": "unknown_exception"}))
        .await;
    let reply = rest.get("/limits").await.expect(500);
    let id = answer["id"].as_u64().unwrap();
    let message = format!(
        "An unexpected error occurred. Please include this ErrorId if you contact support: {id:010}-00001 (-{id:010})"
    );
    assert_eq!(reply.body, error("UNKNOWN_EXCEPTION", &message));
}

// proves SFB-ERR-42
#[tokio::test]
async fn the_edge_answers_with_pages_and_a_time_to_wait() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    for (fault, status) in [
        (
            json!({"fault": "too_many_requests", "retry_after": "7"}),
            429,
        ),
        (
            json!({"fault": "unavailable", "html": true, "retry_after": "7"}),
            503,
        ),
        (json!({"fault": "maintenance", "retry_after": "7"}), 503),
        (json!({"fault": "edge_setup", "retry_after": "7"}), 420),
        (json!({"fault": "bad_gateway", "retry_after": "7"}), 502),
    ] {
        org.admin("faults", fault).await;
        let reply = rest.get("/limits").await.expect(status);
        assert_eq!(reply.headers["retry-after"], "7");
        assert_eq!(reply.headers["server"], "sfdcedge");
        assert!(!reply.headers.contains_key("sforce-limit-info"));
        assert_eq!(reply.headers["content-type"], "text/html;charset=UTF-8");
        assert!(reply.raw.starts_with("<!DOCTYPE html>"), "{}", reply.raw);
    }
    org.admin("faults", json!({"fault": "maintenance"})).await;
    let reply = rest.get("/limits").await.expect(503);
    assert!(!reply.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_fault_for_a_user_or_an_app_spares_the_others() {
    let org = org().await;
    let (maria, ben) = (org.rest(MARIA).await, org.rest(BEN).await);
    org.admin(
        "faults",
        json!({"fault": "api_disabled", "user": MARIA, "until_cleared": true}),
    )
    .await;
    ben.get("/limits").await.expect(200);
    for _ in 0..3 {
        assert_eq!(maria.get("/limits").await.code(), "API_DISABLED_FOR_ORG");
    }
    let listed: Value = org.get_json("/practice/admin/faults").await;
    assert_eq!(listed[0]["hits"], 3);
    let id = listed[0]["id"].as_u64().unwrap();
    let url = org.url(&format!("/practice/admin/faults/{id}"));
    let status = org.http.delete(&url).send().await.unwrap().status();
    assert_eq!(status, StatusCode::OK);
    maria.get("/limits").await.expect(200);
    let status = org.http.delete(&url).send().await.unwrap().status();
    assert_eq!(status, StatusCode::NOT_FOUND);

    let app = json!({"client_id": "other", "name": "Other"});
    org.admin("apps", app).await;
    org.admin("faults", json!({"fault": "daily_limit", "app": "other"}))
        .await;
    maria.get("/limits").await.expect(200);
    org.admin("faults", json!({"fault": "daily_limit", "app": CLIENT_ID}))
        .await;
    assert_eq!(maria.get("/limits").await.code(), "REQUEST_LIMIT_EXCEEDED");
}

// A dead token is refused before any limit is looked at.
#[tokio::test]
async fn answers_of_the_api_wait_for_a_living_token() {
    let org = org().await;
    org.admin("faults", json!({"fault": "daily_limit"})).await;
    let url = org.url("/services/data/v66.0/limits");
    let response = org.http.get(url).bearer_auth("dead").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let rest = org.rest(MARIA).await;
    assert_eq!(rest.get("/limits").await.code(), "REQUEST_LIMIT_EXCEEDED");
}

// proves SFB-OAUTH-21
#[tokio::test]
async fn an_expired_token_dies_under_the_request_and_the_grant_lives() {
    let org = org().await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    org.admin("faults", json!({"fault": "expired_token", "skip": 1}))
        .await;
    assert_eq!(
        create(&org, access, "First").await,
        Some(StatusCode::CREATED)
    );
    assert_eq!(
        create(&org, access, "Second").await,
        Some(StatusCode::UNAUTHORIZED)
    );
    let (status, _) = org.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_revoked_grant_dies_at_the_refresh() {
    let org = org().await;
    let tokens = org.connect().await;
    let user = org.user().0;
    let fault = json!({"fault": "revoked_grant", "path": "/services/oauth2/token", "user": user});
    org.admin("faults", fault).await;
    let (status, answer) = org.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer,
        json!({"error": "invalid_grant", "error_description": "expired access/refresh token"})
    );
    assert_eq!(
        org.call(text(&tokens, "access_token")).await,
        StatusCode::FORBIDDEN
    );
}

// proves SFB-OAUTH-26
#[tokio::test]
async fn an_eviction_takes_the_oldest_grant() {
    let org = org().await;
    let (first, second) = (org.connect().await, org.connect().await);
    let order = json!({"username": org.user().0, "client_id": CLIENT_ID});
    let answer = org.admin("evict-grant", order).await;
    assert!(answer["evicted"].is_u64());
    assert_eq!(
        org.refresh(text(&first, "refresh_token")).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        org.refresh(text(&second, "refresh_token")).await.0,
        StatusCode::OK
    );
    let fault = json!({"fault": "evicted_grant"});
    org.admin("faults", fault).await;
    let access = text(&second, "access_token");
    assert_eq!(
        create(&org, access, "Late").await,
        Some(StatusCode::UNAUTHORIZED)
    );
}

#[tokio::test]
async fn a_blocked_app_stays_blocked_until_it_is_unblocked() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    org.admin("faults", json!({"fault": "blocked_app"})).await;
    for _ in 0..2 {
        assert_eq!(rest.get("/limits").await.code(), "INVALID_SESSION_ID");
    }
    let order = json!({"client_id": CLIENT_ID, "blocked": false});
    org.admin("block-app", order).await;
    rest.get("/limits").await.expect(200);
}

// proves SFB-ERR-25
#[tokio::test]
async fn a_locked_record_refuses_writes_to_it_and_to_its_children() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let id = rest.first_id("SELECT Id FROM Account LIMIT 1").await;
    let other = rest
        .first_id("SELECT Id FROM Account LIMIT 1 OFFSET 1")
        .await;
    let fault = json!({"fault": "row_lock", "record": id, "times": 3});
    org.admin("faults", fault).await;
    let path = format!("/sobjects/Account/{id}");
    let locked = json!([{
        "message": format!("unable to obtain exclusive access to this record or 1 records: {id}"),
        "errorCode": "UNABLE_TO_LOCK_ROW",
        "fields": [],
    }]);
    let is_locked = |reply: Reply| assert_eq!(reply.expect(400).body, locked);
    rest.patch(&format!("/sobjects/Account/{other}"), json!({"Phone": "1"}))
        .await
        .expect(204);
    is_locked(rest.patch(&path, json!({"Phone": "2"})).await);
    let child = json!({"LastName": "Locked", "AccountId": id});
    is_locked(rest.post("/sobjects/Contact", child).await);
    is_locked(rest.delete(&path).await);
    rest.patch(&path, json!({"Phone": "2"})).await.expect(204);
    assert_eq!(
        org.writers(&id).len(),
        1,
        "only the last write had an effect"
    );
}

// proves SFB-ERR-36
#[tokio::test]
async fn a_full_storage_refuses_creates_of_an_object() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let fault = json!({"fault": "storage_limit", "object": "lead"});
    org.admin("faults", fault).await;
    rest.post("/sobjects/Account", json!({"Name": "Fits"}))
        .await
        .expect(201);
    let lead = json!({"LastName": "Big", "Company": "Big"});
    let reply = rest.post("/sobjects/Lead", lead).await.expect(400);
    assert_eq!(
        reply.body,
        json!([{"message": "storage limit exceeded", "errorCode": "STORAGE_LIMIT_EXCEEDED", "fields": []}])
    );
}

#[tokio::test]
async fn a_lost_answer_has_its_effect_once_and_a_lost_request_none() {
    let org = org().await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    let path = "/services/data/*/sobjects/Account";
    for (cut, name, effects) in [
        (json!("before"), "Never", 0),
        (json!("after"), "Silent", 1),
        (json!({"at_byte": 0}), "Head", 1),
        (json!({"at_byte": 5}), "Five", 1),
    ] {
        org.admin("faults", json!({"path": path, "cut": cut})).await;
        assert_eq!(create(&org, access, name).await, None, "{cut}");
        assert_eq!(accounts(&org, name).await, effects, "{cut}");
    }
}

/// The body as far as it came, and whether it came to its end.
async fn received(org: &TestOrg, path: &str, token: &str) -> (Vec<u8>, bool) {
    let request = org.http.get(org.url(path)).bearer_auth(token);
    // Packed, the bytes that came would not be the bytes that are seen here.
    let request = request.header("Accept-Encoding", "identity");
    let mut response = request.send().await.unwrap();
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return (bytes, true),
            Err(_) => return (bytes, false),
        }
    }
}

#[tokio::test]
async fn a_cut_at_a_byte_is_exact_with_and_without_tls() {
    let folder = tempfile::tempdir().unwrap();
    for tls in [false, true] {
        let org = org_with(|options| {
            options.tls = tls.then(|| TlsOptions {
                directory: Some(folder.path().to_owned()),
            });
        })
        .await;
        let tokens = org.connect().await;
        let access = text(&tokens, "access_token");
        let path = "/services/data/v66.0/sobjects/Account/describe";
        let (whole, complete) = received(&org, path, access).await;
        assert!(complete && whole.len() > 20_000);
        for cut in [0, 1, 4096, 16_385, whole.len() - 1] {
            let fault = json!({"path": path, "cut": {"at_byte": cut}});
            org.admin("faults", fault).await;
            let (part, complete) = received(&org, path, access).await;
            assert!(!complete, "{cut}");
            assert_eq!(part.len(), cut, "with TLS: {tls}");
            assert!(whole.starts_with(&part), "{cut}");
        }
    }
}

#[tokio::test]
async fn a_slow_answer_arrives_in_pieces_and_whole() {
    let org = org().await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    let path = "/services/data/v66.0/limits";
    let (whole, _) = received(&org, path, access).await;
    let fault = json!({"path": path, "delay_ms": 1, "answer_delay_ms": 1, "piece_delay_ms": 1, "piece_bytes": 500});
    org.admin("faults", fault).await;
    let (slow, complete) = received(&org, path, access).await;
    assert!(complete);
    assert_eq!(slow.len(), whole.len());
}

#[tokio::test]
async fn spoilt_answers_come_after_the_work() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    for (fault, name) in [
        ("truncated_body", "Half"),
        ("html_body", "Page"),
        ("wrong_content_type", "Kind"),
    ] {
        org.admin("faults", json!({ "fault": fault })).await;
        let reply = rest
            .post("/sobjects/Account", json!({ "Name": name }))
            .await;
        let is_json = serde_json::from_str::<Value>(&reply.raw).is_ok();
        assert_eq!(is_json, fault == "wrong_content_type", "{}", reply.raw);
        let is_html = reply.headers["content-type"] == "text/html;charset=UTF-8";
        assert_eq!(is_html, fault != "truncated_body");
        assert_eq!(accounts(&org, name).await, 1);
    }
}

// proves SFB-QRY-4
#[tokio::test]
async fn locators_end_on_order_and_under_the_request() {
    let org = org().await;
    let rest = org.rest(ADMIN).await;
    let next = async || {
        let path = "/v66.0/query?q=SELECT+Id+FROM+Contact";
        let headers = [("Sforce-Query-Options", "batchSize=200")];
        let reply = rest.send("GET", path, &headers, None).await.expect(200);
        let next = text(&reply.body, "nextRecordsUrl").to_owned();
        next.strip_prefix("/services/data/v66.0")
            .unwrap()
            .to_owned()
    };
    let gone = json!([{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]);
    let page = next().await;
    rest.get(&page).await.expect(200);
    org.admin("expire-locators", json!({"username": ADMIN}))
        .await;
    assert_eq!(rest.get(&page).await.body, gone);
    let page = next().await;
    org.admin("faults", json!({"fault": "expired_locator"}))
        .await;
    assert_eq!(rest.get(&page).await.body, gone);
}

#[tokio::test]
async fn the_clock_moves_forward_and_back() {
    let org = org().await;
    let tokens = org.connect().await;
    let access = text(&tokens, "access_token");
    let answer = org.admin("clock", json!({"shift_seconds": 86_400})).await;
    assert_eq!(answer["shift_seconds"], 86_400);
    assert_eq!(org.call(access).await, StatusCode::FORBIDDEN);
    let rest = org.rest(ADMIN).await;
    let reply = rest
        .post("/sobjects/Account", json!({"Name": "Later"}))
        .await;
    let id = reply.expect(201).id();
    org.admin("clock", json!({"shift_seconds": 0})).await;
    let rest = org.rest(ADMIN).await;
    let record = rest.get(&format!("/sobjects/Account/{id}")).await;
    assert_eq!(
        text(&record.body, "CreatedDate"),
        "2026-11-19T11:06:40.000+0000"
    );
}
