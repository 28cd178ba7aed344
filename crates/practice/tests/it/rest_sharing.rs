//! Records that one user may see or change and another may not.

use serde_json::json;

use crate::rest_support::{ADMIN, BEN, MARIA, Rest};
use crate::support::org_with;

const GRACE: &str = "grace.okoro@northwind-practice.example";
const SOFIE: &str = "sofie.nygaard@northwind-practice.example";

/// How many of these records a user sees, by query, count, search and id.
async fn sights(client: &Rest<'_>, id: &str) -> [bool; 4] {
    let soql = format!("SELECT Id FROM Opportunity WHERE Id = '{id}'");
    let listed = client.records(&soql).await.len() == 1;
    let count =
        format!("SELECT COUNT() FROM Opportunity WHERE Name = 'Hidden treasure' AND Id = '{id}'");
    let counted = client.query(&count).await.expect(200).body["totalSize"] == 1;
    let search = "/search?q=FIND+%7BHidden+treasure%7D+RETURNING+Opportunity";
    let found = client.get(search).await.expect(200).raw.contains(id);
    let path = format!("/sobjects/Opportunity/{id}");
    let read = client.get(&path).await.status == 200;
    [listed, counted, found, read]
}

async fn deal(client: &Rest<'_>, private: bool) -> String {
    let body = json!({
        "Name": "Hidden treasure", "StageName": "Prospecting", "CloseDate": "2026-12-24", "IsPrivate": private,
    });
    client
        .post("/sobjects/Opportunity", body)
        .await
        .expect(201)
        .id()
}

// proves SFB-OBJ-25, SFB-OBJ-15, SFB-ERR-43
#[tokio::test]
async fn private_objects_belong_to_owners_and_those_above() {
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("private.txt");
    std::fs::write(&schema, "extend Opportunity\nsharing private\n").unwrap();
    let org = org_with(|options| options.schema = Some(schema)).await;
    let (admin, maria, ben, grace) = (
        org.rest(ADMIN).await,
        org.rest(MARIA).await,
        org.rest(BEN).await,
        org.rest(GRACE).await,
    );
    let id = deal(&maria, false).await;
    let mut seen = Vec::new();
    for client in [&admin, &maria, &grace, &ben] {
        seen.push(sights(client, &id).await);
    }
    assert_eq!(seen, [[true; 4], [true; 4], [true; 4], [false; 4]]);
    let path = format!("/sobjects/Opportunity/{id}");
    let words = format!(
        "insufficient access rights on cross-reference id: {}",
        &id[..15]
    );
    let hidden = json!([{
        "message": words,
        "errorCode": "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "fields": [],
    }]);
    let change = ben.patch(&path, json!({"NextStep": "x"})).await.expect(400);
    assert_eq!(change.body, hidden);
    assert_eq!(ben.delete(&path).await.expect(400).body, hidden);
    let about = json!({"Subject": "Call", "WhatId": id});
    let refers = ben.post("/sobjects/Task", about).await.expect(400);
    assert_eq!(refers.body, hidden);
    let all = "SELECT COUNT() FROM Opportunity";
    let count =
        async |client: &Rest<'_>| client.query(all).await.expect(200).body["totalSize"].as_u64();
    assert!(count(&ben).await < count(&grace).await);
    grace
        .patch(&path, json!({"NextStep": "x"}))
        .await
        .expect(204);
}

// proves SFB-OBJ-25, SFB-ERR-9
#[tokio::test]
async fn what_everyone_may_change_only_owners_may_delete() {
    let org = org_with(|_| {}).await;
    let (maria, ben, grace, sofie) = (
        org.rest(MARIA).await,
        org.rest(BEN).await,
        org.rest(GRACE).await,
        org.rest(SOFIE).await,
    );
    let id = deal(&maria, false).await;
    let path = format!("/sobjects/Opportunity/{id}");
    ben.patch(&path, json!({"NextStep": "x"})).await.expect(204);
    let refused = ben.delete(&path).await.expect(403);
    assert_eq!(
        refused.body,
        json!([{
            "message": "insufficient access rights on object id",
            "errorCode": "INSUFFICIENT_ACCESS_OR_READONLY",
            "fields": [],
        }])
    );
    sofie.get(&path).await.expect(200);
    grace.delete(&path).await.expect(204);
}

// proves SFB-OBJ-26
#[tokio::test]
async fn a_private_opportunity_is_hidden() {
    let org = org_with(|_| {}).await;
    let (maria, ben, grace) = (
        org.rest(MARIA).await,
        org.rest(BEN).await,
        org.rest(GRACE).await,
    );
    let id = deal(&maria, true).await;
    assert_eq!(sights(&ben, &id).await, [false; 4]);
    assert_eq!(sights(&grace, &id).await, [true; 4]);
    let path = format!("/sobjects/Opportunity/{id}");
    maria
        .patch(&path, json!({"IsPrivate": false}))
        .await
        .expect(204);
    assert_eq!(sights(&ben, &id).await, [true; 4]);
}
