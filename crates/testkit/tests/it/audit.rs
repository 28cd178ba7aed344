//! The audit log: each act leaves its row, and a row that was changed, taken out or put in is found.

use gatelodge_model::AgentAccess;
use gatelodge_testkit::database::{self, Engine};
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use gatelodge_testkit::process::Process;
use sea_orm::ConnectionTrait as _;

use crate::proposals::{account, propose_phone};

/// Does one of each act and says which action it must have left.
async fn acts(hub: &TestHub) -> Vec<&'static str> {
    let mut member = hub.person(Who::Member).await;
    let connection = member.connect(hub, MARIA).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    let (id, _) = account(&agent).await;
    let approved = propose_phone(&agent, &id, "1").await;
    member.review_and_approve(&approved).await.expect(303);
    let rejected = propose_phone(&agent, &id, "2").await;
    let review = member.review(&rejected).await;
    member.reject(&rejected, &review, "no").await.expect(303);
    let page = member.get("/agents").await.expect(200).text;
    let start = page.find("agt_").unwrap();
    member
        .post(&format!("/agents/{}/revoke", &page[start..start + 36]), &[])
        .await
        .expect(303);
    member
        .post(&format!("/connections/{connection}/disconnect"), &[])
        .await
        .expect(303);
    member.post("/sign-out", &[]).await.expect(303);
    vec![
        "connection.begun",
        "connection.connected",
        "agent.created",
        "proposal.created",
        "proposal.approved",
        "proposal.executing",
        "proposal.settled",
        "proposal.rejected",
        "agent.revoked",
        "connection.disconnected",
    ]
}

// proves CON-12, APR-4: every change has its row, and the chains are whole, on both engines
#[tokio::test]
async fn every_act_leaves_a_row() {
    every_act_is_written(Engine::Sqlite).await;
}

#[tokio::test]
async fn every_act_leaves_a_row_on_postgresql() {
    every_act_is_written(Engine::Postgres).await;
}

async fn every_act_is_written(engine: Engine) {
    let hub = TestHub::builder().on(engine).start().await;
    let actions = acts(&hub).await;
    let mut auditor = hub.person(Who::Auditor).await;
    for action in actions {
        assert!(auditor.audited(action).await >= 1, "{action}");
    }
    let verdict = auditor.post("/audit/verify", &[]).await.expect(200);
    assert!(
        verdict.text.contains("The audit log is whole"),
        "{}",
        verdict.text
    );
    for (organization, found) in hub.hub().verify_all_audit().await.unwrap() {
        assert_eq!(found.first_fault, None, "{}", organization.name);
        assert!(found.events >= 1);
    }
    hub.stop().await;
}

// a row that somebody changed, removed or added in the database is found and named
#[tokio::test]
async fn tampering_is_found() {
    for order in [
        "UPDATE audit_events SET action = 'proposal.rejected' WHERE action = 'proposal.approved'",
        "DELETE FROM audit_events WHERE action = 'proposal.executing'",
        "UPDATE audit_events SET canonical = replace(canonical, 'success', 'failure') WHERE action = 'proposal.settled'",
    ] {
        let hub = TestHub::start().await;
        acts(&hub).await;
        let changed = hub
            .back_door()
            .await
            .execute_unprepared(order)
            .await
            .unwrap();
        assert_eq!(changed.rows_affected(), 1, "{order}");
        let mut owner = hub.person(Who::Owner).await;
        let verdict = owner.post("/audit/verify", &[]).await.expect(200);
        assert!(
            verdict.text.contains("was changed or is damaged"),
            "{order}: {}",
            verdict.text
        );
        hub.stop().await;
    }
}

// `gatelodge audit verify` says so too, with its exit status
#[tokio::test]
async fn the_command_finds_tampering() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("hub");
    let (status, _, errors) = Process::run(&["init", "--dir", place.to_str().unwrap()]).await;
    assert!(status.success(), "{errors}");
    let config = place.join("gatelodge.toml");
    let config = config.to_str().unwrap();
    let add = [
        "user",
        "add",
        "--email",
        "a@example.com",
        "--name",
        "Ann",
        "--role",
        "owner",
        "--config",
        config,
    ];
    let (status, link, errors) = Process::run(&add).await;
    assert!(
        status.success() && link.contains("/link/"),
        "{link}{errors}"
    );
    let verify = ["audit", "verify", "--config", config];
    let (status, words, errors) = Process::run(&verify).await;
    assert!(
        status.success() && words.contains("all as written"),
        "{words}{errors}"
    );
    let file = format!("sqlite://{}", place.join("data/gatelodge.db").display());
    let door = database::connect(&file).await;
    let order = "UPDATE audit_events SET canonical = replace(canonical, 'owner', 'admin') WHERE action = 'user.added'";
    assert_eq!(
        door.execute_unprepared(order)
            .await
            .unwrap()
            .rows_affected(),
        1
    );
    door.close().await.unwrap();
    let (status, words, errors) = Process::run(&verify).await;
    assert!(!status.success(), "{words}");
    assert!(errors.contains("not what was written"), "{errors}");
}

// members see what they and their agents did, and verify nothing
#[tokio::test]
async fn members_see_their_own() {
    let hub = TestHub::start().await;
    acts(&hub).await;
    let mut second = hub.person(Who::SecondMember).await;
    assert_eq!(second.audited("proposal.approved").await, 0);
    second.post("/audit/verify", &[]).await.expect(403);
    let mut member = hub.person(Who::Member).await;
    assert_eq!(member.audited("proposal.approved").await, 1);
    hub.stop().await;
}
