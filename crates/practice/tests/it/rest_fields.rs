//! What describe says about single fields, relationships, record types and picklist values.

use serde_json::{Value, json};

use crate::rest_support::{ADMIN, Rest, SOFIE};
use crate::support::{org, text};

async fn describe(rest: &Rest<'_>, object: &str) -> Value {
    let path = format!("/sobjects/{object}/describe");
    rest.get(&path).await.expect(200).body
}

fn field<'a>(object: &'a Value, name: &str) -> &'a Value {
    let fields = object["fields"].as_array().unwrap();
    fields
        .iter()
        .find(|field| field["name"] == name)
        .unwrap_or_else(|| panic!("no field {name}"))
}

// proves SFB-DESC-1: an object that the person may not see is missing everywhere
#[tokio::test]
async fn a_hidden_object_is_absent() {
    let org = org().await;
    let sofie = org.rest(SOFIE).await;
    let all = sofie.get("/sobjects").await.expect(200).body;
    let names: Vec<&str> = all["sobjects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| text(object, "name"))
        .collect();
    assert!(names.contains(&"Account") && !names.contains(&"Invoice__c"));
    sofie.get("/sobjects/Invoice__c/describe").await.expect(404);
    let account = describe(&sofie, "Account").await;
    let children = account["childRelationships"].as_array().unwrap();
    assert!(
        children
            .iter()
            .all(|child| child["childSObject"] != "Invoice__c")
    );
}

// proves SFB-DESC-4, SFB-DESC-12
#[tokio::test]
async fn types_have_their_sizes_and_wire_types() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = describe(&admin, "Account").await;
    for (name, kind, soap, length, bytes, precision) in [
        ("Id", "id", "tns:ID", 18, 18, 0),
        ("OwnerId", "reference", "tns:ID", 18, 18, 0),
        ("Name", "string", "xsd:string", 255, 765, 0),
        ("Description", "textarea", "xsd:string", 32_000, 96_000, 0),
        ("Industry", "picklist", "xsd:string", 40, 120, 0),
        ("IsDeleted", "boolean", "xsd:boolean", 0, 0, 0),
        ("AnnualRevenue", "currency", "xsd:double", 0, 0, 18),
        ("CreatedDate", "datetime", "xsd:dateTime", 0, 0, 0),
        ("LastActivityDate", "date", "xsd:date", 0, 0, 0),
        ("BillingAddress", "address", "urn:address", 0, 0, 0),
    ] {
        let field = field(&account, name);
        let given = json!([
            field["type"],
            field["soapType"],
            field["length"],
            field["byteLength"],
            field["precision"]
        ]);
        assert_eq!(
            given,
            json!([kind, soap, length, bytes, precision]),
            "{name}"
        );
    }
}

// proves SFB-DESC-5
#[tokio::test]
async fn what_describe_calls_required_is_required() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for object in ["Contact", "Lead", "Opportunity", "Case", "Account"] {
        let described = describe(&admin, object).await;
        let mut required: Vec<&str> = described["fields"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|field| {
                field["createable"] == true
                    && field["nillable"] == false
                    && field["defaultedOnCreate"] == false
            })
            .map(|field| text(field, "name"))
            .collect();
        let path = format!("/sobjects/{object}");
        let reply = admin.post(&path, json!({})).await;
        if required.is_empty() {
            reply.expect(201);
            continue;
        }
        let reply = reply.expect(400);
        let mut missing: Vec<&str> = reply.body[0]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        required.sort_unstable();
        missing.sort_unstable();
        assert_eq!(missing, required, "{object}");
    }
}

// proves SFB-DESC-6
#[tokio::test]
async fn the_name_of_a_person_is_made_of_its_parts() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let contact = describe(&admin, "Contact").await;
    let name = field(&contact, "Name");
    assert_eq!(
        json!([
            name["createable"],
            name["updateable"],
            name["extraTypeInfo"]
        ]),
        json!([false, false, "personname"])
    );
    for part in ["FirstName", "LastName"] {
        assert_eq!(field(&contact, part)["compoundFieldName"], "Name");
    }
    let body = json!({"FirstName": "Ada", "LastName": "Byron"});
    let id = admin.post("/sobjects/Contact", body).await.expect(201).id();
    let path = format!("/sobjects/Contact/{id}");
    let row = admin.get(&path).await.expect(200).body;
    assert_eq!(row["Name"], "Ada Byron");
    let refused = admin.patch(&path, json!({"Name": "Eve"})).await.expect(400);
    assert_eq!(refused.code(), "INVALID_FIELD_FOR_INSERT_UPDATE");
}

// proves SFB-DESC-7, SFB-DESC-13
#[tokio::test]
async fn only_named_child_relationships_can_be_queried() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = describe(&admin, "Account").await;
    let children = account["childRelationships"].as_array().unwrap();
    let contacts = children
        .iter()
        .find(|child| child["childSObject"] == "Contact" && child["field"] == "AccountId")
        .unwrap();
    assert_eq!(
        contacts,
        &json!({
            "cascadeDelete": contacts["cascadeDelete"],
            "childSObject": "Contact",
            "deprecatedAndHidden": false,
            "field": "AccountId",
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": "Contacts",
            "restrictedDelete": false,
        })
    );
    for child in children {
        let Some(name) = child["relationshipName"].as_str() else {
            continue;
        };
        let soql = format!("SELECT Id, (SELECT Id FROM {name}) FROM Account LIMIT 1");
        admin.query(&soql).await.expect(200);
    }
    // What is created by a user hangs below the user without a name.
    let user = describe(&admin, "User").await;
    let unnamed = user["childRelationships"]
        .as_array()
        .unwrap()
        .iter()
        .find(|child| child["childSObject"] == "Account" && child["field"] == "CreatedById")
        .unwrap();
    assert_eq!(unnamed["relationshipName"], json!(null));
    let soql = "SELECT Id, (SELECT Id FROM Accounts) FROM User";
    let refused = admin.query(soql).await.expect(400);
    assert_eq!(refused.code(), "INVALID_TYPE");
}

// proves SFB-DESC-9
#[tokio::test]
async fn every_object_has_the_system_fields() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for object in [
        "Account",
        "Contact",
        "Opportunity",
        "Case",
        "Task",
        "Invoice__c",
    ] {
        let soql = format!(
            "SELECT Id, IsDeleted, CreatedDate, CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp FROM {object}"
        );
        let rows = admin.records(&soql).await;
        assert!(!rows.is_empty(), "{object}");
        for row in rows {
            assert!(text(&row, "SystemModstamp") >= text(&row, "LastModifiedDate"));
        }
    }
}

// proves SFB-DESC-10
#[tokio::test]
async fn references_with_several_targets_are_marked() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let event = describe(&admin, "Event").await;
    let who = field(&event, "WhoId");
    assert_eq!(
        json!([
            who["polymorphicForeignKey"],
            who["referenceTo"],
            who["namePointing"]
        ]),
        json!([true, ["Contact", "Lead"], true])
    );
    assert_eq!(field(&event, "WhatId")["polymorphicForeignKey"], true);
    let account = describe(&admin, "Account").await;
    let owner = field(&account, "OwnerId");
    assert_eq!(
        json!([owner["polymorphicForeignKey"], owner["referenceTo"]]),
        json!([false, ["User"]])
    );
}

// proves SFB-DESC-11, SFB-ID-5
#[tokio::test]
async fn record_types_are_listed_with_the_master_at_the_end() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let layouts = "/services/data/v66.0/sobjects/Account/describe/layouts";
    let master = |object: &str, default: bool| {
        json!({
            "active": true,
            "available": true,
            "defaultRecordTypeMapping": default,
            "developerName": "Master",
            "master": true,
            "name": "Master",
            "recordTypeId": "012000000000000AAA",
            "urls": {"layout": format!("{}/012000000000000AAA", layouts.replace("Account", object))},
        })
    };
    let account = describe(&admin, "Account").await;
    assert_eq!(account["recordTypeInfos"], json!([master("Account", true)]));
    let case = describe(&admin, "Case").await;
    let kinds = case["recordTypeInfos"].as_array().unwrap();
    let (last, own) = kinds.split_last().unwrap();
    assert_eq!(last, &master("Case", false));
    let rows = admin
        .records("SELECT Id, DeveloperName FROM RecordType WHERE SobjectType = 'Case' ORDER BY Id")
        .await;
    assert_eq!(own.len(), rows.len());
    for (kind, row) in own.iter().zip(&rows) {
        assert_eq!(kind["recordTypeId"], row["Id"]);
        assert_eq!(kind["developerName"], row["DeveloperName"]);
        admin
            .get(
                text(&kind["urls"], "layout")
                    .strip_prefix("/services/data/v66.0")
                    .unwrap(),
            )
            .await
            .expect(200);
    }
}

// proves SFB-DESC-14, SFB-DESC-15
#[tokio::test]
async fn values_scopes_and_addresses_have_their_keys() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let account = describe(&admin, "Account").await;
    let value = &field(&account, "Industry")["picklistValues"][0];
    assert_eq!(
        value,
        &json!({
            "active": true,
            "defaultValue": false,
            "label": value["value"],
            "validFor": null,
            "value": value["value"],
        })
    );
    let scopes = json!([
        {"label": "All accounts", "name": "everything"},
        {"label": "My accounts", "name": "mine"},
    ]);
    assert_eq!(account["supportedScopes"], scopes);
    let base = "/services/data/v66.0/sobjects/Account";
    let page = |rest: &str| org.url(rest);
    let mut urls = json!({
        "compactLayouts": format!("{base}/describe/compactLayouts"),
        "rowTemplate": format!("{base}/{{ID}}"),
        "approvalLayouts": format!("{base}/describe/approvalLayouts"),
        "listviews": format!("{base}/listviews"),
        "describe": format!("{base}/describe"),
        "quickActions": format!("{base}/quickActions"),
        "layouts": format!("{base}/describe/layouts"),
        "sobject": base,
    });
    let all = admin.get("/sobjects").await.expect(200).body;
    let entries = all["sobjects"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["name"] == "Account");
    assert_eq!(entry.unwrap()["urls"], urls);
    urls["uiDetailTemplate"] = page("/{ID}").into();
    urls["uiEditTemplate"] = page("/{ID}/e").into();
    urls["uiNewRecord"] = page("/001/e").into();
    assert_eq!(account["urls"], urls);
    assert_eq!(
        json!([all["encoding"], all["maxBatchSize"]]),
        json!(["UTF-8", 200])
    );
}

// proves SFB-OBJ-4, SFB-OBJ-30, SFB-REST-6
#[tokio::test]
async fn a_row_has_its_attributes_first_and_then_the_fields_of_describe() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let described = describe(&admin, "Account").await;
    let mut expected = vec!["attributes"];
    let fields = described["fields"].as_array().unwrap();
    expected.extend(fields.iter().map(|field| text(field, "name")));
    let id = admin.first_id("SELECT id FROM ACCOUNT LIMIT 1").await;
    let row = admin
        .get(&format!("/sobjects/aCCount/{id}"))
        .await
        .expect(200);
    let keys: Vec<&String> = row.body.as_object().unwrap().keys().collect();
    assert_eq!(keys, expected);
    assert_eq!(row.body["attributes"]["type"], "Account");
    assert!(row.raw.starts_with(
        r#"{"attributes":{"type":"Account","url":"/services/data/v66.0/sobjects/Account/001"#
    ));
    let wrong = admin
        .get(&format!("/sobjects/Account/{id}?fields=Id,Foo__c"))
        .await
        .expect(400);
    assert_eq!(wrong.code(), "INVALID_FIELD");
}

// proves SFB-OBJ-14
#[tokio::test]
async fn creating_twice_makes_two_records_and_upserting_twice_one() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for _ in 0..2 {
        let account = json!({"Name": "Twice Ltd", "Site": "S"});
        admin.post("/sobjects/Account", account).await.expect(201);
        let path = "/sobjects/Invoice__c/Invoice_Number__c/TWICE-1";
        let reply = admin.patch(path, json!({"Amount__c": 1})).await;
        assert!([200, 201].contains(&reply.status.as_u16()), "{}", reply.raw);
    }
    for (soql, count) in [
        ("SELECT COUNT() FROM Account WHERE Name = 'Twice Ltd'", 2),
        (
            "SELECT COUNT() FROM Invoice__c WHERE Invoice_Number__c = 'TWICE-1'",
            1,
        ),
    ] {
        let reply = admin.query(soql).await.expect(200);
        assert_eq!(reply.body["totalSize"], count, "{soql}");
    }
}

// proves SFB-PEER-4
#[tokio::test]
async fn a_blank_in_a_query_comes_in_both_spellings() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    for blank in ["+", "%20"] {
        let query = format!("/query?q=SELECT{blank}COUNT(){blank}FROM{blank}User");
        assert_eq!(admin.get(&query).await.expect(200).body["totalSize"], 9);
    }
}
