//! Ending a connection: revoked there, deleted here, and said when the provider does not confirm.

use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::TestHub;
use gatelodge_testkit::practice::MARIA;
use serde_json::json;

const REVOKE: &str = "/services/oauth2/revoke";

// proves CON-12, CRED-5: the provider is asked to revoke, the credential is gone, agents are told
#[tokio::test]
async fn disconnecting_revokes_and_deletes() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let id = connection_of(&agent.get("/api/v1/connections").await.expect(200).json());
    agent.result("salesforce_whoami", json!({})).await;
    let reply = member
        .post(&format!("/connections/{id}/disconnect"), &[])
        .await
        .expect(303);
    let page = member
        .browser
        .get(&reply.location().unwrap())
        .await
        .expect(200);
    assert!(page.text.contains("Disconnected"), "{}", page.text);
    assert_eq!(hub.requests("POST", REVOKE), 1);
    let before = hub.practice.running().counts().requests;
    let refused = agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "not_connected", "{refused}");
    assert_eq!(hub.practice.running().counts().requests, before);
    assert_eq!(member.audited("connection.disconnected").await, 1);
    hub.stop().await;
}

// proves CRED-5, O17: a revoke that fails is said with the place to do it by hand; the credential is gone all the same
#[tokio::test]
async fn a_revoke_that_fails_is_said() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let id = connection_of(&agent.get("/api/v1/connections").await.expect(200).json());
    hub.practice
        .admin(
            "faults",
            &json!({ "path_prefix": REVOKE, "status": 503, "times": 50 }),
        )
        .await;
    let page = member
        .post(&format!("/connections/{id}/disconnect"), &[])
        .await
        .expect(200);
    let text = unescape(&page.text);
    assert!(
        text.contains("did not confirm") && text.contains("Connections > Revoke"),
        "{text}"
    );
    let refused = agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "not_connected", "{refused}");
    hub.stop().await;
}

// proves CON-12: somebody else's connection cannot be ended
#[tokio::test]
async fn only_the_own_connection_can_be_ended() {
    let hub = TestHub::start().await;
    let (mut member, _) = hub.member_with_agent(MARIA).await;
    let list = member.get("/connections").await.expect(200).text;
    let start = list.find("con_").unwrap();
    let path = format!("/connections/{}/disconnect", &list[start..start + 36]);
    for who in [
        gatelodge_testkit::hub::Who::SecondMember,
        gatelodge_testkit::hub::Who::Owner,
    ] {
        hub.person(who).await.post(&path, &[]).await.expect(404);
    }
    assert_eq!(hub.requests("POST", REVOKE), 0);
    hub.stop().await;
}

fn connection_of(list: &serde_json::Value) -> String {
    let first = &list["connections"][0];
    first["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no connection in {list}"))
        .to_owned()
}
