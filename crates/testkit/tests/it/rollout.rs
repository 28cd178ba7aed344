//! Rolling out: limiting a provider to a test group, seeing who is missing, asking them, and all connections.

use gatelodge_model::GroupId;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{Person, TestHub, Who};
use gatelodge_testkit::practice::{BEN, MARIA};
use serde_json::json;

use crate::proposals::{account, propose_phone};

async fn limit(admin: &mut Person, groups: &[GroupId]) {
    let ids: Vec<String> = groups.iter().map(ToString::to_string).collect();
    let mut fields = vec![("provider", "salesforce")];
    fields.extend(ids.iter().map(|id| ("group", id.as_str())));
    admin
        .post("/admin/rollout/limit", &fields)
        .await
        .expect(303);
}

// proves ADM-28: only the test group sees the provider and uses its tools; the refusal says so
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_is_tried_by_a_group_first() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let mut admin = hub.person(Who::Admin).await;
    let testers = hub.group_of(Who::SecondMember, "Testers").await;
    limit(&mut admin, &[testers]).await;
    hub.clock.advance(chrono::TimeDelta::seconds(3));

    let refused = agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(403);
    let problem = refused.json();
    assert_eq!(problem["code"], "forbidden");
    let words = problem["detail"].as_str().unwrap();
    assert!(words.contains("open to a test group only"), "{words}");
    let tools = agent.tool_names().await;
    assert!(!tools.iter().any(|tool| tool.starts_with("salesforce_")));
    assert!(tools.iter().any(|tool| tool.starts_with("gatelodge_")));
    let page = member.get("/connections/new").await.expect(200);
    assert_eq!(page.hidden("app"), None, "nothing to connect with");
    let app = hub.app.id.to_string();
    let host = hub.practice_url.origin().ascii_serialization();
    let forced = [("app", app.as_str()), ("login_host", host.as_str())];
    let reply = member.post("/connections/new", &forced).await;
    assert_eq!(reply.status.as_u16(), 403, "{}", reply.text);

    // Whoever is in the group is not held up.
    let mut second = hub.person(Who::SecondMember).await;
    second.connect(&hub, BEN).await;

    limit(&mut admin, &[]).await;
    hub.clock.advance(chrono::TimeDelta::seconds(3));
    agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(200);
    assert_eq!(admin.audited("provider.limited").await, 2);
    hub.stop().await;
}

// proves ADM-28: counts, who is missing, and asking them once a day
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_missing_is_asked_once_a_day() {
    let hub = TestHub::start().await;
    hub.member_with_agent(MARIA).await;
    hub.group_of(Who::SecondMember, "EMEA").await;
    let mut admin = hub.person(Who::Admin).await;
    let page = unescape(&admin.get("/admin/rollout").await.expect(200).text);
    // Owner, administrator and two members; an auditor connects nothing.
    assert!(page.contains("1 of 4 connected"), "{page}");
    assert!(page.contains("0 of 1") && page.contains("EMEA"));
    for missing in [Who::Owner, Who::Admin, Who::SecondMember] {
        assert!(page.contains(missing.email()), "{missing:?}");
    }
    assert!(!page.contains(Who::Member.email()));

    let ask = [("provider", "salesforce")];
    let mut auditor = hub.person(Who::Auditor).await;
    auditor.post("/admin/rollout/ask", &ask).await.expect(403);
    let done = admin.post("/admin/rollout/ask", &ask).await.expect(303);
    assert!(done.location().unwrap().as_str().ends_with("people-asked"));
    let again = admin.post("/admin/rollout/ask", &ask).await.expect(303);
    assert!(
        again
            .location()
            .unwrap()
            .as_str()
            .ends_with("all-asked-today")
    );
    assert_eq!(admin.audited("connection.asked_for").await, 1);
    let mut second = hub.person(Who::SecondMember).await;
    let notices = unescape(&second.get("/notices").await.expect(200).text);
    let title = "Please connect your Salesforce account";
    assert!(notices.contains(title), "{notices}");

    second.connect(&hub, BEN).await;
    let page = unescape(&admin.get("/admin/rollout").await.expect(200).text);
    assert!(page.contains("2 of 4 connected"), "{page}");
    assert!(page.contains("3, of whom 1 have connected"), "{page}");
    hub.clock.advance(chrono::TimeDelta::hours(25));
    let mut admin = hub.person(Who::Admin).await;
    let later = admin.post("/admin/rollout/ask", &ask).await.expect(303);
    assert!(later.location().unwrap().as_str().ends_with("people-asked"));
    hub.stop().await;
}

// proves OBS-2, OBS-3: who read and changed which object, how often; filters; and the export, which is audited itself
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_to_records_is_counted_by_object() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (account_id, _) = account(&agent).await;
    for soql in [
        "SELECT Id FROM Account LIMIT 1",
        "select Id from account where Name = 'Secret Ltd' limit 1",
    ] {
        agent
            .result("salesforce_query", json!({ "soql": soql }))
            .await;
    }
    let proposal = propose_phone(&agent, &account_id, "1").await;
    member.review_and_approve(&proposal).await.expect(303);
    agent
        .get(&format!("/api/v1/proposals/{proposal}?wait_seconds=20"))
        .await
        .expect(200);
    let mut auditor = hub.person(Who::Auditor).await;
    let page = unescape(&auditor.get("/audit/records").await.expect(200).text);
    let row = page.split("<tr>").find(|row| row.contains(">Account<"));
    let row = row.unwrap_or_else(|| panic!("no Account in {page}"));
    assert!(row.contains("Test agent for Mia Member"), "{row}");
    assert!(row.contains("data-label=\"Changes sent\">1<"), "{row}");
    assert!(!row.contains("data-label=\"Calls that read\">0<"), "{row}");
    member.get("/audit/records").await.expect(403);

    let path = format!("/audit?person={}&outcome=denied", Who::Member.email());
    let none = auditor.get(&path).await.expect(200);
    assert!(none.text.contains("No events"), "{}", none.text);
    let path = format!("/audit?face=ui&target={proposal}&action=proposal.approved");
    let one = auditor.get(&path).await.expect(200);
    assert_eq!(one.text.matches(">proposal.approved<").count(), 1);
    for wrong in ["person=nobody@example.com", "from=yesterday", "face=door"] {
        auditor.get(&format!("/audit?{wrong}")).await.expect(400);
    }
    member
        .post("/audit/export", &[("format", "csv")])
        .await
        .expect(403);
    let asked = [("format", "jsonl"), ("action", "proposal.")];
    let file = auditor.post("/audit/export", &asked).await.expect(200);
    assert!(file.header("content-disposition").contains("audit.jsonl"));
    assert!(file.text.lines().count() >= 4, "{}", file.text);
    for line in file.text.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["action"].as_str().unwrap().starts_with("proposal."));
    }
    let csv = auditor
        .post("/audit/export", &[("format", "csv")])
        .await
        .expect(200);
    assert!(csv.text.starts_with("id,at,person,agent,action"));
    assert!(!csv.text.contains("Secret Ltd"), "no value is in the log");
    assert_eq!(csv.text.matches("\"audit.exported\"").count(), 1);
    assert_eq!(auditor.audited("audit.exported").await, 2);
    hub.clock.advance(chrono::TimeDelta::minutes(6));
    let late = auditor.post("/audit/export", &asked).await;
    assert_eq!(late.status.as_u16(), 403, "the proof is too old");
    hub.stop().await;
}

// proves ADM-28, OBS-3: all connections with person, account, environment and last use, filtered
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_all_connections() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let testers = hub.group_of(Who::SecondMember, "Testers").await;
    let mut admin = hub.person(Who::Admin).await;
    let page = unescape(&admin.get("/admin/connections").await.expect(200).text);
    assert!(
        page.contains(Who::Member.email()) && page.contains("PRACTICE"),
        "{page}"
    );
    assert!(page.contains("1 of 4 connected"));
    assert!(page.contains("not yet"), "never used");
    agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(200);
    let used = unescape(&admin.get("/admin/connections").await.expect(200).text);
    assert!(!used.contains("not yet"), "{used}");
    for (query, shown) in [
        ("status=active".to_owned(), true),
        ("status=attention".to_owned(), false),
        ("environment=practice".to_owned(), true),
        ("environment=production".to_owned(), false),
        ("provider=salesforce&text=MIA".to_owned(), true),
        ("text=nobody%25".to_owned(), false),
        (format!("group={testers}"), false),
    ] {
        let path = format!("/admin/connections?{query}");
        let page = admin.get(&path).await.expect(200).text;
        assert_eq!(page.contains(Who::Member.email()), shown, "{query}");
    }
    member.get("/admin/connections").await.expect(403);
    hub.stop().await;
}
