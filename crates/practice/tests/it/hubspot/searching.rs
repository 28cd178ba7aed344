//! The search over contacts.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{CONTACTS, SCOPES, TestHubSpot, category, hubspot, hubspot_with};

async fn search(hubspot: &TestHubSpot, token: &str, wanted: Value) -> (u16, Value) {
    // a second later the allowance of searches is fresh
    hubspot.clock.advance(TimeDelta::seconds(1));
    let path = format!("{CONTACTS}/search");
    let (status, answer) = hubspot.post(token, &path, &wanted).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn conditions_words_and_order_find_contacts() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    let anna = json!({ "propertyName": "firstname", "operator": "EQ", "value": "anna" });
    let abbott = json!({ "propertyName": "lastname", "operator": "EQ", "value": "Abbott" });
    let both = json!({ "filterGroups": [{ "filters": [anna, abbott] }] });
    let (_, both) = search(&hubspot, &token, both).await;
    assert_eq!(both["total"], 1);
    let either = json!({ "filterGroups": [{ "filters": [anna] }, { "filters": [abbott] }] });
    let (_, either) = search(&hubspot, &token, either).await;
    assert_eq!(either["total"], 10 + 11 - 1);
    assert_eq!(either["results"].as_array().unwrap().len(), 10);
    assert_eq!(either["paging"]["next"]["after"], "10");

    let words = json!({ "query": "anna abbott", "properties": ["company"] });
    let (_, words) = search(&hubspot, &token, words).await;
    assert_eq!(words["total"], 1);
    assert_eq!(
        words["results"][0]["properties"]["company"],
        "Alpine Optics"
    );

    let sorted = json!({
        "sorts": [{ "propertyName": "lastmodifieddate", "direction": "DESCENDING" }],
        "limit": 200,
    });
    let (_, sorted) = search(&hubspot, &token, sorted).await;
    let results = sorted["results"].as_array().unwrap();
    assert_eq!(results.len(), 120);
    assert!(sorted.get("paging").is_none());
    assert_eq!(results[0]["id"], "220");
    let newest = results[0]["properties"]["lastmodifieddate"].clone();
    let since = json!({ "propertyName": "lastmodifieddate", "operator": "GTE", "value": newest });
    let since = json!({ "filterGroups": [{ "filters": [since] }], "sorts": ["lastmodifieddate"] });
    let (_, since) = search(&hubspot, &token, since).await;
    assert_eq!(since["total"], 1);
    assert!(hubspot.running.vendor().written_contacts().is_empty());
}

#[tokio::test]
async fn the_window_ends_at_ten_thousand() {
    let mut hubspot = hubspot_with(|options| options.contacts = 10_050).await;
    let token = hubspot.connect(SCOPES).await;
    let last = json!({ "limit": 200, "after": "9800" });
    let (status, last) = search(&hubspot, &token, last).await;
    assert_eq!(status, 200);
    assert_eq!(last["total"], 10_050);
    assert_eq!(last["paging"]["next"]["after"], "10000");
    let beyond = json!({ "limit": 200, "after": 10_000 });
    let (status, beyond) = search(&hubspot, &token, beyond).await;
    assert_eq!((status, category(&beyond)), (400, "VALIDATION_ERROR"));
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let mut hubspot = hubspot().await;
    let token = hubspot.connect(SCOPES).await;
    let filter = json!({ "propertyName": "email", "operator": "HAS_PROPERTY" });
    let group = json!({ "filters": [filter] });
    for wanted in [
        json!({ "limit": 201 }),
        json!({ "limit": 0 }),
        json!({ "after": "x" }),
        json!({ "query": "x".repeat(3_001) }),
        json!({ "filterGroups": vec![group; 6] }),
        json!({ "filterGroups": [{ "filters": vec![filter; 7] }] }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "nothing", "operator": "HAS_PROPERTY" }] }] }),
        json!({ "filterGroups": [{ "filters": [{ "propertyName": "email", "operator": "LIKE", "value": "x" }] }] }),
        json!({ "sorts": ["email", "phone"] }),
        json!({ "sorts": ["nothing"] }),
        json!({ "filters": [] }),
    ] {
        let (status, answer) = search(&hubspot, &token, wanted.clone()).await;
        assert_eq!(
            (status, category(&answer)),
            (400, "VALIDATION_ERROR"),
            "{wanted}"
        );
    }
}
