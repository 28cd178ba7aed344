//! The journal as a test reads it: counts by endpoint and token, filters, clearing.

use serde_json::{Value, json};

use crate::rest_support::{BEN, MARIA};
use crate::support::{org, text};

#[tokio::test]
async fn requests_are_counted_by_endpoint_and_by_token() {
    let org = org().await;
    let (maria, ben) = (org.rest(MARIA).await, org.rest(BEN).await);
    let id = maria.first_id("SELECT Id FROM Account LIMIT 1").await;
    for _ in 0..3 {
        maria
            .get(&format!("/sobjects/Account/{id}"))
            .await
            .expect(200);
    }
    ben.get(&format!("/sobjects/Account/{id}"))
        .await
        .expect(200);
    let journal: Value = org.get_json("/practice/admin/journal").await;
    let endpoint = "GET /services/data/{version}/sobjects/Account/{id}";
    assert_eq!(journal["counts"]["endpoints"][endpoint], 4);
    let filter = format!(
        "/practice/admin/journal?path=*/sobjects/Account/*&user={MARIA}&status=200&method=get"
    );
    let mine: Value = org.get_json(&filter).await;
    assert_eq!(mine["matching"]["requests"], 3);
    let entry = &mine["entries"][0];
    assert_eq!(entry["username"], MARIA);
    let token = text(entry, "token");
    assert_eq!(mine["matching"]["tokens"], json!({ token: 3 }));
    let by_token: Value = org
        .get_json(&format!("/practice/admin/journal?token={token}&limit=2"))
        .await;
    assert_eq!(by_token["matching"]["requests"], 4, "with the query before");
    assert_eq!(by_token["entries"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn clients_are_told_apart_by_their_call_options() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    let headers = [("Sforce-Call-Options", "client=gatelodge/agent")];
    rest.send("GET", "/v66.0/limits", &headers, None)
        .await
        .expect(200);
    rest.get("/limits").await.expect(200);
    let journal: Value = org
        .get_json("/practice/admin/journal?client_prefix=gatelodge/")
        .await;
    assert_eq!(journal["matching"]["requests"], 1);
    assert_eq!(journal["entries"][0]["client"], "gatelodge/agent");
}

#[tokio::test]
async fn a_cleared_journal_counts_from_nothing() {
    let org = org().await;
    let rest = org.rest(MARIA).await;
    let url = org.url("/practice/admin/journal");
    org.http.delete(&url).send().await.unwrap();
    rest.get("/limits").await.expect(200);
    let journal: Value = org.get_json("/practice/admin/journal").await;
    assert_eq!(journal["counts"]["requests"], 1);
    assert_eq!(journal["counts"]["answers"], json!({"GET 200": 1}));
}

#[tokio::test]
async fn an_unknown_filter_is_named() {
    let org = org().await;
    let url = org.url("/practice/admin/journal?statsu=200");
    let response = org.http.get(url).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 400);
    assert!(response.text().await.unwrap().contains("statsu"));
}
