//! Creating, reading, changing and deleting rows, with the rights of different users.

use serde_json::json;

use crate::rest_support::{ADMIN, BEN, MARIA, RUTH};
use crate::support::{org, org_in};

// proves SFB-OBJ-3, SFB-OBJ-4, SFB-OBJ-5, SFB-OBJ-16, SFB-REST-6, SFB-REST-7, SFB-REST-13, SFB-VAL-1, SFB-VAL-4, SFB-VAL-5
// proves SFB-VAL-2
#[tokio::test]
async fn a_row_is_created_read_and_changed() {
    let org = org().await;
    let maria = org.rest(MARIA).await;
    let client = [
        ("Sforce-Call-Options", "client=gatelodge/test"),
        ("content-type", "application/json"),
    ];
    let body = json!({"Name": "  Acme ", "billingcity": "Lyon", "AnnualRevenue": 139_000_000, "Description": ""});
    let created = maria
        .send(
            "POST",
            "/v66.0/sobjects/Account",
            &client,
            Some(body.to_string()),
        )
        .await
        .expect(201);
    let id = created.id();
    assert_eq!(
        created.body,
        json!({"id": id, "success": true, "errors": []})
    );
    let address = format!("/services/data/v66.0/sobjects/Account/{id}");
    assert_eq!(created.headers["location"], address);
    let row = maria
        .get(&format!("/sobjects/Account/{}", &id[..15]))
        .await
        .expect(200);
    assert_eq!(
        row.body["attributes"],
        json!({"type": "Account", "url": address})
    );
    assert_eq!(
        (&row.body["Name"], &row.body["Description"]),
        (&json!("Acme"), &json!(null))
    );
    assert_eq!(row.body["BillingAddress"]["city"], "Lyon");
    assert!(row.raw.contains("\"AnnualRevenue\":1.39E8"));
    assert!(
        row.body["CreatedDate"]
            .as_str()
            .unwrap()
            .ends_with(".000+0000")
    );
    maria
        .patch(
            &format!("/sobjects/Account/{id}"),
            json!({"Industry": "Energy"}),
        )
        .await
        .expect(204);
    let some = maria
        .get(&format!("/sobjects/Account/{id}?fields=industry,Id"))
        .await
        .expect(200);
    assert_eq!(some.body.as_object().unwrap().len(), 3);
    assert_eq!(
        maria
            .get(&format!("/sobjects/Account/{id}?fields=Nope"))
            .await
            .expect(400)
            .code(),
        "INVALID_FIELD"
    );
    assert_eq!(org.writers(&id), [Some("gatelodge/test".to_owned()), None]);
}

// proves SFB-OBJ-6, SFB-ERR-9
#[tokio::test]
async fn a_deleted_row_is_gone_for_reads_and_writes() {
    let org = org().await;
    let maria = org.rest(MARIA).await;
    let id = maria
        .post("/sobjects/Account", json!({"Name": "Short"}))
        .await
        .expect(201)
        .id();
    assert_eq!(
        maria
            .delete(&format!("/sobjects/Account/{id}"))
            .await
            .expect(403)
            .code(),
        "INSUFFICIENT_ACCESS_OR_READONLY"
    );
    let admin = org.rest(ADMIN).await;
    admin
        .delete(&format!("/sobjects/Account/{id}"))
        .await
        .expect(204);
    assert_eq!(
        admin
            .get(&format!("/sobjects/Account/{id}"))
            .await
            .expect(404)
            .code(),
        "NOT_FOUND"
    );
    let again = admin
        .delete(&format!("/sobjects/Account/{id}"))
        .await
        .expect(404);
    assert_eq!(
        (again.code(), again.message()),
        ("ENTITY_IS_DELETED", "entity is deleted")
    );
    assert_eq!(
        admin
            .patch(&format!("/sobjects/Account/{id}"), json!({"Name": "x"}))
            .await
            .expect(404)
            .code(),
        "ENTITY_IS_DELETED"
    );
    assert_eq!(org.writers(&id).len(), 2);
}

// proves SFB-ERR-9, SFB-ERR-16, SFB-ERR-17
#[tokio::test]
async fn rights_differ_by_user() {
    let org = org().await;
    let (admin, ben, ruth) = (
        org.rest(ADMIN).await,
        org.rest(BEN).await,
        org.rest(RUTH).await,
    );
    let id = admin
        .first_id("SELECT Id FROM Account WHERE AnnualRevenue != null LIMIT 1")
        .await;
    let path = format!("/sobjects/Account/{id}");
    assert!(
        admin
            .get(&path)
            .await
            .expect(200)
            .body
            .get("AnnualRevenue")
            .is_some()
    );
    assert!(
        ben.get(&path)
            .await
            .expect(200)
            .body
            .get("AnnualRevenue")
            .is_none()
    );
    let hidden = ben
        .patch(&path, json!({"AnnualRevenue": 1}))
        .await
        .expect(400);
    assert_eq!(
        (hidden.code(), hidden.message()),
        (
            "INVALID_FIELD",
            "No such column 'AnnualRevenue' on sobject of type Account"
        )
    );
    let read_only = ben
        .patch(&path, json!({"AccountNumber": "1"}))
        .await
        .expect(400);
    assert_eq!(read_only.code(), "INVALID_FIELD_FOR_INSERT_UPDATE");
    ben.patch(&path, json!({"Phone": "+1 312 555 0000"}))
        .await
        .expect(204);
    assert_eq!(
        ruth.patch(&path, json!({"Phone": "1"}))
            .await
            .expect(403)
            .code(),
        "INSUFFICIENT_ACCESS_OR_READONLY"
    );
    assert_eq!(
        ruth.post("/sobjects/Account", json!({"Name": "A"}))
            .await
            .expect(403)
            .code(),
        "INSUFFICIENT_ACCESS_OR_READONLY"
    );
}

// proves SFB-REST-8, SFB-REST-15
#[tokio::test]
async fn a_stale_precondition_stops_an_update() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let id = admin
        .post("/sobjects/Account", json!({"Name": "A"}))
        .await
        .expect(201)
        .id();
    let path = format!("/v66.0/sobjects/Account/{id}");
    let body = || Some(json!({"Name": "B"}).to_string());
    let old = [("If-Unmodified-Since", "Mon, 02 Nov 2026 10:00:00 GMT")];
    let reply = admin.send("PATCH", &path, &old, body()).await.expect(412);
    assert_eq!(reply.code(), "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE");
    admin
        .send(
            "PATCH",
            &path,
            &[("If-Unmodified-Since", "yesterday")],
            body(),
        )
        .await
        .expect(400);
    let later = [("If-Unmodified-Since", "Wed, 02 Dec 2026 10:00:00 GMT")];
    admin.send("PATCH", &path, &later, body()).await.expect(204);
    admin
        .send("POST", &format!("{path}?_HttpMethod=PATCH"), &[], body())
        .await
        .expect(204);
    assert_eq!(org.writers(&id).len(), 3);
}

// proves SFB-REST-12
#[tokio::test]
async fn assignment_rules_run_unless_told_otherwise() {
    let org = org().await;
    let maria = org.rest(MARIA).await;
    let lead = json!({"LastName": "New", "Company": "C"});
    let id = maria
        .post("/sobjects/Lead", lead.clone())
        .await
        .expect(201)
        .id();
    let rows = maria
        .records(&format!(
            "SELECT Owner.Name, Owner.Type FROM Lead WHERE Id = '{id}'"
        ))
        .await;
    assert_eq!(
        (&rows[0]["Owner"]["Name"], &rows[0]["Owner"]["Type"]),
        (&json!("Inbound Leads"), &json!("Queue"))
    );
    let off = [("Sforce-Auto-Assign", "FALSE")];
    let id = maria
        .send("POST", "/v66.0/sobjects/Lead", &off, Some(lead.to_string()))
        .await
        .expect(201)
        .id();
    let rows = maria
        .records(&format!("SELECT Owner.Name FROM Lead WHERE Id = '{id}'"))
        .await;
    assert_eq!(rows[0]["Owner"]["Name"], "Maria Lopez");
    let case = maria
        .post(
            "/sobjects/Case",
            json!({"Subject": "S", "Priority": "High"}),
        )
        .await
        .expect(201)
        .id();
    let row = maria
        .get(&format!("/sobjects/Case/{case}/Owner"))
        .await
        .expect(200)
        .body;
    assert_eq!(row["Name"], "Premium Support");
    let numbers = maria
        .records("SELECT CaseNumber FROM Case ORDER BY CaseNumber DESC LIMIT 2")
        .await;
    let number =
        |row: &serde_json::Value| row["CaseNumber"].as_str().unwrap().parse::<u32>().unwrap();
    assert_eq!(number(&numbers[0]), number(&numbers[1]) + 1);
}

// proves SFB-OBJ-12, SFB-ERR-24
#[tokio::test]
async fn derived_fields_follow_and_children_go_along_or_hold_fast() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = admin
        .post("/sobjects/Account", json!({"Name": "Parent"}))
        .await
        .expect(201)
        .id();
    let deal = json!({"Name": "D", "StageName": "Closed Won", "CloseDate": "2026-12-24", "Amount": 10, "AccountId": account});
    let deal = admin
        .post("/sobjects/Opportunity", deal)
        .await
        .expect(201)
        .id();
    let row = admin
        .get(&format!("/sobjects/Opportunity/{deal}"))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&row["IsWon"], &row["Probability"], &row["FiscalQuarter"]),
        (&json!(true), &json!(100.0), &json!(4))
    );
    let children = admin
        .get(&format!("/sobjects/Account/{account}/Opportunities"))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&children["totalSize"], &children["records"][0]["Id"]),
        (&json!(1), &json!(deal))
    );
    let case = admin
        .post(
            "/sobjects/Case",
            json!({"Subject": "S", "AccountId": account}),
        )
        .await
        .expect(201)
        .id();
    let refused = admin
        .delete(&format!("/sobjects/Account/{account}"))
        .await
        .expect(400);
    assert_eq!(refused.code(), "DELETE_FAILED");
    assert!(refused.message().starts_with("Your attempt to delete Parent could not be completed because it is associated with the following cases.: 0000"));
    admin
        .get(&format!("/sobjects/Opportunity/{deal}"))
        .await
        .expect(200);
    admin
        .delete(&format!("/sobjects/Case/{case}"))
        .await
        .expect(204);
    admin
        .delete(&format!("/sobjects/Account/{account}"))
        .await
        .expect(204);
    admin
        .get(&format!("/sobjects/Opportunity/{deal}"))
        .await
        .expect(404);
}

#[tokio::test]
async fn records_survive_a_stop_and_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let org = org_in(folder.path()).await;
    let admin = org.rest(ADMIN).await;
    let body = json!({"Invoice_Number__c": "KEPT-1", "Amount__c": 99.5, "Due_Date__c": "2026-12-01", "Reminder_Time__c": "10:30:00.000Z"});
    let id = admin
        .post("/sobjects/Invoice__c", body)
        .await
        .expect(201)
        .id();
    let gone = admin.first_id("SELECT Id FROM Task LIMIT 1").await;
    admin
        .delete(&format!("/sobjects/Task/{gone}"))
        .await
        .expect(204);
    let before = admin
        .get(&format!("/sobjects/Invoice__c/{id}"))
        .await
        .expect(200)
        .body;
    org.running.shutdown().await;
    let org = org_in(folder.path()).await;
    let admin = org.rest(ADMIN).await;
    assert_eq!(
        admin
            .get("/sobjects/Invoice__c/Invoice_Number__c/kept-1")
            .await
            .expect(200)
            .body,
        before
    );
    admin
        .get(&format!("/sobjects/Task/{gone}"))
        .await
        .expect(404);
    assert_eq!(org.writers(&id).len(), 1);
    let next = admin
        .post("/sobjects/Invoice__c", json!({"Name": "N"}))
        .await
        .expect(201)
        .id();
    assert_ne!(next, id);
}
