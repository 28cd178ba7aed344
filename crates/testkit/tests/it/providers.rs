//! The switches in front of providers: off hides, refuses and keeps.

use gatelodge_model::AgentAccess;
use gatelodge_testkit::browser::{Reply, unescape};
use gatelodge_testkit::hub::{Agent, Person, TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use serde_json::json;
use std::time::Duration;

const PROVIDER: &str = "/admin/providers/salesforce";

async fn switch(admin: &mut Person, path: &str, on: bool) {
    let word = if on { "yes" } else { "no" };
    admin.post(path, &[("on", word)]).await.expect(303);
}

async fn whoami(agent: &Agent) -> Reply {
    agent.rest("salesforce_whoami", &json!({})).await
}

async fn offers_salesforce(agent: &Agent) -> bool {
    let names = agent.tool_names().await;
    names.iter().any(|name| name.starts_with("salesforce_"))
}

// proves ADM-1, ADM-2, ADM-3: either switch hides Salesforce from people and agents and refuses it; connections are kept
#[tokio::test]
async fn a_provider_that_is_off_is_hidden_refused_and_kept() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let mut admin = hub.person(Who::Admin).await;
    whoami(&agent).await.expect(200);
    for (switch_path, words) in [
        (format!("{PROVIDER}/switch"), "Salesforce is switched off"),
        (
            "/admin/providers".to_owned(),
            "Integrations are switched off",
        ),
    ] {
        switch(&mut admin, &switch_path, false).await;
        let refused = whoami(&agent).await.expect(403).json();
        assert_eq!(refused["code"], "provider_disabled", "{refused}");
        let said = refused.to_string();
        assert!(
            said.contains(words) && said.contains("Admin, Providers"),
            "{said}"
        );
        assert!(!offers_salesforce(&agent).await);
        let page = unescape(&member.get("/connections/new").await.expect(200).text);
        assert!(page.contains(words), "{page}");
        assert!(!page.contains("name=\"login_host\""), "{page}");
        let app = hub.app.id.to_string();
        let host = hub.practice_url.origin().ascii_serialization();
        let fields = [("app", app.as_str()), ("login_host", host.as_str())];
        member.post("/connections/new", &fields).await.expect(403);
        // the connection is kept, and works again at once
        let kept = agent.get("/api/v1/connections").await.expect(200).json();
        assert_eq!(kept["connections"][0]["status"], "active", "{kept}");
        switch(&mut admin, &switch_path, true).await;
        whoami(&agent).await.expect(200);
        assert!(offers_salesforce(&agent).await);
    }
    let audit = unescape(&admin.get("/audit").await.expect(200).text);
    assert!(audit.contains("provider.switched"), "{audit}");
    hub.stop().await;
}

// proves ADM-1, ADM-12, ADM-15: every provider is listed with its state, is found by name, product and capability, and
// says when it has to be set up
#[tokio::test]
async fn the_library_lists_searches_and_marks() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    for (query, found) in [
        ("", true),
        ("?q=sales", true),
        ("?q=service+cloud", true),
        ("?q=CRM", true),
        ("?q=nothing+like+it", false),
    ] {
        let page = admin
            .get(&format!("/admin/providers{query}"))
            .await
            .expect(200);
        assert_eq!(page.text.contains("Configure Salesforce"), found, "{query}");
        assert!(!page.text.contains("Setup required"), "{query}");
    }
    // another organization has no app yet
    let mut stranger = hub.person(Who::Stranger).await;
    let page = stranger.get("/admin/providers").await.expect(200).text;
    assert!(page.contains("Setup required"), "{page}");
    // a member is not let in, an auditor reads and switches nothing
    let mut member = hub.person(Who::Member).await;
    member.get("/admin/providers").await.expect(403);
    let mut auditor = hub.person(Who::Auditor).await;
    auditor.get(PROVIDER).await.expect(200);
    auditor
        .post(&format!("{PROVIDER}/switch"), &[("on", "no")])
        .await
        .expect(403);
    // a form that says nothing switches nothing
    admin.post("/admin/providers", &[]).await.expect(400);
    admin
        .post("/admin/providers/unknown/switch", &[("on", "no")])
        .await
        .expect(404);
    let page = admin.get("/admin/providers").await.expect(200).text;
    assert!(!page.contains("Switch integrations on"), "{page}");
    hub.stop().await;
}

// proves ADM-2: a call that is under way ends with the reason when its provider is switched off
#[tokio::test]
async fn a_call_under_way_ends_when_its_provider_is_switched_off() {
    let hub = TestHub::start().await;
    let (_member, agent) = hub.member_with_agent(MARIA).await;
    let mut admin = hub.person(Who::Admin).await;
    let slow = json!({ "path_prefix": "/services/data", "times": 1, "answer_delay_ms": 600_000 });
    hub.practice.admin("faults", &slow).await;
    let asking = agent.clone();
    let query = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    let call = tokio::spawn(async move { asking.rest("salesforce_query", &query).await });
    while !hub.practice.running().practice().faults.open().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    switch(&mut admin, &format!("{PROVIDER}/switch"), false).await;
    let refused = call.await.unwrap().expect(403).json();
    assert_eq!(refused["code"], "provider_disabled", "{refused}");
    hub.stop().await;
}

// proves ADM-2, P9: what was approved before its provider was switched off is not sent
#[tokio::test]
async fn an_approved_write_is_not_sent_while_its_provider_is_off() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (account, _) = crate::proposals::account(&agent).await;
    let proposal = crate::proposals::propose_phone(&agent, &account, "+1 555 0100").await;
    let mut admin = hub.person(Who::Admin).await;
    switch(&mut admin, &format!("{PROVIDER}/switch"), false).await;
    member.review_and_approve(&proposal).await;
    let mut status = String::new();
    while !matches!(status.as_str(), "stale" | "done" | "failed") {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let seen = agent.proposal(&proposal).await;
        seen["status"].as_str().unwrap().clone_into(&mut status);
    }
    assert_eq!(status, "stale");
    assert!(hub.writers(&account).is_empty());
    hub.stop().await;
}

// proves ADM-9: switching takes a sign-in that is minutes old
#[tokio::test]
async fn a_switch_takes_a_fresh_sign_in() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    hub.clock.advance(chrono::TimeDelta::minutes(6));
    let refused = admin
        .post(&format!("{PROVIDER}/switch"), &[("on", "no")])
        .await;
    assert!(!refused.status.is_success(), "{}", refused.text);
    let page = admin.get(PROVIDER).await.expect(200).text;
    assert!(page.contains("Switch Salesforce off"), "{page}");
    let mut member = hub.person(Who::Member).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadOnly).await;
    assert!(offers_salesforce(&agent).await);
    hub.stop().await;
}
