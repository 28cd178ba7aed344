//! What a person may not do, with the whole body of the answer.

use serde_json::json;

use crate::rest_support::{ADMIN, BEN, RUTH, SOFIE};
use crate::support::org;

// proves SFB-ERR-9
#[tokio::test]
async fn what_the_person_may_not_do_is_refused() {
    let org = org().await;
    let (admin, ruth, sofie) = (
        org.rest(ADMIN).await,
        org.rest(RUTH).await,
        org.rest(SOFIE).await,
    );
    let account = json!({"Name": "A"});
    let id = admin
        .post("/sobjects/Account", account.clone())
        .await
        .expect(201)
        .id();
    let path = format!("/sobjects/Account/{id}");
    let refused = json!([{
        "message": "insufficient access rights on object id",
        "errorCode": "INSUFFICIENT_ACCESS_OR_READONLY",
        "fields": [],
    }]);
    for reply in [
        ruth.post("/sobjects/Account", account.clone()).await,
        ruth.patch(&path, account).await,
        ruth.delete(&path).await,
    ] {
        assert_eq!(reply.expect(403).body, refused);
    }
    // Service agents may not see invoices: such a record can neither be read nor referred to.
    let invoice = admin.first_id("SELECT Id FROM Invoice__c LIMIT 1").await;
    let hidden = sofie.get(&format!("/sobjects/Invoice__c/{invoice}")).await;
    let missing =
        json!([{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]);
    assert_eq!(hidden.expect(404).body, missing);
    let task = json!({"Subject": "Call", "WhatId": invoice});
    let reply = sofie.post("/sobjects/Task", task).await.expect(400);
    let message = format!(
        "insufficient access rights on cross-reference id: {}",
        &invoice[..15]
    );
    assert_eq!(
        reply.body,
        json!([{
            "message": message,
            "errorCode": "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
            "fields": [],
        }])
    );
}

// proves SFB-OBJ-6
#[tokio::test]
async fn a_deleted_record_is_told_from_one_that_never_was() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let id = admin
        .post("/sobjects/Account", json!({"Name": "Gone"}))
        .await
        .expect(201)
        .id();
    let path = format!("/sobjects/Account/{id}");
    admin.delete(&path).await.expect(204);
    let deleted =
        json!([{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]);
    assert_eq!(admin.delete(&path).await.expect(404).body, deleted);
    let change = admin.patch(&path, json!({"Name": "x"})).await;
    assert_eq!(change.expect(404).body, deleted);
}

// proves SFB-ERR-16: fields that are read-only for the person, all of them in one message
#[tokio::test]
async fn read_only_fields_are_listed() {
    let org = org().await;
    let (admin, ben) = (org.rest(ADMIN).await, org.rest(BEN).await);
    let id = admin
        .post("/sobjects/Account", json!({"Name": "A"}))
        .await
        .expect(201)
        .id();
    let change = json!({"AccountNumber": "1", "CreatedDate": "2020-01-01"});
    let reply = ben.patch(&format!("/sobjects/Account/{id}"), change).await;
    let message = "Unable to create/update fields: AccountNumber, CreatedDate. Please check the security settings of this field and verify that it is read/write for your profile or permission set.";
    assert_eq!(
        reply.expect(400).body,
        json!([{
            "message": message,
            "errorCode": "INVALID_FIELD_FOR_INSERT_UPDATE",
            "fields": ["AccountNumber", "CreatedDate"],
        }])
    );
    // A field that is hidden from the person does not exist.
    let change = json!({"AnnualRevenue": 1});
    let reply = ben.patch(&format!("/sobjects/Account/{id}"), change).await;
    let message = "No such column 'AnnualRevenue' on sobject of type Account";
    assert_eq!(
        reply.expect(400).body,
        json!([{"message": message, "errorCode": "INVALID_FIELD"}])
    );
}
