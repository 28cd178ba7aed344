//! The main stories with the keeper behind its socket, where nothing but the wire joins it with the hub.

use gatelodge_testkit::database::Engine;
use gatelodge_testkit::hub::TestHub;
use gatelodge_testkit::practice::MARIA;
use serde_json::json;

use crate::proposals::{account, phone, propose_phone};

// proves CON-1, APR-2, P6, SF-17, CRED-5: every kind of call works over the socket
#[tokio::test]
async fn the_whole_story_is_told_over_the_socket() {
    the_whole_story(Engine::Sqlite).await;
}

#[tokio::test]
async fn the_whole_story_is_told_over_the_socket_on_postgresql() {
    the_whole_story(Engine::Postgres).await;
}

async fn the_whole_story(engine: Engine) {
    let hub = TestHub::builder().on(engine).apart().start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;

    let proposal = propose_phone(&agent, &id, "+49 30 777").await;
    member.review_and_approve(&proposal).await.expect(303);
    let waited = json!({ "id": proposal, "wait_seconds": 20 });
    let done = agent.result("gatelodge_get_proposal", waited).await;
    assert_eq!(done["status"], "done", "{done}");
    assert_eq!(phone(&agent, &id).await, "+49 30 777");
    assert_eq!(hub.writers(&id).len(), 1, "written once");

    let export = json!({ "soql": "SELECT Id FROM Contact ORDER BY Id" });
    let started = agent.result("salesforce_export", export).await;
    assert!(started["export"].is_string(), "{started}");

    let refused = agent
        .rest(
            "salesforce_query",
            &json!({ "soql": "SELECT Nothing FROM Account" }),
        )
        .await;
    let refused = refused.expect(422).json();
    assert_eq!(
        refused["provider"]["code"], "INVALID_FIELD",
        "nothing of an error is lost: {refused}"
    );

    let connections = agent.get("/api/v1/connections").await.expect(200).json();
    let connection = connections["connections"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    member
        .post(&format!("/connections/{connection}/disconnect"), &[])
        .await
        .expect(303);
    assert_eq!(hub.requests("POST", "/services/oauth2/revoke"), 1);
    let refused = agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(409);
    assert_eq!(refused.json()["code"], "not_connected");
    hub.stop().await;
}
