//! Values as they are given, kept and answered; and what describe says about them.

use serde_json::{Value, json};

use crate::rest_support::ADMIN;
use crate::support::org;

// proves SFB-VAL-1, SFB-VAL-2, SFB-VAL-3, SFB-VAL-4, SFB-VAL-5, SFB-VAL-6
#[tokio::test]
async fn values_come_back_in_the_form_of_the_platform() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let body = json!({
        "Name": "  Trimmed  ", "Notes__c": "a\r\nb", "Amount__c": "139000000", "Line_Count__c": 3,
        "Due_Date__c": "2026-12-01T23:30:00.000+0000", "Reminder_Time__c": "10:30:00",
        "Payment_Methods__c": "Card;Cheque", "Payment_Terms__c": "", "Disputed__c": null,
    });
    let id = admin
        .post("/sobjects/Invoice__c", body)
        .await
        .expect(201)
        .id();
    let reply = admin
        .get(&format!("/sobjects/Invoice__c/{id}"))
        .await
        .expect(200);
    for (field, value) in [
        ("Name", json!("Trimmed")),
        ("Notes__c", json!("a\r\nb")),
        ("Due_Date__c", json!("2026-12-01")),
        ("Reminder_Time__c", json!("10:30:00.000Z")),
        ("Payment_Methods__c", json!("Card;Cheque")),
        ("Payment_Terms__c", Value::Null),
        ("Disputed__c", json!(false)),
    ] {
        assert_eq!(reply.body[field], value, "{field}");
    }
    assert!(reply.raw.contains("\"Amount__c\":1.39E8"), "{}", reply.raw);
    assert!(reply.raw.contains("\"Line_Count__c\":3.0"), "{}", reply.raw);
    let stamp = reply.body["SystemModstamp"].as_str().unwrap();
    assert!(stamp.ends_with(".000+0000"), "{stamp}");
    let start = json!({"Subject": "S", "DurationInMinutes": 30, "StartDateTime": "2026-05-01T09:25:37.5+02:00"});
    let id = admin.post("/sobjects/Event", start).await.expect(201).id();
    let event = admin
        .get(&format!("/sobjects/Event/{id}"))
        .await
        .expect(200)
        .body;
    assert_eq!(event["StartDateTime"], "2026-05-01T07:25:37.000+0000");
}

// proves SFB-DESC-4, SFB-DESC-5, SFB-DESC-6, SFB-DESC-7, SFB-DESC-9, SFB-DESC-10, SFB-ID-5
#[tokio::test]
async fn describe_says_what_a_create_needs() {
    let org = org().await;
    let admin = org.rest(ADMIN).await;
    let describe = admin
        .get("/sobjects/Contact/describe")
        .await
        .expect(200)
        .body;
    let fields = describe["fields"].as_array().unwrap();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| {
            field["createable"] == true
                && field["nillable"] == false
                && field["defaultedOnCreate"] == false
        })
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    assert_eq!(required, ["LastName"]);
    let field = |name: &str| fields.iter().find(|field| field["name"] == name).unwrap();
    assert_eq!(
        (
            &field("LastName")["length"],
            &field("LastName")["byteLength"]
        ),
        (&json!(80), &json!(240))
    );
    let name = field("Name");
    assert_eq!(
        (
            &name["createable"],
            &name["extraTypeInfo"],
            &field("FirstName")["compoundFieldName"]
        ),
        (&json!(false), &json!("personname"), &json!("Name"))
    );
    assert_eq!(
        describe["recordTypeInfos"][0]["recordTypeId"],
        "012000000000000AAA"
    );
    let silent = describe["childRelationships"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|child| child["relationshipName"].is_null())
        .count();
    assert!(silent > 0);
    let event = admin.get("/sobjects/Event/describe").await.expect(200).body;
    let who = event["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|field| field["name"] == "WhoId")
        .unwrap();
    assert_eq!(who["polymorphicForeignKey"], true);
    for system in [
        "Id",
        "IsDeleted",
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
    ] {
        assert_eq!(field(system)["createable"], false, "{system}");
    }
}
