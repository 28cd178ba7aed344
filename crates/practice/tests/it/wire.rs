//! What all answers of the data interface share, and how tolerant its addresses are.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestOrg, org, org_in, text};

async fn get(org: &TestOrg, path: &str, token: &str) -> Response {
    org.http
        .get(org.url(path))
        .bearer_auth(token)
        .send()
        .await
        .unwrap()
}

fn usage(response: &Response) -> Option<u64> {
    let header = response
        .headers()
        .get("sforce-limit-info")?
        .to_str()
        .unwrap();
    let (used, allowance) = header
        .strip_prefix("api-usage=")
        .unwrap()
        .split_once('/')
        .unwrap();
    assert_eq!(allowance, "15000");
    Some(used.parse().unwrap())
}

// proves SFB-HOST-2, SFB-REST-5
#[tokio::test]
async fn the_list_of_versions_is_open_and_not_counted() {
    let org = org().await;
    for path in ["/services/data", "//services/data/"] {
        let response = org.http.get(org.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(usage(&response), None);
        let versions: Value = response.json().await.unwrap();
        assert_eq!(versions.as_array().unwrap().len(), 38);
    }
}

// proves SFB-REST-1, SFB-REST-2, SFB-REST-30
#[tokio::test]
async fn a_caller_without_a_session_is_sent_away() {
    let org = org().await;
    let url = org.url("/services/data/v66.0/limits");
    let expired =
        json!([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]);
    for token in [None, Some("Bearer dead"), Some("OAuth dead")] {
        let mut request = org.http.get(&url);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()["www-authenticate"], "Token");
        assert_eq!(usage(&response), None);
        assert_eq!(response.json::<Value>().await.unwrap(), expired);
    }
    let response = org
        .http
        .get(&url)
        .basic_auth("a", Some("b"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        response.json::<Value>().await.unwrap()[0]["errorCode"],
        "INVALID_AUTH_HEADER"
    );
}

#[tokio::test]
async fn a_token_without_the_api_scope_is_refused() {
    let org = org().await;
    let code = org.code(&[("scope", "id")]).await;
    let (_, tokens) = org.exchange(&code, &[]).await;
    let response = get(
        &org,
        "/services/data/v66.0/limits",
        text(&tokens, "access_token"),
    )
    .await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}

// proves SFB-REST-5, SFB-LIM-1, SFB-LIM-2
#[tokio::test]
async fn answers_carry_the_counter_and_the_usual_headers() {
    let org = org().await;
    let tokens = org.connect().await;
    let token = text(&tokens, "access_token");
    let first = get(&org, "/services/data/v66.0/sobjects/", token).await;
    let second = get(&org, "//services/data//v66.0/limits", token).await;
    assert_eq!(
        (first.status(), second.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    assert_eq!(usage(&second), usage(&first).map(|used| used + 1));
    let headers = second.headers();
    assert_eq!(headers["x-request-id"], headers["x-sfdc-request-id"]);
    assert_eq!(headers["x-request-id"].len(), 32);
    assert_ne!(headers["x-request-id"], first.headers()["x-request-id"]);
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(
        headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/json")
    );
    assert!(
        !headers.contains_key("strict-transport-security"),
        "it would bind all of localhost"
    );
    let last = org.running.journal().pop().unwrap();
    assert_eq!(last.path, "/services/data/v66.0/limits");
    assert!(text(&tokens, "id").ends_with(last.user.as_deref().unwrap()));
    assert_eq!(last.app.as_deref(), Some(crate::support::CLIENT_ID));
}

// proves SFB-REST-9
#[tokio::test]
async fn pretty_print_changes_the_look_only() {
    let org = org().await;
    let tokens = org.connect().await;
    let path = org.url("/services/data/v66.0/sobjects/User");
    let request = || {
        org.http
            .get(&path)
            .bearer_auth(text(&tokens, "access_token"))
    };
    let plain = request().send().await.unwrap().text().await.unwrap();
    let pretty = request()
        .header("X-PrettyPrint", "1")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(pretty.contains("\n  \"objectDescribe\" : {\n"), "{pretty}");
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(parse(&plain), parse(&pretty));
}

#[tokio::test]
async fn records_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let first = org_in(folder.path()).await;
    let tokens = first.connect().await;
    let token = text(&tokens, "access_token");
    let url = first.url("/services/data/v66.0/sobjects/Account");
    let request = first
        .http
        .post(url)
        .bearer_auth(token)
        .header("content-type", "application/json");
    let response = request.body(r#"{"Name":"Kept Ltd"}"#).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let id = response.json::<Value>().await.unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    first.running.shutdown().await;
    let second = org_in(folder.path()).await;
    let row = get(
        &second,
        &format!("/services/data/v66.0/sobjects/Account/{id}"),
        token,
    )
    .await;
    assert_eq!(row.status(), StatusCode::OK);
    assert_eq!(row.json::<Value>().await.unwrap()["Name"], "Kept Ltd");
}
