//! Approved writes whose way to the provider is cut, blocked or refused: told honestly, never sent twice.

use gatelodge_testkit::hub::TestHub;
use gatelodge_testkit::practice::MARIA;
use serde_json::{Value, json};

use crate::proposals::{account, phone, propose_phone};

const DATA: &str = "/services/data";

async fn fault(hub: &TestHub, order: Value) {
    hub.practice.admin("faults", &order).await;
}

// proves APR-4: the answer of an update is lost; the outcome is found out or unknown, and it is not sent again
#[tokio::test]
async fn a_lost_answer_of_an_update_is_not_sent_again() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "lost").await;
    fault(
        &hub,
        json!({ "path_prefix": DATA, "method": "PATCH", "cut": "after" }),
    )
    .await;
    member.review_and_approve(&proposal).await.expect(303);
    let seen = agent.proposal(&proposal).await;
    assert!(
        ["done", "unknown"].contains(&seen["status"].as_str().unwrap()),
        "{seen}"
    );
    assert!(
        seen["evidence"]
            .as_str()
            .is_some_and(|words| !words.is_empty()),
        "{seen}"
    );
    assert_eq!(hub.writers(&id).len(), 1);
    assert_eq!(hub.requests("PATCH", DATA), 1);
    assert_eq!(phone(&agent, &id).await, "lost");
    hub.stop().await;
}

// proves APR-4: the answer of a create is lost; exactly one record exists, and the person learns what is known
#[tokio::test]
async fn a_lost_answer_of_a_create_makes_one_record() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let arguments = json!({ "object": "Account", "fields": { "Name": "Lost Answer Ltd" } });
    let proposal = agent.propose("salesforce_create_record", arguments).await;
    fault(
        &hub,
        json!({ "path_prefix": DATA, "method": "POST", "cut": "after" }),
    )
    .await;
    member.review_and_approve(&proposal).await.expect(303);
    let seen = agent.proposal(&proposal).await;
    assert!(
        ["done", "unknown"].contains(&seen["status"].as_str().unwrap()),
        "{seen}"
    );
    let soql = "SELECT Id FROM Account WHERE Name = 'Lost Answer Ltd'";
    let found = agent
        .result("salesforce_query", json!({ "soql": soql }))
        .await;
    assert_eq!(found["total_size"], 1, "{found}");
    assert_eq!(hub.requests("POST", DATA), 1);
    hub.stop().await;
}

// proves APR-4: the connection is cut before the provider handled it; it is never told as done
#[tokio::test]
async fn a_request_that_never_arrived_is_not_done() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "never").await;
    fault(
        &hub,
        json!({ "path_prefix": DATA, "method": "PATCH", "cut": "before" }),
    )
    .await;
    member.review_and_approve(&proposal).await.expect(303);
    let seen = agent.proposal(&proposal).await;
    assert!(
        ["failed", "unknown"].contains(&seen["status"].as_str().unwrap()),
        "{seen}"
    );
    assert!(hub.writers(&id).is_empty());
    hub.stop().await;
}

// proves P14: approved while the provider is down, it stays approved and runs once when the provider is back
#[tokio::test]
async fn an_approval_waits_for_a_provider_that_is_down() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "waited").await;
    let review = member.review(&proposal).await;
    fault(
        &hub,
        json!({ "path_prefix": DATA, "status": 503, "times": 1000 }),
    )
    .await;
    member.approve(&proposal, &review).await.expect(303);
    assert_eq!(agent.proposal(&proposal).await["status"], "approved");
    assert!(hub.writers(&id).is_empty());
    hub.practice.running().practice().faults.clear();
    hub.hub().resume_executions().await.unwrap();
    let waited = agent
        .result(
            "gatelodge_get_proposal",
            json!({ "id": proposal, "wait_seconds": 30 }),
        )
        .await;
    assert_eq!(waited["status"], "done", "{waited}");
    assert_eq!(hub.writers(&id).len(), 1);
    hub.stop().await;
}

// proves SF-8, APR-4: Salesforce refuses at execution; its code and message reach the person and the agent
#[tokio::test]
async fn a_refusal_at_execution_is_told_whole() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "refused").await;
    let body = r#"[{"message":"The phone is odd","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","fields":["Phone"]}]"#;
    let order = json!({
        "path_prefix": DATA, "method": "PATCH", "status": 400, "body": body, "content_type": "application/json",
    });
    fault(&hub, order).await;
    member.review_and_approve(&proposal).await.expect(303);
    let seen = agent.proposal(&proposal).await;
    assert_eq!(seen["status"], "failed", "{seen}");
    assert_eq!(
        seen["error"]["provider"]["code"], "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "{seen}"
    );
    let page = member.review(&proposal).await.text();
    assert!(
        page.contains("FIELD_CUSTOM_VALIDATION_EXCEPTION") && page.contains("The phone is odd"),
        "{page}"
    );
    assert!(hub.writers(&id).is_empty());
    hub.stop().await;
}
