//! What is looked at before a resource sees the request, and what every answer carries.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::rest_support::ADMIN;
use crate::support::{client_builder, org, org_with, text};

// proves SFB-REST-22
#[tokio::test]
async fn json_is_the_only_form() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let described = admin
        .get("/sobjects/Account/describe.json")
        .await
        .expect(200);
    assert_eq!(described.body["name"], "Account");
    let words = "This org answers JSON only. Send 'Accept: application/json'.";
    let refused = json!([{"message": words, "errorCode": "NOT_ACCEPTABLE"}]);
    assert_eq!(admin.get("/limits.xml").await.expect(406).body, refused);
    let accept = async |value: &str| {
        admin
            .send("GET", "/v66.0/limits", &[("accept", value)], None)
            .await
    };
    assert_eq!(accept("application/xml").await.expect(406).body, refused);
    for value in ["application/xml, application/json;q=0.5", "*/*", "text/csv"] {
        accept(value).await.expect(200);
    }
    // The value of an external id may end in anything.
    let path = "/sobjects/Invoice__c/Invoice_Number__c/a.json";
    admin.patch(path, json!({"Amount__c": 1})).await.expect(201);
    let saved = admin
        .records("SELECT Id FROM Invoice__c WHERE Invoice_Number__c = 'a.json'")
        .await;
    assert_eq!(saved.len(), 1);
}

// proves SFB-REST-10, SFB-REST-23
#[tokio::test]
async fn bodies_are_packed_in_both_directions() {
    let org = org().await;
    let tokens = org.connect().await;
    let token = text(&tokens, "access_token");
    let url = org.url("/services/data/v66.0/sobjects/Account");
    let send = async |packing: &'static str, body: Vec<u8>| {
        let request = org.http.post(&url).bearer_auth(token);
        let request = request
            .header("content-type", "application/json")
            .header("content-encoding", packing);
        let response = request.body(body).send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(br#"{"Name":"Packed"}"#).unwrap();
    let (status, body) = send("gzip", packed.finish().unwrap()).await;
    assert_eq!(
        (status, &body["success"]),
        (StatusCode::CREATED, &json!(true))
    );
    let (status, body) = send("gzip", b"not packed".to_vec()).await;
    assert_eq!(
        (status, &body[0]["errorCode"]),
        (StatusCode::BAD_REQUEST, &json!("UNKNOWN_EXCEPTION"))
    );
    let (status, body) = send("br", Vec::new()).await;
    let words = "Content encoding 'br' is not supported. Send 'gzip'.";
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        body,
        json!([{"message": words, "errorCode": "UNSUPPORTED_MEDIA_TYPE"}])
    );
    let describe = org.url("/services/data/v66.0/sobjects/Account/describe");
    let plain = client_builder().no_gzip().build().unwrap();
    let request = plain
        .get(&describe)
        .bearer_auth(token)
        .header("accept-encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert!(
        response.headers()["etag"]
            .to_str()
            .unwrap()
            .ends_with("--gzip\"")
    );
    let mut unpacked = String::new();
    let bytes = response.bytes().await.unwrap();
    GzDecoder::new(&bytes[..])
        .read_to_string(&mut unpacked)
        .unwrap();
    assert!(unpacked.starts_with('{') && unpacked.contains("\"AnnualRevenue\""));
}

// proves SFB-REST-19, SFB-REST-24
#[tokio::test]
async fn the_edge_refuses_what_is_too_long_with_a_page() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let long = "x".repeat(16_384);
    let reply = admin.get(&format!("/query?q={long}")).await.expect(414);
    assert_eq!(reply.headers["content-type"], "text/html;charset=UTF-8");
    assert_eq!(
        reply.raw,
        "<html><head><title>414 URI Too Long</title></head><body><h1>414 URI Too Long</h1></body></html>\n"
    );
    let half = "x".repeat(17_000);
    let reply = admin
        .send("GET", "/v66.0/limits", &[("a", &half), ("b", &half)], None)
        .await
        .expect(431);
    assert!(
        reply
            .raw
            .contains("<h1>431 Request Header Fields Too Large</h1>")
    );
}

// proves SFB-REST-25, SFB-HOST-4
#[tokio::test]
async fn old_versions_warn_and_older_ones_are_gone() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let get = async |version: &str| {
        admin
            .send("GET", &format!("/{version}/limits"), &[], None)
            .await
    };
    let old = get("v40.0").await.expect(200);
    let warning = "299 - \"This API is deprecated and will be removed by Summer '28.\"";
    assert_eq!(old.headers["warning"], warning);
    assert!(
        !get("v41.0")
            .await
            .expect(200)
            .headers
            .contains_key("warning")
    );
    let words = "The API version 30.0 is retired. Use a version from 31.0 to 68.0.";
    let gone = json!([{"message": words, "errorCode": "UNSUPPORTED_API_VERSION"}]);
    assert_eq!(get("v30.0").await.expect(410).body, gone);
    let unknown =
        json!([{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]);
    assert_eq!(get("v99.0").await.expect(404).body, unknown);
}

// proves SFB-REST-28
#[tokio::test]
async fn tokens_of_the_wrong_form_are_told_so() {
    let org = org().await;
    for (value, words, code) in [
        (
            "Bearer eyJhbGciOiJub25lIn0.e30.",
            "INVALID_JWT_FORMAT",
            "INVALID_AUTH_HEADER",
        ),
        ("Token abc", "INVALID_HEADER_TYPE", "INVALID_AUTH_HEADER"),
        (
            "Bearer 00Dabc!dead",
            "Session expired or invalid",
            "INVALID_SESSION_ID",
        ),
    ] {
        let request = org
            .http
            .get(org.url("/services/data/v66.0/limits"))
            .header("authorization", value);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body, json!([{"message": words, "errorCode": code}]));
    }
}

// proves SFB-REST-27
#[tokio::test]
async fn apps_may_have_an_allowance_of_their_own() {
    let org = org_with(|options| options.daily_request_limit_per_app = Some(250)).await;
    let admin = org.rest(ADMIN).await;
    admin.get("/limits").await.expect(200);
    let reply = admin.get("/limits").await.expect(200);
    let expected = "api-usage=2/15000; per-app-api-usage=2/250(appName=Test app)";
    assert_eq!(reply.headers["sforce-limit-info"], expected);
}

// proves SFB-REST-4, SFB-REST-29
#[tokio::test]
async fn answers_carry_the_headers_of_the_platform() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let reply = admin.get("/limits").await.expect(200);
    for (name, value) in [
        ("content-type", "application/json;charset=UTF-8"),
        ("sforce-limit-info", "api-usage=1/15000"),
        (
            "cache-control",
            "no-cache,must-revalidate,max-age=0,no-store,private",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "none"),
        ("x-sfdc-edge-cache", "none"),
        ("server", "sfdcedge"),
    ] {
        assert_eq!(reply.headers[name], value);
    }
    let cookies: Vec<&str> = reply
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap().split('=').next().unwrap())
        .collect();
    assert_eq!(
        cookies,
        [
            "CookieConsentPolicy",
            "LSKey-c$CookieConsentPolicy",
            "BrowserId"
        ]
    );
}
