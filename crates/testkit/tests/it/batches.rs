//! Up to 200 records as one proposal: reviewed once, sent once, an ending per record.

use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{Agent, Person, TestHub};
use gatelodge_testkit::practice::{ADMIN, MARIA};
use serde_json::{Value, json};

const COLLECTIONS: &str = "/services/data/v66.0/composite/sobjects";

async fn settled(person: &mut Person, agent: &Agent, id: &str) -> Value {
    let review = person.review(id).await;
    person.approve(id, &review).await.expect(303);
    let seen = agent
        .get(&format!("/api/v1/proposals/{id}?wait_seconds=20"))
        .await;
    seen.expect(200).json()
}

async fn accounts(agent: &Agent, count: usize) -> Vec<(String, Value)> {
    let soql = format!("SELECT Id, Phone FROM Account ORDER BY Id LIMIT {count}");
    let page = agent
        .result("salesforce_query", json!({ "soql": soql, "limit": count }))
        .await;
    let records = page["records"].as_array().unwrap().iter();
    let found: Vec<_> = records
        .map(|record| {
            let id = record["Id"].as_str().unwrap().to_owned();
            (id, record["Phone"].clone())
        })
        .collect();
    assert_eq!(found.len(), count);
    found
}

// proves SF-6, SF-9, APR-1, APR-2, APR-4, P7: 200 new records are shown whole, sent once, and each has its id
#[tokio::test]
async fn two_hundred_records_are_created_by_one_approval() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let records: Vec<Value> = (1..=200)
        .map(
            |n| json!({ "LastName": format!("Batch {n}"), "Email": format!("b{n}@batch.example") }),
        )
        .collect();
    let id = agent
        .propose(
            "salesforce_create_records",
            json!({ "object": "contact", "records": records }),
        )
        .await;
    assert_eq!(hub.requests("POST", COLLECTIONS), 0);
    let review = member.review(&id).await;
    let text = unescape(&review.page.text);
    for n in [1, 10, 11, 199, 200] {
        assert!(text.contains(&format!("b{n}@batch.example")), "{n}");
    }
    assert!(text.contains("Create 200 records: Contacts"), "{text}");
    assert_eq!(review.fields["folded"], "190");
    member.approve(&id, &review).await.expect(303);
    let seen = agent
        .get(&format!("/api/v1/proposals/{id}?wait_seconds=20"))
        .await;
    let seen = seen.expect(200).json();
    assert_eq!(seen["status"], "done", "{seen}");
    assert_eq!(
        (&seen["result"]["succeeded"], &seen["result"]["failed"]),
        (&json!(200), &json!(0))
    );
    assert_eq!(hub.requests("POST", COLLECTIONS), 1);
    let counted = agent
        .result(
            "salesforce_count_records",
            json!({ "object": "Contact", "condition": "Email LIKE '%@batch.example'" }),
        )
        .await;
    assert_eq!(counted["count"], 200);
    hub.stop().await;
}

// proves SF-6, SF-11, APR-4: refused records are named with what to do, the others are saved, or none where so asked
#[tokio::test]
async fn refused_records_do_not_hide_among_the_saved() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let records = json!([
        { "LastName": "Good", "Email": "good@part.example" },
        { "LastName": "Bad", "Email": "no address" },
    ]);
    let id = agent
        .propose(
            "salesforce_create_records",
            json!({ "object": "Contact", "records": records }),
        )
        .await;
    let seen = settled(&mut member, &agent, &id).await;
    assert_eq!(seen["status"], "done", "{seen}");
    assert_eq!(seen["result"]["failed"], 1, "{seen}");
    let refused = &seen["result"]["records"][1];
    assert_eq!(refused["errors"][0]["code"], "INVALID_EMAIL_ADDRESS");
    assert_eq!(refused["errors"][0]["who_must_act"], "caller");
    let page = member.get(&format!("/approvals/{id}")).await.expect(200);
    assert!(page.text.contains("Done in part"), "{}", page.text);
    assert!(page.text.contains("1 of 2 records were saved"));

    let id = agent
        .propose(
            "salesforce_create_records",
            json!({ "object": "Contact", "records": records, "all_or_none": true }),
        )
        .await;
    let seen = settled(&mut member, &agent, &id).await;
    assert_eq!(seen["status"], "failed", "{seen}");
    let detail = seen["error"]["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("Record 2: INVALID_EMAIL_ADDRESS"), "{seen}");
    let counted = agent
        .result(
            "salesforce_count_records",
            json!({ "object": "Contact", "condition": "Email = 'good@part.example'" }),
        )
        .await;
    assert_eq!(counted["count"], 1, "only the first batch saved it");
    hub.stop().await;
}

// proves SF-6, APR-2, APR-4: values before and after per record; a record that changed meanwhile makes it stale
#[tokio::test]
async fn many_records_change_as_shown_or_not_at_all() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let found = accounts(&agent, 12).await;
    let change = |phone: &str| {
        let records: Vec<Value> = found
            .iter()
            .map(|(id, _)| json!({ "Id": id, "Phone": phone }))
            .collect();
        json!({ "object": "Account", "records": records })
    };
    let id = agent
        .propose("salesforce_update_records", change("+49 30 1"))
        .await;
    let late = agent
        .propose("salesforce_update_records", change("+49 30 2"))
        .await;
    let review = member.review(&id).await;
    for (account, phone) in &found {
        assert!(review.page.text.contains(account.as_str()));
        let before = phone.as_str().unwrap_or_default();
        assert!(unescape(&review.page.text).contains(before), "{before}");
    }
    let seen = settled(&mut member, &agent, &id).await;
    assert_eq!(seen["result"]["succeeded"], 12, "{seen}");
    for (account, phone) in accounts(&agent, 12).await {
        assert_eq!(phone, "+49 30 1", "{account}");
    }
    let page = member.get(&format!("/approvals/{late}")).await.expect(200);
    assert!(page.text.contains("The record changed meanwhile"));
    assert_eq!(hub.requests("PATCH", COLLECTIONS), 1);
    hub.stop().await;
}

// proves SF-7, SF-6: external ids decide which records are new; deleted ones are gone
#[tokio::test]
async fn records_are_upserted_and_deleted_together() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(ADMIN).await;
    let known = agent
        .result(
            "salesforce_query",
            json!({ "soql": "SELECT Invoice_Number__c, Account__c FROM Invoice__c WHERE Invoice_Number__c != null ORDER BY Id LIMIT 1" }),
        )
        .await["records"][0]
        .clone();
    let upsert = json!({
        "object": "Invoice__c",
        "external_id_field": "Invoice_Number__c",
        "records": [
            { "Invoice_Number__c": known["Invoice_Number__c"], "Status__c": "Overdue" },
            { "Invoice_Number__c": "INV-BATCH-1", "Status__c": "Overdue", "Account__c": known["Account__c"] },
        ],
    });
    let id = agent.propose("salesforce_upsert_records", upsert).await;
    let seen = settled(&mut member, &agent, &id).await;
    assert_eq!(seen["status"], "done", "{seen}");
    let made = &seen["result"]["records"];
    assert_eq!(
        (&made[0]["created"], &made[1]["created"]),
        (&json!(false), &json!(true))
    );

    let delete = json!({ "object": "Invoice__c", "records": [{ "Id": made[1]["id"] }] });
    let id = agent.propose("salesforce_delete_records", delete).await;
    let seen = settled(&mut member, &agent, &id).await;
    assert_eq!(seen["result"]["succeeded"], 1, "{seen}");
    let left = agent
        .result(
            "salesforce_count_records",
            json!({ "object": "Invoice__c", "condition": "Invoice_Number__c = 'INV-BATCH-1'" }),
        )
        .await;
    assert_eq!(left["count"], 0);
    hub.stop().await;
}

// proves SF-6, R9, APR-4: a batch whose answer is lost is looked up record by record, and never sent again
#[tokio::test]
async fn a_lost_answer_of_a_batch_is_looked_up_per_record() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    for (domain, last, status) in [
        ("all-there.example", "c@all-there.example", "done"),
        ("mixed.example", "no address", "unknown"),
    ] {
        let records = json!([
            { "LastName": "First", "Email": format!("a@{domain}") },
            { "LastName": "Second", "Email": format!("b@{domain}") },
            { "LastName": "Third", "Email": last },
        ]);
        let id = agent
            .propose(
                "salesforce_create_records",
                json!({ "object": "Contact", "records": records }),
            )
            .await;
        let before = hub.requests("POST", COLLECTIONS);
        let cut = json!({ "path_prefix": COLLECTIONS, "method": "POST", "cut": "after" });
        hub.practice.admin("faults", &cut).await;
        let seen = settled(&mut member, &agent, &id).await;
        assert_eq!(seen["status"], status, "{seen}");
        let evidence = seen["evidence"].as_str().unwrap_or_default();
        assert!(!evidence.is_empty(), "{seen}");
        let there = if status == "done" {
            assert_eq!(seen["result"]["succeeded"], 3, "{seen}");
            3
        } else {
            assert!(evidence.contains('3'), "the record is named: {evidence}");
            2
        };
        let condition = format!("Email LIKE '%@{domain}'");
        let counted = agent
            .result(
                "salesforce_count_records",
                json!({ "object": "Contact", "condition": condition }),
            )
            .await;
        assert_eq!(counted["count"], there, "{seen}");
        assert_eq!(hub.requests("POST", COLLECTIONS), before + 1);
    }
    hub.stop().await;
}
