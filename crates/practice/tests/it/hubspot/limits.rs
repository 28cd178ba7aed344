//! Limits with their headers and policy names, faults and orders.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{CLIENT_ID, CONTACTS, SCOPES, hubspot, hubspot_with};
use crate::visitor::told;

#[tokio::test]
async fn the_burst_has_headers_and_a_policy() {
    let mut hubspot = hubspot_with(|options| options.burst.requests = 2).await;
    let token = hubspot.connect(SCOPES).await;
    let ask = async |header: &str| {
        let request = hubspot.visitor.http.get(hubspot.visitor.url(CONTACTS));
        told(request.bearer_auth(&token).send().await.unwrap(), header).await
    };
    let (_, left, _) = ask("x-hubspot-ratelimit-remaining").await;
    assert_eq!(left, "1");
    let (_, window, _) = ask("x-hubspot-ratelimit-interval-milliseconds").await;
    assert_eq!(window, "10000");
    let (status, wait, body) = ask("retry-after").await;
    assert_eq!((status.as_u16(), wait.as_str()), (429, ""));
    assert_eq!(body["policyName"], "TEN_SECONDLY_ROLLING");
    assert_eq!(body["errorType"], "RATE_LIMIT");
    assert_eq!(
        body["message"],
        "You have reached your ten_secondly_rolling limit."
    );
    assert_eq!(body["correlationId"].as_str().unwrap().len(), 36);
    hubspot.clock.advance(TimeDelta::seconds(10));
    let (status, most, _) = ask("x-hubspot-ratelimit-max").await;
    assert_eq!((status.as_u16(), most.as_str()), (200, "2"));
}

#[tokio::test]
async fn searches_count_apart_and_say_less() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    let path = format!("{CONTACTS}/search");
    for _ in 0..5 {
        assert_eq!(hubspot.post(&token, &path, &json!({})).await.0, 200);
    }
    let request = hubspot.visitor.http.post(hubspot.visitor.url(&path));
    let request = request
        .bearer_auth(&token)
        .header("content-type", "application/json")
        .body("{}");
    let response = request.send().await.unwrap();
    let (status, header, body) = told(response, "x-hubspot-ratelimit-max").await;
    assert_eq!((status.as_u16(), header.as_str()), (429, ""));
    assert_eq!(body["policyName"], "SECONDLY");
    assert_eq!(body["message"], "You have reached your secondly limit.");
    assert_eq!(hubspot.get(&token, CONTACTS).await.0, 200);
}

#[tokio::test]
async fn faults_and_orders_come_over_http() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    let admin = async |path: &str, body: Value| {
        let request = hubspot
            .visitor
            .http
            .post(hubspot.visitor.url(&format!("/practice/admin/{path}")))
            .header("content-type", "application/json")
            .body(body.to_string());
        told(request.send().await.unwrap(), "").await
    };
    let daily = json!({ "status": "error", "errorType": "RATE_LIMIT", "policyName": "DAILY" });
    let fault = json!({ "path_prefix": "/crm/", "status": 429, "body": daily.to_string() });
    assert_eq!(admin("faults", fault).await.0, 200);
    let (status, body) = hubspot.get(&token, CONTACTS).await;
    assert_eq!(
        (status.as_u16(), &body["policyName"]),
        (429, &json!("DAILY"))
    );
    assert_eq!(hubspot.get(&token, CONTACTS).await.0, 200);

    let (_, _, contacts) = admin("orders/contacts", json!({})).await;
    assert_eq!(contacts["contacts"].as_array().unwrap().len(), 120);
    let scopes = json!({ "scopes": "crm.objects.contacts.read" });
    assert_eq!(admin("orders/withhold_scopes", scopes).await.0, 200);
    assert_eq!(hubspot.get(&token, CONTACTS).await.0, 403);
    let ended = admin("orders/uninstall", json!({ "client_id": CLIENT_ID })).await;
    assert_eq!(ended.2["ended"], 1);
    assert_eq!(hubspot.get(&token, CONTACTS).await.0, 401);
    assert_eq!(admin("orders/nothing", json!({})).await.0, 400);

    // the clock moves for the vendor alone
    assert_eq!(admin("clock", json!({ "shift_seconds": 60 })).await.0, 200);
    assert_eq!(
        hubspot.running.ground().clock_shift(),
        TimeDelta::seconds(60)
    );
    let page = hubspot.visitor.get("/").await.text().await.unwrap();
    assert!(page.contains("Order confirmation") && page.contains("super admin of Northwind"));
}
