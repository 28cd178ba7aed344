//! Questions to Salesforce beyond single records: unknown names, counts.

use gatelodge_testkit::hub::TestHub;
use gatelodge_testkit::practice::MARIA;
use serde_json::json;

// proves SF-3, SF-8: an unknown name keeps Salesforce's caret message whole and gets the nearest names beside it
#[tokio::test]
async fn unknown_names_are_explained_by_the_nearest() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    for (soql, reason, meant) in [
        (
            "SELECT Id, Industri FROM Account",
            "No such column 'Industri' on entity 'Account'.",
            "Industry",
        ),
        (
            "SELECT Id FROM Acount",
            "sObject type 'Acount' is not supported.",
            "Account",
        ),
        (
            "SELECT Acount.Name FROM Contact",
            "Didn't understand relationship 'Acount' in field path.",
            "Account",
        ),
    ] {
        let before = hub.practice.running().counts().requests;
        let refused = agent
            .rest("salesforce_query", &json!({ "soql": soql }))
            .await
            .expect(422)
            .json();
        let looks = hub.practice.running().counts().requests - before;
        assert!(looks <= 3, "{looks} calls for {soql}");
        let message = refused["provider"]["message"].as_str().unwrap();
        assert!(message.contains(reason), "{refused}");
        assert!(
            message.contains("^\nERROR at Row:1:Column:") || reason.starts_with("sObject"),
            "{refused}"
        );
        let choices = refused["choices"].as_array().unwrap();
        assert!(choices.contains(&json!(meant)), "{refused}");
        assert!(refused.to_string().contains("did you mean"), "{refused}");
    }
    hub.stop().await;
}

// proves SF-3: counting reads no record
#[tokio::test]
async fn records_are_counted_without_being_read() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let listed = agent
        .result(
            "salesforce_query",
            json!({ "soql": "SELECT Id FROM Contact WHERE LastName LIKE 'M%'", "limit": 2000 }),
        )
        .await;
    for given in [
        json!({ "object": "contacts", "condition": "LastName LIKE 'M%'" }),
        json!({ "soql": "SELECT Name FROM Contact WHERE LastName LIKE 'M%' ORDER BY Name" }),
    ] {
        let counted = agent.result("salesforce_count_records", given).await;
        assert_eq!(counted["count"], listed["total_size"], "{counted}");
        assert!(counted.get("records").is_none());
    }
    hub.stop().await;
}
