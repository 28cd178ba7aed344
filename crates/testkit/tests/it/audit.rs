//! The audit log: each act leaves its row, and a row that was changed, taken out or put in is found.

use gatelodge_model::AgentAccess;
use gatelodge_testkit::database::{self, Engine};
use gatelodge_testkit::hub::{Person, TestHub, Who};
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
    let edited = propose_phone(&agent, &id, "2").await;
    let form = member
        .get(&format!("/approvals/{edited}/edit"))
        .await
        .expect(200);
    let (digest, nonce) = (
        form.hidden("digest").unwrap(),
        form.hidden("nonce").unwrap(),
    );
    let fields = [
        ("digest", digest.as_str()),
        ("nonce", nonce.as_str()),
        ("value:Phone", "3"),
    ];
    let reply = member
        .post(&format!("/approvals/{edited}/edit"), &fields)
        .await
        .expect(303);
    let rejected = reply
        .location()
        .unwrap()
        .path()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
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
    end_another_session(hub, &mut member).await;
    member.post("/sign-out", &[]).await.expect(303);
    hub.anonymous()
        .post(
            "/sign-in",
            &[
                ("email", Who::Member.email()),
                ("password", "wrong"),
                ("next", "/"),
            ],
        )
        .await
        .expect(401);
    set_up_and_delete_an_app(&mut hub.person(Who::Admin).await).await;
    vec![
        "session.started",
        "session.refused",
        "session.ended",
        "oauth_app.started",
        "oauth_app.changed",
        "oauth_app.deleted",
        "tool.called",
        "proposal.opened",
        "connection.begun",
        "connection.connected",
        "agent.created",
        "proposal.created",
        "proposal.approved",
        "proposal.executing",
        "proposal.settled",
        "proposal.superseded",
        "proposal.rejected",
        "agent.revoked",
        "connection.disconnected",
    ]
}

async fn end_another_session(hub: &TestHub, member: &mut Person) {
    hub.person(Who::Member).await;
    let page = member.get("/settings").await.expect(200).text;
    let path = page
        .split("action=\"")
        .map(|rest| rest.split('"').next().unwrap_or_default());
    let path = path
        .into_iter()
        .find(|path| path.starts_with("/settings/sessions/"))
        .unwrap()
        .to_owned();
    member.post(&path, &[]).await.expect(303);
}

async fn set_up_and_delete_an_app(admin: &mut Person) {
    let reply = admin
        .post("/admin/oauth-apps", &[("provider", "salesforce")])
        .await
        .expect(303);
    let path = reply.location().unwrap().path().to_owned();
    let fields = [
        ("name", "Second"),
        ("client_id", "3MVG9second"),
        ("client_secret", "hush-hush"),
        ("enabled", "yes"),
    ];
    admin.post(&path, &fields).await.expect(303);
    admin.post(&format!("{path}/delete"), &[]).await.expect(303);
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
    let folder = gatelodge_testkit::evidence::folder();
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
