//! A proposed change, from the agent's call to the person's decision.

use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::database::Engine;
use gatelodge_testkit::hub::{Agent, Person, TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use serde_json::{Value, json};

const DATA: &str = "/services/data";

/// The id and name of some account.
pub(crate) async fn account(agent: &Agent) -> (String, String) {
    let page = agent
        .result(
            "salesforce_query",
            json!({ "soql": "SELECT Id, Name FROM Account ORDER BY Id LIMIT 1" }),
        )
        .await;
    let text = |name: &str| page["records"][0][name].as_str().unwrap().to_owned();
    (text("Id"), text("Name"))
}

/// A proposed change of an account's phone.
pub(crate) async fn propose_phone(agent: &Agent, account: &str, phone: &str) -> String {
    let arguments = json!({
        "object": "Account", "id": account, "fields": { "Phone": phone }, "reason": "They <b>called</b> today",
    });
    agent.propose("salesforce_update_record", arguments).await
}

pub(crate) async fn phone(agent: &Agent, account: &str) -> Value {
    let arguments = json!({ "object": "Account", "id": account, "fields": ["Phone"] });
    agent.result("salesforce_get_record", arguments).await["record"]["Phone"].clone()
}

// proves APR-1, APR-2, APR-4, P6, SF-6, SF-9: exactly what was shown is sent, once, after the person's yes
#[tokio::test]
async fn an_approved_change_happens_exactly_as_shown() {
    happens_exactly_as_shown(Engine::Sqlite).await;
}

#[tokio::test]
async fn an_approved_change_happens_exactly_as_shown_on_postgresql() {
    happens_exactly_as_shown(Engine::Postgres).await;
}

async fn happens_exactly_as_shown(engine: Engine) {
    let hub = TestHub::builder().on(engine).start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, name) = account(&agent).await;
    let before = phone(&agent, &id).await;
    let proposal = propose_phone(&agent, &id, "+49 30 123456").await;
    assert_eq!(hub.requests("PATCH", DATA), 0);
    assert!(hub.writers(&id).is_empty());

    let review = member.review(&proposal).await;
    let text = review.text();
    for shown in [
        "Account",
        &name,
        &id,
        "Phone",
        before.as_str().unwrap_or_default(),
        "+49 30 123456",
        MARIA,
        "PRACTICE",
        "Test agent",
        "not checked by Gatelodge",
        "They <b>called</b> today",
        "Up to date",
    ] {
        assert!(text.contains(shown), "{shown} is not shown: {text}");
    }
    assert!(
        !review.page.text.contains("<b>called"),
        "the requester's words are markup"
    );
    let record = hub.practice.url().join(&id).unwrap();
    let link = format!("href=\"{record}\"");
    assert!(review.page.text.contains(&link), "{link} is not there");

    let reply = member.approve(&proposal, &review).await.expect(303);
    let page = member
        .browser
        .get(&reply.location().unwrap())
        .await
        .expect(200);
    assert!(page.text.contains("Result"), "{}", page.text);
    let seen = agent.proposal(&proposal).await;
    assert_eq!(seen["status"], "done", "{seen}");
    assert_eq!(seen["result"]["id"], id.as_str());
    assert_eq!(hub.writers(&id), [Some("gatelodge/Test-agent".to_owned())]);
    assert_eq!(phone(&agent, &id).await, "+49 30 123456");
    for action in [
        "proposal.created",
        "proposal.approved",
        "proposal.executing",
        "proposal.settled",
    ] {
        assert_eq!(
            hub.person(Who::Auditor).await.audited(action).await,
            1,
            "{action}"
        );
    }
    hub.stop().await;
}

// proves APR-4: a refusal leaves the provider untouched, and the agent reads why
#[tokio::test]
async fn a_rejected_change_never_happens() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "1").await;
    let review = member.review(&proposal).await;
    member
        .reject(&proposal, &review, "Wrong number")
        .await
        .expect(303);
    let seen = agent.proposal(&proposal).await;
    assert_eq!(
        (seen["status"].as_str(), seen["note"].as_str()),
        (Some("rejected"), Some("Wrong number")),
        "{seen}"
    );
    member.approve(&proposal, &review).await.expect(409);
    assert_eq!(hub.requests("PATCH", DATA), 0);
    hub.stop().await;
}

// proves APR-4, P4: approved twice, one after the other and at once, it happens once
#[tokio::test]
async fn a_double_approval_runs_once() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let proposal = propose_phone(&agent, &id, "2").await;
    let review = member.review(&proposal).await;
    let mut tab = member.clone();
    let (first, second) = tokio::join!(
        member.approve(&proposal, &review),
        tab.approve(&proposal, &review)
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    member.approve(&proposal, &review).await.expect(409);
    assert_eq!(hub.writers(&id).len(), 1);
    hub.stop().await;
}

// proves APR-2: edited by the person, the new proposal takes the old one's place
#[tokio::test]
async fn an_edit_supersedes() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let old = propose_phone(&agent, &id, "3").await;
    let old_review = member.review(&old).await;
    let form = member
        .get(&format!("/approvals/{old}/edit"))
        .await
        .expect(200);
    let (digest, nonce) = (
        form.hidden("digest").unwrap(),
        form.hidden("nonce").unwrap(),
    );
    let fields = [
        ("digest", digest.as_str()),
        ("nonce", nonce.as_str()),
        ("value:Phone", "+1 555 0100"),
    ];
    let reply = member
        .post(&format!("/approvals/{old}/edit"), &fields)
        .await
        .expect(303);
    let new = reply
        .location()
        .unwrap()
        .path()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    assert_ne!(new, old);
    let seen = agent.proposal(&old).await;
    assert_eq!(
        (seen["status"].as_str(), seen["superseded_by"].as_str()),
        (Some("superseded"), Some(new.as_str()))
    );
    member.approve(&old, &old_review).await.expect(409);
    member.review_and_approve(&new).await.expect(303);
    assert_eq!(phone(&agent, &id).await, "+1 555 0100");
    assert_eq!(hub.writers(&id).len(), 1);
    hub.stop().await;
}

// proves P3: a record that changed in between is not overwritten
#[tokio::test]
async fn a_change_in_between_makes_it_stale() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let late = propose_phone(&agent, &id, "late").await;
    let review = member.review(&late).await;
    let early = propose_phone(&agent, &id, "early").await;
    member.review_and_approve(&early).await.expect(303);
    member.approve(&late, &review).await;
    let seen = agent.proposal(&late).await;
    assert_eq!(seen["status"], "stale", "{seen}");
    assert_eq!(phone(&agent, &id).await, "early");
    assert_eq!(hub.writers(&id).len(), 1);
    let page = member.review(&late).await.text();
    assert!(page.contains("changed since"), "{page}");
    hub.stop().await;
}

// proves APR-1: one key, one proposal; other arguments under it are refused
#[tokio::test]
async fn an_idempotency_key_stands_for_one_call() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let arguments = json!({ "object": "Account", "fields": { "Name": "Idempotent Ltd" } });
    let first = agent
        .rest_under("key-1", "salesforce_create_record", &arguments)
        .await
        .expect(202)
        .json();
    let again = agent
        .rest_under("key-1", "salesforce_create_record", &arguments)
        .await
        .expect(202)
        .json();
    assert_eq!(first["proposal"]["id"], again["proposal"]["id"]);
    let other = json!({ "object": "Account", "fields": { "Name": "Another Ltd" } });
    let refused = agent
        .rest_under("key-1", "salesforce_create_record", &other)
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "idempotency_conflict", "{refused}");
    let list = agent.result("gatelodge_list_proposals", json!({})).await;
    assert_eq!(list["proposals"].as_array().unwrap().len(), 1, "{list}");
    hub.stop().await;
}

// proves APR-1, APR-3: over MCP the agent proposes, waits for the decision and reads the outcome
#[tokio::test]
async fn an_agent_over_mcp_waits_for_the_outcome() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let arguments = json!({ "object": "Account", "fields": { "Name": "By MCP Ltd" }, "reason": "new customer" });
    let answer = agent
        .call_result("salesforce_create_record", arguments)
        .await;
    assert_eq!(answer["status"], "pending", "{answer}");
    let proposal = answer["proposal"]["id"].as_str().unwrap().to_owned();
    let review_url = answer["proposal"]["review_url"].as_str().unwrap();
    assert_eq!(
        review_url,
        hub.url
            .join(&format!("/approvals/{proposal}"))
            .unwrap()
            .as_str()
    );
    assert_eq!(hub.requests("POST", DATA), 0);
    let wait = json!({ "id": proposal, "wait_seconds": 30 });
    let (outcome, ()) = tokio::join!(
        agent.call_result("gatelodge_get_proposal", wait),
        decide(&mut member, &proposal)
    );
    assert_eq!(outcome["status"], "done", "{outcome}");
    let made = outcome["result"]["id"].as_str().unwrap();
    assert_eq!(hub.writers(made).len(), 1);
    hub.stop().await;
}

async fn decide(member: &mut Person, proposal: &str) {
    member.review_and_approve(proposal).await.expect(303);
}

// proves SF-6, SF-7, APR-1, APR-4: every kind of write is reviewed and runs once
#[tokio::test]
async fn every_write_runs_after_approval() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let create =
        json!({ "object": "Contact", "fields": { "LastName": "Proposed", "FirstName": "Pia" } });
    let contact = run(&mut member, &agent, "salesforce_create_record", create).await;
    let contact = contact["id"].as_str().unwrap().to_owned();
    let update = json!({ "object": "Contact", "id": contact, "fields": { "Title": "CEO", "FirstName": null } });
    run(&mut member, &agent, "salesforce_update_record", update).await;
    let upsert = |value: &str| {
        json!({
            "object": "Invoice__c", "external_id_field": "Invoice_Number__c", "external_id": "UP-1",
            "fields": { "Issue_Date__c": value },
        })
    };
    let made = run(
        &mut member,
        &agent,
        "salesforce_upsert_record",
        upsert("2026-01-31"),
    )
    .await;
    assert_eq!(made["created"], true, "{made}");
    let again = run(
        &mut member,
        &agent,
        "salesforce_upsert_record",
        upsert("2026-02-28"),
    )
    .await;
    assert_eq!(
        (&again["created"], &again["id"]),
        (&json!(false), &made["id"]),
        "{again}"
    );
    let delete = json!({ "object": "Contact", "id": contact });
    run(&mut member, &agent, "salesforce_delete_record", delete).await;
    assert_eq!(hub.writers(&contact).len(), 3);
    assert_eq!(hub.writers(made["id"].as_str().unwrap()).len(), 2);
    hub.stop().await;
}

async fn run(member: &mut Person, agent: &Agent, tool: &str, arguments: Value) -> Value {
    let proposal = agent.propose(tool, arguments).await;
    let reply = member.review_and_approve(&proposal).await;
    assert_eq!(
        reply.status.as_u16(),
        303,
        "{tool}: {}",
        unescape(&reply.text)
    );
    let seen = agent.proposal(&proposal).await;
    assert_eq!(seen["status"], "done", "{tool}: {seen}");
    seen["result"].clone()
}
