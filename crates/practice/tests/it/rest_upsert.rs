//! Rows by external id.

use serde_json::json;

use crate::rest_support::ADMIN;
use crate::support::org;

const PATH: &str = "/sobjects/Invoice__c/Invoice_Number__c/UP-1";

// proves SFB-OBJ-8, SFB-OBJ-9, SFB-OBJ-10, SFB-OBJ-14, SFB-OBJ-29
#[tokio::test]
async fn upsert_creates_once_and_then_updates() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let missing = admin
        .patch(&format!("{PATH}?updateOnly=true"), json!({"Amount__c": 1}))
        .await
        .expect(404);
    assert_eq!(missing.code(), "NOT_FOUND");
    let created = admin
        .patch(PATH, json!({"Amount__c": 100, "Tax_Percent__c": 20}))
        .await
        .expect(201);
    let id = created.id();
    assert_eq!(
        created.body,
        json!({"id": id, "success": true, "errors": [], "created": true})
    );
    assert_eq!(
        created.headers["location"],
        format!("/services/data/v66.0/sobjects/Invoice__c/{id}")
    );
    let updated = admin
        .patch(PATH, json!({"Amount__c": 200}))
        .await
        .expect(200);
    assert_eq!(
        updated.body,
        json!({"id": id, "success": true, "errors": [], "created": false})
    );
    let row = admin.get(PATH).await.expect(200).body;
    assert_eq!(
        (&row["Invoice_Number__c"], &row["Total__c"]),
        (&json!("UP-1"), &json!(240.0))
    );
    let old = admin
        .send(
            "PATCH",
            &format!("/v45.0{PATH}"),
            &[],
            Some("{}".to_owned()),
        )
        .await
        .expect(204);
    assert!(old.raw.is_empty());
    admin
        .patch(&format!("{PATH}?updateOnly=true"), json!({"Amount__c": 5}))
        .await
        .expect(200);
    let twice = admin
        .patch(PATH, json!({"Invoice_Number__c": "UP-1"}))
        .await
        .expect(400);
    assert_eq!(twice.code(), "INVALID_FIELD");
    admin
        .patch(
            &format!("/sobjects/Invoice__c/Id/{id}"),
            json!({"Amount__c": 7}),
        )
        .await
        .expect(200);
    admin.delete(PATH).await.expect(204);
    assert_eq!(admin.get(PATH).await.expect(404).code(), "NOT_FOUND");
    assert_eq!(org.writers(&id).len(), 6);
    let address = org.url(&format!("/practice/admin/writes?id={id}"));
    let counted: serde_json::Value = org
        .http
        .get(address)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let kinds: Vec<&str> = counted["records"][0]["writes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|write| write["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["insert", "update", "update", "update", "update", "delete"]
    );
}

// proves SFB-OBJ-7, SFB-OBJ-11, SFB-OBJ-8
#[tokio::test]
async fn several_hits_answer_300_and_parents_can_be_named_by_external_id() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for _ in 0..2 {
        let body = json!({"LastName": "Twin", "Email": "twin@pair.example"});
        let anyway = [("Sforce-Duplicate-Rule-Header", "allowSave=true")];
        admin
            .send(
                "POST",
                "/v66.0/sobjects/Contact",
                &anyway,
                Some(body.to_string()),
            )
            .await
            .expect(201);
    }
    let several = admin.get("/sobjects/Contact/Email/twin@pair.example").await;
    let several = several.expect(300);
    assert_eq!(several.body.as_array().unwrap().len(), 2);
    assert!(
        several.body[0]
            .as_str()
            .unwrap()
            .starts_with("/services/data/v66.0/sobjects/Contact/003")
    );
    admin
        .patch(
            "/sobjects/Contact/Email/twin@pair.example",
            json!({"Title": "T"}),
        )
        .await
        .expect(300);
    let reply = admin.get("/sobjects/Account/Sic/1").await.expect(404);
    assert_eq!(
        reply.message(),
        "Provided external ID field does not exist or is not accessible: Sic"
    );
    let owned =
        json!({"Owner": {"Username": "maria.lopez@northwind-practice.example"}, "Name": "Owned"});
    let id = admin
        .post("/sobjects/Account", owned)
        .await
        .expect(201)
        .id();
    let owner = admin
        .get(&format!("/sobjects/Account/{id}/Owner?fields=Name"))
        .await
        .expect(200)
        .body;
    assert_eq!(owner["Name"], "Maria Lopez");
}
