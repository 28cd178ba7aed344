//! Keys and what is kept for how long, as people and agents see it: the pages, the REST API, the purge.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use gatelodge_model::AgentAccess;
use gatelodge_testkit::database::Engine;
use gatelodge_testkit::hub::{TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use serde_json::{Value, json};

use crate::proposals::{account, propose_phone};

/// Between two looks at what happens by itself.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

// proves V5, V10, T1: an administrator replaces the organization's data keys on the page and sees how far it is; nobody
// else can, no page destroys a key, and everything goes on
#[tokio::test]
async fn data_keys_are_replaced_on_the_page() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "+49 30 1").await;
    let mut admin = hub.person(Who::Admin).await;
    let page = admin.get("/admin/keys").await.expect(200).text;
    assert!(page.contains("Yes, replace the data keys"), "{page}");
    assert_eq!(
        page.matches("In use").count(),
        3,
        "two data keys, one operator's key"
    );

    let mut auditor = hub.person(Who::Auditor).await;
    auditor.get("/admin/keys").await.expect(200);
    for person in [&mut auditor, &mut member] {
        person.post("/admin/keys/rotate", &[]).await.expect(403);
    }
    admin.post("/admin/keys/rotate", &[]).await.expect(303);
    let begun = admin
        .get("/admin/keys?done=keys-rotation")
        .await
        .expect(200)
        .text;
    assert!(begun.contains("New data keys are made"), "{begun}");
    assert!(begun.contains("Under way") && begun.contains("Adam Admin"));
    let again = admin.post("/admin/keys/rotate", &[]).await.expect(409).text;
    assert!(again.contains("being replaced already"), "{again}");
    assert_eq!(admin.audited("keys.data_key_rotation_started").await, 1);

    // the new keys seal when every keeper knows them
    hub.clock.advance(TimeDelta::seconds(16));
    let done = loop {
        let now = admin.get("/admin/keys/progress").await.expect(200).text;
        if !now.contains("Under way") {
            break now;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    };
    assert_eq!(done.matches("may be given up").count(), 2, "{done}");
    assert!(!done.contains("do not open"), "{done}");
    account(&agent).await;
    let review = member.review(&proposal).await;
    member.approve(&proposal, &review).await;

    // another organization sees nothing of it
    let mut stranger = hub.person(Who::Stranger).await;
    let theirs = stranger.get("/admin/keys").await.expect(200).text;
    assert!(theirs.contains("No data key yet"), "{theirs}");
    hub.stop().await;
}

// proves SEC-10: page and REST tell of every table that there is, and for how long
#[tokio::test]
async fn everything_that_is_stored_is_told() {
    let hub = TestHub::builder()
        .configure(|config| config.retention.notices_days = 45)
        .start()
        .await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    propose_phone(&agent, &id, "+49 30 2").await;
    let page = member.get("/stored").await.expect(200).text;
    for told in [
        "Contents of proposals",
        "90 days after it was made",
        "45 days after it was told",
        "retention.notices_days",
        "Audit log",
    ] {
        assert!(page.contains(told), "{told}");
    }
    let told = agent.get("/api/v1/stored").await.expect(200).json();
    let told = told["stored"].as_array().unwrap();
    let kind = |what: &str| told.iter().find(|kind| kind["what"] == what).unwrap();
    assert_eq!(kind("Notices")["days"], 45);
    assert_eq!(kind("Notices")["setting"], "retention.notices_days");
    for (what, rows) in [
        ("Credentials", 1),
        ("Contents of proposals", 1),
        ("Notices", 1),
    ] {
        assert_eq!(kind(what)["rows"], rows, "{what}");
    }
    assert_eq!(kind("Audit log")["days"], Value::Null);

    let declared: BTreeSet<&str> = told
        .iter()
        .flat_map(|kind| kind["tables"].as_array().unwrap())
        .map(|table| table.as_str().unwrap())
        .collect();
    let rows = hub
        .back_door()
        .await
        .query_all_raw(Statement::from_string(
            DbBackend::Sqlite,
            "SELECT name FROM sqlite_schema WHERE type = 'table' \
             AND name NOT LIKE 'sqlite_%' AND name <> 'seaql_migrations'",
        ))
        .await
        .unwrap();
    let there: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "name").unwrap())
        .collect();
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(declared, there);
    hub.stop().await;
}

async fn what_was_kept_long_enough_goes(engine: Engine) {
    let hub = TestHub::builder().on(engine).start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "+49 30 3").await;
    let review = member.review(&proposal).await;
    member.approve(&proposal, &review).await;
    while agent.proposal(&proposal).await["status"] != "done" {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let mut wrong = hub.anonymous();
    wrong
        .post(
            "/sign-in",
            &[("email", Who::Owner.email()), ("password", "not this one")],
        )
        .await;
    let rows = async |what: &str| {
        let told = agent.get("/api/v1/stored").await.expect(200).json();
        let told = told["stored"].as_array().unwrap().clone();
        let kind = told.iter().find(|kind| kind["what"] == what).unwrap();
        kind["rows"].as_u64().unwrap()
    };
    let passing = [
        "Contents of proposals",
        "Requests to providers",
        "Notices",
        "Timelines of connections",
        "Sessions, links, invitations and attempts to connect",
    ];
    for what in passing {
        // some are gathered for a moment before they are written
        while rows(what).await == 0 {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    hub.hub().purge().await.unwrap();
    for what in passing {
        assert!(rows(what).await > 0, "{what} is young");
    }
    hub.clock.advance(TimeDelta::days(91));
    hub.hub().purge().await.unwrap();
    for what in passing {
        assert_eq!(rows(what).await, 0, "{what}");
    }
    assert_eq!(rows("Credentials").await, 1, "the connection is alive");
    assert!(rows("Proposals and who decided").await > 0);
    let failures = hub.back_door().await;
    let failures = failures
        .execute_unprepared("DELETE FROM sign_in_failures")
        .await;
    assert_eq!(failures.unwrap().rows_affected(), 0);

    // the log tells how much it was, once, and stays whole
    hub.hub().purge().await.unwrap();
    let mut owner = hub.person(Who::Owner).await;
    assert_eq!(owner.audited("retention.purged").await, 1);
    let page = owner.post("/audit/verify", &[]).await.expect(200).text;
    assert!(page.contains("is whole"), "{page}");
    // what became of it is still known, without its contents
    let followed = agent.proposal(&proposal).await;
    assert_eq!(
        (&followed["status"], &followed["result"]),
        (&json!("done"), &Value::Null)
    );
    let mut again = hub.person(Who::Member).await;
    let gone = again
        .get(&format!("/approvals/{proposal}"))
        .await
        .expect(404);
    assert!(gone.text.contains("deleted after 90 days"), "{}", gone.text);
    // the agent's work goes on
    let other = hub.agent_of(&mut again, AgentAccess::ReadAndPropose).await;
    account(&other).await;
    hub.stop().await;
}

// proves SEC-10, T7
#[tokio::test]
async fn what_was_kept_long_enough_goes_on_sqlite() {
    what_was_kept_long_enough_goes(Engine::Sqlite).await;
}

// proves SEC-10, T7
#[tokio::test]
async fn what_was_kept_long_enough_goes_on_postgresql() {
    what_was_kept_long_enough_goes(Engine::Postgres).await;
}
