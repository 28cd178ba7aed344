//! A deleted record comes back through the real door: the one write that goes by SOAP.

use gatelodge_testkit::hub::{Agent, Person, TestHub};
use gatelodge_testkit::practice::ADMIN;
use serde_json::{Value, json};

const SOAP: &str = "/services/Soap/u/66.0";

async fn settled(person: &mut Person, agent: &Agent, id: &str) -> Value {
    person.review_and_approve(id).await.expect(303);
    let seen = agent
        .get(&format!("/api/v1/proposals/{id}?wait_seconds=20"))
        .await;
    seen.expect(200).json()
}

/// A new account that was deleted; its id.
async fn deleted(person: &mut Person, agent: &Agent) -> String {
    let fields = json!({ "Name": "Back Again Ltd", "Phone": "+49 30 7" });
    let id = agent
        .propose(
            "salesforce_create_record",
            json!({ "object": "Account", "fields": fields }),
        )
        .await;
    let made = settled(person, agent, &id).await;
    let account = made["result"]["id"].as_str().unwrap().to_owned();
    let id = agent
        .propose(
            "salesforce_delete_record",
            json!({ "object": "Account", "id": account }),
        )
        .await;
    let gone = settled(person, agent, &id).await;
    assert_eq!(gone["status"], "done", "{gone}");
    assert_eq!(count(agent).await, 0);
    account
}

async fn restore(agent: &Agent, account: &str) -> String {
    agent
        .propose(
            "salesforce_undelete_record",
            json!({ "object": "account", "id": account }),
        )
        .await
}

async fn count(agent: &Agent) -> u64 {
    let counted = agent
        .result(
            "salesforce_count_records",
            json!({ "object": "Account", "condition": "Name = 'Back Again Ltd'" }),
        )
        .await;
    counted["count"].as_u64().unwrap()
}

// proves SF-6a, APR-1, APR-2, APR-4: what comes back is shown first, and comes back by one request
#[tokio::test]
async fn a_deleted_record_comes_back_after_a_person_saw_it() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(ADMIN).await;
    let account = deleted(&mut member, &agent).await;
    let id = restore(&agent, &account).await;
    let second = restore(&agent, &account).await;
    assert_eq!(hub.requests("POST", SOAP), 0);
    let review = member.review(&id).await;
    let text = review.text();
    for words in [
        "Restore Account",
        "Back Again Ltd",
        "+49 30 7",
        "It was deleted at",
        "Values that come back with the record",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let seen = settled(&mut member, &agent, &id).await;
    assert_eq!(seen["status"], "done", "{seen}");
    assert_eq!(
        seen["result"],
        json!({ "id": account, "object": "Account", "restored": true })
    );
    assert_eq!(count(&agent).await, 1);
    assert_eq!(hub.requests("POST", SOAP), 1);

    // What is there again cannot be restored, by an older proposal neither.
    let page = member
        .get(&format!("/approvals/{second}"))
        .await
        .expect(200);
    assert!(page.text.contains("The record changed meanwhile"));
    let refused = agent
        .rest(
            "salesforce_undelete_record",
            &json!({ "object": "Account", "id": account }),
        )
        .await
        .expect(400)
        .json();
    assert_eq!(refused["field"], "id", "{refused}");
    assert_eq!(hub.requests("POST", SOAP), 1);
    hub.stop().await;
}

// proves SF-6a, R9, APR-4: the answer is lost; the record itself tells that it is there, and nothing is sent again
#[tokio::test]
async fn a_lost_answer_of_a_restore_is_looked_up() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(ADMIN).await;
    for (cut, status, there) in [("before", "failed", 0), ("after", "done", 1)] {
        let account = deleted(&mut member, &agent).await;
        let id = restore(&agent, &account).await;
        let before = hub.requests("POST", SOAP);
        let order = json!({ "path_prefix": SOAP, "method": "POST", "cut": cut });
        hub.practice.admin("faults", &order).await;
        let seen = settled(&mut member, &agent, &id).await;
        let told = seen["status"].as_str().unwrap();
        assert!([status, "unknown"].contains(&told), "{seen}");
        assert!(
            seen["evidence"]
                .as_str()
                .is_some_and(|words| words.contains(&account)),
            "{seen}"
        );
        assert_eq!(count(&agent).await, there, "{seen}");
        assert!(hub.requests("POST", SOAP) <= before + 1);
    }
    hub.stop().await;
}

// proves CRED-3, R7: SOAP refuses an ended session with a fault; one refresh, one repetition
#[tokio::test]
async fn an_ended_session_is_refreshed_as_after_a_401() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(ADMIN).await;
    let account = deleted(&mut member, &agent).await;
    let id = restore(&agent, &account).await;
    let fault = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:sf=\"urn:fault.partner.soap.sforce.com\"><soapenv:Body><soapenv:Fault><faultcode>sf:INVALID_SESSION_ID</faultcode><faultstring>INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>";
    let order = json!({
        "path_prefix": SOAP, "method": "POST", "status": 500, "body": fault,
        "content_type": "text/xml; charset=utf-8",
    });
    hub.practice.admin("faults", &order).await;
    let before = hub.token_requests("refresh_token");
    let seen = settled(&mut member, &agent, &id).await;
    assert_eq!(seen["status"], "done", "{seen}");
    assert_eq!(hub.token_requests("refresh_token"), before + 1);
    assert_eq!(hub.requests("POST", SOAP), 2);
    assert_eq!(count(&agent).await, 1);
    hub.stop().await;
}
