//! Rows that the org's own rules refuse: validation, duplicates, locks, automation, hierarchies, owners, prices.
//! Every body is compared as a whole.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, MARIA, Reply, Rest};
use crate::support::{org, org_with};

/// The body of an answer with one error of a row.
fn row_error(code: &str, message: &str, fields: &[&str]) -> Value {
    json!([{ "message": message, "errorCode": code, "fields": fields }])
}

async fn create(client: &Rest<'_>, object: &str, body: Value) -> String {
    let path = format!("/sobjects/{object}");
    client.post(&path, body).await.expect(201).id()
}

#[track_caller]
fn refused(reply: Reply, code: &str, message: &str, fields: &[&str]) {
    let reply = reply.expect(400);
    assert_eq!(reply.body, row_error(code, message, fields));
}

// proves SFB-ERR-20
#[tokio::test]
async fn validation_rules_answer_the_words_of_the_admin() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let code = "FIELD_CUSTOM_VALIDATION_EXCEPTION";
    let reply = admin
        .post(
            "/sobjects/Account",
            json!({"Name": "A", "NumberOfEmployees": -1}),
        )
        .await;
    let words = "The number of employees cannot be negative.";
    refused(reply, code, words, &["NumberOfEmployees"]);
    let dates = json!({"Issue_Date__c": "2026-11-02", "Due_Date__c": "2026-11-01"});
    let reply = admin.post("/sobjects/Invoice__c", dates).await;
    let words = "The due date cannot be before the issue date.";
    refused(reply, code, words, &["Due_Date__c"]);
    let id = create(&admin, "Invoice__c", json!({"Status__c": "Sent"})).await;
    let path = format!("/sobjects/Invoice__c/{id}");
    let reply = admin.patch(&path, json!({"Status__c": "Paid"})).await;
    refused(
        reply,
        code,
        "An invoice without an amount cannot be paid.",
        &[],
    );
    let paid = json!({"Status__c": "Paid", "Amount__c": 10, "Tax_Percent__c": 20});
    admin.patch(&path, paid).await.expect(204);
    let row = admin.get(&path).await.expect(200).body;
    assert_eq!(row["Total__c"], 12.0);
}

// proves SFB-ERR-22, SFB-ERR-37, SFB-REST-14
#[tokio::test]
async fn duplicate_rules_stop_a_second_record() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let contact = json!({"LastName": "Twin", "Email": "twin@pair.example"});
    let first = create(&admin, "Contact", contact.clone()).await;
    let words = "Use one of these records?";
    let reply = admin.post("/sobjects/Contact", contact.clone()).await;
    refused(reply, "DUPLICATES_DETECTED", words, &[]);
    let header = "Sforce-Duplicate-Rule-Header";
    let send = async |object: &str, value: &str, body: &Value| {
        let path = format!("/v66.0/sobjects/{object}");
        let headers = [(header, value)];
        admin
            .send("POST", &path, &headers, Some(body.to_string()))
            .await
    };
    let detailed = send("Contact", "includeRecordDetails=true", &contact)
        .await
        .expect(400);
    let url = format!("/services/data/v66.0/sobjects/Contact/{first}");
    assert_eq!(
        detailed.body,
        json!([{
            "message": words,
            "errorCode": "DUPLICATES_DETECTED",
            "fields": [],
            "duplicateResult": {
                "allowSave": true,
                "duplicateRule": "Contact_With_Same_Email",
                "duplicateRuleEntityType": "Contact",
                "errorMessage": words,
                "matchResults": [{
                    "entityType": "Contact",
                    "errors": [],
                    "matchEngine": "ExactMatchEngine",
                    "matchRecords": [{
                        "additionalInformation": [],
                        "fieldDiffs": [],
                        "matchConfidence": 100.0,
                        "record": { "attributes": { "type": "Contact", "url": url }, "Id": first },
                    }],
                    "rule": "Contact_With_Same_Email_Match",
                    "size": 1,
                    "success": true,
                }],
            },
        }])
    );
    send("Contact", "allowSave=true, runAsCurrentUser=true", &contact)
        .await
        .expect(201);
    let lead = json!({"LastName": "L", "Company": "C", "Email": "l@pair.example"});
    create(&admin, "Lead", lead.clone()).await;
    let blocked = send("Lead", "allowSave=true", &lead).await;
    let words =
        "You're creating a duplicate record. We recommend you use an existing record instead.";
    refused(blocked, "DUPLICATES_DETECTED", words, &[]);
    let other = json!({"LastName": "L", "Company": "D", "Email": "l@pair.example"});
    create(&admin, "Lead", other).await;
}

// proves SFB-ERR-26, SFB-ERR-34
#[tokio::test]
async fn locked_and_converted_records_cannot_be_changed() {
    let org = org().await;
    let (admin, maria) = (org.rest(ADMIN).await, org.rest(MARIA).await);
    let invoice = create(&admin, "Invoice__c", json!({"Status__c": "Void"})).await;
    let path = format!("/sobjects/Invoice__c/{invoice}");
    let words = "This record is locked. If you need to edit it, contact your admin.";
    let reply = maria.patch(&path, json!({"Notes__c": "x"})).await;
    refused(reply, "ENTITY_IS_LOCKED", words, &[]);
    admin
        .patch(&path, json!({"Notes__c": "x"}))
        .await
        .expect(204);
    let lead = json!({"LastName": "L", "Company": "C", "IsConverted": true});
    let lead = create(&admin, "Lead", lead).await;
    let reply = admin
        .patch(&format!("/sobjects/Lead/{lead}"), json!({"Title": "x"}))
        .await;
    let code = "CANNOT_UPDATE_CONVERTED_LEAD";
    refused(reply, code, "cannot reference converted lead", &[]);
}

// proves SFB-ERR-23
#[tokio::test]
async fn failing_automation_is_told_as_the_platform_tells_it() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let reply = admin
        .post("/sobjects/Case", json!({"Subject": "#trigger"}))
        .await;
    let words = "CaseRouting: execution of BeforeInsert\n\ncaused by: System.NullPointerException: Attempt to de-reference a null object\n\nTrigger.CaseRouting: line 3, column 1";
    refused(reply, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", words, &[]);
    let case = create(&admin, "Case", json!({"Subject": "S"})).await;
    let reply = admin
        .patch(
            &format!("/sobjects/Case/{case}"),
            json!({"Subject": "#flow"}),
        )
        .await;
    let words = "We can't save this record because the “Case Escalation” process failed. Give your Salesforce admin these details.";
    refused(reply, "CANNOT_EXECUTE_FLOW_TRIGGER", words, &[]);
}

// proves SFB-ERR-33, SFB-ERR-39
#[tokio::test]
async fn no_record_stands_above_itself() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let top = create(&admin, "Account", json!({"Name": "Top"})).await;
    let below = create(&admin, "Account", json!({"Name": "Below", "ParentId": top})).await;
    let path = format!("/sobjects/Account/{top}");
    for parent in [&below, &top] {
        let reply = admin.patch(&path, json!({"ParentId": parent})).await;
        let words = "attempt to violate hierarchy constraints";
        refused(reply, "CIRCULAR_DEPENDENCY", words, &["ParentId"]);
    }
    admin
        .delete(&format!("/sobjects/Account/{below}"))
        .await
        .expect(204);
    let reply = admin.patch(&path, json!({"ParentId": below})).await;
    refused(reply, "ENTITY_IS_DELETED", "entity is deleted", &[]);
}

// proves SFB-ERR-26, SFB-ERR-35
#[tokio::test]
async fn owners_must_be_active_and_able_to_read() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let user = async |name: &str| {
        admin
            .first_id(&format!("SELECT Id FROM User WHERE Name = '{name}'"))
            .await
    };
    let (gone, service) = (user("Paul Renner").await, user("Sofie Nygaard").await);
    let body = json!({"Name": "A", "OwnerId": gone});
    let reply = admin.post("/sobjects/Account", body).await;
    let short = &gone[..15];
    let words = format!("operation performed with inactive user [{short}] as owner of account");
    refused(reply, "INACTIVE_OWNER_OR_USER", &words, &[]);
    let reply = admin
        .post("/sobjects/Invoice__c", json!({"OwnerId": service}))
        .await;
    let words = "The new owner must have read permission";
    refused(reply, "TRANSFER_REQUIRES_READ", words, &["OwnerId"]);
}

// proves SFB-ERR-31, SFB-ERR-32
#[tokio::test]
async fn references_must_fit_the_record() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = create(&admin, "Account", json!({"Name": "A"})).await;
    let contact = admin
        .first_id("SELECT Id FROM Contact WHERE AccountId != null LIMIT 1")
        .await;
    let body = json!({"Account__c": account, "Contact__c": contact});
    let reply = admin.post("/sobjects/Invoice__c", body).await;
    let words = "Value does not exist or does not match filter criteria.";
    refused(
        reply,
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        words,
        &["Contact__c"],
    );
    let deal = json!({"Name": "D", "StageName": "Prospecting", "CloseDate": "2026-12-24"});
    let deal = create(&admin, "Opportunity", deal).await;
    let entry = async |active: bool| {
        let soql = format!("SELECT Id FROM PricebookEntry WHERE IsActive = {active} LIMIT 1");
        admin.first_id(&soql).await
    };
    let line =
        |entry: String| json!({"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 2});
    let reply = admin
        .post("/sobjects/OpportunityLineItem", line(entry(false).await))
        .await;
    let words = "field integrity exception: PricebookEntryId (pricebook entry is inactive)";
    refused(
        reply,
        "FIELD_INTEGRITY_EXCEPTION",
        words,
        &["PricebookEntryId"],
    );
    let line = create(&admin, "OpportunityLineItem", line(entry(true).await)).await;
    let row = admin
        .get(&format!("/sobjects/OpportunityLineItem/{line}"))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&row["TotalPrice"], &row["ListPrice"]),
        (&json!(96_000.0), &json!(48_000.0))
    );
    let path = format!("/sobjects/Opportunity/{deal}?fields=Amount,HasOpportunityLineItem");
    let row = admin.get(&path).await.expect(200).body;
    assert_eq!(
        (&row["Amount"], &row["HasOpportunityLineItem"]),
        (&json!(96_000.0), &json!(true))
    );
}

// proves SFB-ERR-36
#[tokio::test]
async fn a_full_org_takes_no_more_records() {
    let org = org_with(|options| options.most_records = Some(1_000)).await;
    let admin = org.rest(ADMIN).await;
    let reply = admin.post("/sobjects/Account", json!({"Name": "A"})).await;
    refused(
        reply,
        "STORAGE_LIMIT_EXCEEDED",
        "storage limit exceeded",
        &[],
    );
}

// proves SFB-REST-12
#[tokio::test]
async fn an_assignment_rule_can_be_named() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let rule = admin
        .first_id("SELECT Id FROM AssignmentRule WHERE SobjectType = 'Lead' AND Active = false")
        .await;
    let lead = json!({"LastName": "L", "Company": "C"}).to_string();
    let headers = [("Sforce-Auto-Assign", rule.as_str())];
    let path = "/v66.0/sobjects/Lead";
    let id = admin
        .send("POST", path, &headers, Some(lead))
        .await
        .expect(201)
        .id();
    let rows = admin
        .records(&format!("SELECT Owner.Name FROM Lead WHERE Id = '{id}'"))
        .await;
    assert_eq!(rows[0]["Owner"]["Name"], "Grace Okoro");
    let case = json!({"Subject": "S"}).to_string();
    let reply = admin
        .send("POST", "/v66.0/sobjects/Case", &headers, Some(case))
        .await;
    let code = "INVALID_CROSS_REFERENCE_KEY";
    refused(reply, code, "invalid cross reference id", &[]);
}

// proves SFB-ERR-38
#[tokio::test]
async fn records_have_a_type_of_their_object() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let case = create(&admin, "Case", json!({"Subject": "S"})).await;
    let soql = format!("SELECT RecordType.DeveloperName FROM Case WHERE Id = '{case}'");
    let rows = admin.records(&soql).await;
    assert_eq!(rows[0]["RecordType"]["DeveloperName"], "Support_Request");
    let other = "012gL0000000zzzQAA";
    let reply = admin
        .post("/sobjects/Case", json!({"RecordTypeId": other}))
        .await;
    let code = "INVALID_CROSS_REFERENCE_KEY";
    let words = format!("Record Type ID: this ID value isn't valid for the user: {other}");
    refused(reply, code, &words, &["RecordTypeId"]);
}
