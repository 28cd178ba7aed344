//! Rules for tool calls, through every door: pages set them, agents meet them, people see what they demand.

use chrono::TimeDelta;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{Agent, Person, TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use serde_json::{Value, json};

use crate::proposals::{account, phone, propose_phone};
use crate::taken_over::intruder::{console, store};

/// Saves a rule as an administrator does.
async fn rule(admin: &mut Person, fields: &[(&str, &str)]) {
    let mut all = vec![("effect", "any")];
    all.extend(fields);
    if let Some(effect) = fields.iter().find(|(name, _)| *name == "effect") {
        all[0] = *effect;
        all.retain(|field| field.0 != "effect");
        all.push(*effect);
    }
    let reply = admin.post("/admin/policy/new", &all).await;
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text);
}

/// The message of a refusal.
async fn refused(agent: &Agent, tool: &str, arguments: Value) -> String {
    let problem: Value = agent.rest(tool, &arguments).await.expect(403).json();
    assert_eq!(problem["code"], "forbidden", "{problem}");
    problem["detail"].as_str().unwrap().to_owned()
}

// proves SEC-11: denied objects and fields are refused by name wherever a call names them, and are left out of describes
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of ways to a hidden field")]
async fn hidden_objects_and_fields_are_out_of_reach() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let contacts = json!({ "soql": "SELECT Id, Name FROM Contact LIMIT 3" });
    let before = agent.result("salesforce_query", contacts.clone()).await;
    let contact = before["records"][0]["Id"].as_str().unwrap().to_owned();
    let hide = [
        ("name", "No addresses"),
        ("decision", "deny"),
        ("objects", "Contact"),
        ("fields", "Email"),
    ];
    rule(&mut admin, &hide).await;
    let hide = [
        ("name", "No cases"),
        ("decision", "deny"),
        ("objects", "Case"),
    ];
    rule(&mut admin, &hide).await;
    let queries = hub.requests("GET", "/query");
    for soql in [
        "SELECT Email FROM Contact",
        "SELECT Id FROM Contact WHERE email LIKE 'a%'",
        "SELECT Id FROM Contact ORDER BY Email",
        "SELECT COUNT(Id) FROM Contact GROUP BY Email",
        "SELECT FIELDS(ALL) FROM Contact LIMIT 5",
        "SELECT Id, (SELECT Email FROM Contacts) FROM Account",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Email != null)",
    ] {
        let told = refused(&agent, "salesforce_query", json!({ "soql": soql })).await;
        assert!(
            told.contains("No addresses") && told.to_lowercase().contains("email"),
            "{soql}: {told}"
        );
        assert!(told.contains("Nothing was sent"), "{told}");
    }
    for (tool, arguments) in [
        ("salesforce_query", json!({ "soql": "SELECT Id FROM Case" })),
        (
            "salesforce_query",
            json!({ "soql": "SELECT Id, (SELECT Id FROM Cases) FROM Account" }),
        ),
        ("salesforce_count_records", json!({ "object": "cases" })),
        ("salesforce_describe_object", json!({ "object": "Case" })),
        (
            "salesforce_export",
            json!({ "soql": "SELECT Subject FROM Case" }),
        ),
        (
            "salesforce_create_record",
            json!({ "object": "Case", "fields": { "Subject": "x" } }),
        ),
    ] {
        let told = refused(&agent, tool, arguments.clone()).await;
        assert!(
            told.contains("No cases") && told.contains("Case"),
            "{arguments}: {told}"
        );
    }
    for (tool, arguments) in [
        (
            "salesforce_get_record",
            json!({ "object": "Contact", "id": contact }),
        ),
        (
            "salesforce_export",
            json!({ "soql": "SELECT Email FROM Contact" }),
        ),
        (
            "salesforce_update_record",
            json!({ "object": "contacts", "id": contact, "fields": { "email": "a@b.example" } }),
        ),
        (
            "salesforce_update_records",
            json!({ "object": "Contact", "records": [{ "Id": contact, "Email": "a@b.example" }] }),
        ),
        (
            "salesforce_search",
            json!({ "term": "Acme", "objects": ["Contact"] }),
        ),
    ] {
        let told = refused(&agent, tool, arguments.clone()).await;
        assert!(told.contains("No addresses"), "{arguments}: {told}");
    }
    assert_eq!(hub.requests("GET", "/query"), queries, "nothing was asked");

    // what is not hidden works on, and describes leave the rest out
    agent.result("salesforce_query", contacts).await;
    let named = json!({ "object": "Contact", "id": contact, "fields": ["Name"] });
    agent.result("salesforce_get_record", named).await;
    let described = agent
        .result("salesforce_describe_object", json!({ "object": "Contact" }))
        .await;
    let has = |list: &str, key: &str, name: &str| {
        let entries = described[list].as_array().unwrap();
        entries.iter().any(|entry| entry[key] == name)
    };
    assert!(has("fields", "name", "LastName") && !has("fields", "name", "Email"));
    assert!(!has("child_relationships", "object", "Case"));
    let list = agent
        .result(
            "salesforce_list_objects",
            json!({ "search": "case", "limit": 2000 }),
        )
        .await;
    let listed = list["objects"].as_array().unwrap();
    assert!(listed.iter().all(|entry| entry["name"] != "Case"), "{list}");
    let mut auditor = hub.person(Who::Auditor).await;
    assert_eq!(auditor.audited("policy_rule.created").await, 2);
    hub.stop().await;
}

// proves APR-5: a write runs at once where a rule with its reason says so, recorded as that; it waits again when the
// rule is gone, and always waits where approvals are sealed
#[tokio::test]
async fn direct_mode_is_a_choice_with_a_reason() {
    let hub = TestHub::builder().named().start().await;
    let mut admin = hub.person(Who::Admin).await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    propose_phone(&agent, &id, "1").await;
    assert_ne!(phone(&agent, &id).await, "1");

    let without = [
        ("name", "Direct"),
        ("decision", "allow"),
        ("effect", "write"),
    ];
    let reply = admin.post("/admin/policy/new", &without).await.expect(400);
    assert!(unescape(&reply.text).contains("written reason"));
    let mut with = without.to_vec();
    with.push((
        "reason",
        "The phone numbers of the new exchange, until Friday.",
    ));
    with.push(("objects", "Account"));
    with.push(("records", "1"));
    rule(&mut admin, &with).await;
    let write =
        |number: &str| json!({ "object": "Account", "id": id, "fields": { "Phone": number } });
    let done = agent
        .rest("salesforce_update_record", &write("2"))
        .await
        .expect(200)
        .json();
    assert_eq!(done["status"], "done", "{done}");
    assert_eq!(phone(&agent, &id).await, "2");
    // another object waits as before
    let contact = json!({ "object": "Contact", "fields": { "LastName": "Direct" } });
    let waits = agent
        .rest("salesforce_create_record", &contact)
        .await
        .json();
    assert_eq!(waits["status"], "pending", "{waits}");
    let mut auditor = hub.person(Who::Auditor).await;
    assert_eq!(auditor.audited("proposal.allowed").await, 1);

    let page = admin.get("/admin/policy").await.expect(200);
    let start = page.text.find("rul_").unwrap();
    let direct = page.text[start..start + 36].to_owned();
    admin
        .post(&format!("/admin/policy/{direct}/switch"), &[])
        .await
        .expect(303);
    let waits = agent
        .rest("salesforce_update_record", &write("3"))
        .await
        .json();
    assert_eq!(waits["status"], "pending", "{waits}");
    assert_eq!(phone(&agent, &id).await, "2");
    admin
        .post(&format!("/admin/policy/{direct}/switch"), &[])
        .await
        .expect(303);
    assert_eq!(auditor.audited("policy_rule.changed").await, 2);

    let user = hub.hub().find_user(Who::Member.email()).await;
    let organization = user.unwrap().unwrap().organization;
    let store = store(&hub).await;
    console(&hub, &store)
        .set_sealed(organization, true)
        .await
        .unwrap();
    let waits = agent
        .rest("salesforce_update_record", &write("4"))
        .await
        .json();
    assert_eq!(waits["status"], "pending", "{waits}");
    assert_eq!(phone(&agent, &id).await, "2");
    let mut again = with.clone();
    again[0] = ("name", "Direct again");
    let reply = admin.post("/admin/policy/new", &again).await.expect(409);
    assert!(unescape(&reply.text).contains("sealed"));
    hub.stop().await;
}

// proves APR-8: a rule makes approving take a fresh proof, and a second person who only confirms; a rule that comes
// between ends what was approved by nobody else
#[tokio::test]
async fn a_second_person_and_a_fresh_proof() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (id, _) = account(&agent).await;
    let demanding = [
        ("name", "Four eyes"),
        ("decision", "ask"),
        ("effect", "change"),
        ("four_eyes", "yes"),
        ("step_up", "yes"),
    ];
    rule(&mut admin, &demanding).await;
    let proposal = propose_phone(&agent, &id, "77").await;
    let review = member.review(&proposal).await;
    assert!(unescape(&review.page.text).contains("second person"));
    let refused = member.approve(&proposal, &review).await.expect(409);
    assert!(unescape(&refused.text).contains("second person"));
    // the owner of the connection is no second person, and a member is none either
    let look = format!("/admin/second-looks/{proposal}");
    member.get(&look).await.expect(403);
    let list = admin.get("/admin/second-looks").await.expect(200);
    assert!(list.text.contains(&proposal));
    let page = admin.get(&look).await.expect(200);
    assert!(page.text.contains("77"));
    let (digest, nonce) = (
        page.hidden("digest").unwrap(),
        page.hidden("nonce").unwrap(),
    );
    let wrong = [("digest", "0".repeat(64)), ("nonce", nonce.clone())];
    let wrong: Vec<_> = wrong
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    admin.post(&look, &wrong).await.expect(409);
    let fields = [("digest", digest.as_str()), ("nonce", nonce.as_str())];
    admin.post(&look, &fields).await.expect(303);
    admin.post(&look, &fields).await.expect(409);
    assert_ne!(phone(&agent, &id).await, "77", "confirming sends nothing");
    hub.clock.advance(TimeDelta::minutes(6));
    let review = member.review(&proposal).await;
    let asked = member.approve(&proposal, &review).await.expect(403);
    assert!(asked.text.contains("Confirm that it is you"));
    assert_eq!(agent.proposal(&proposal).await["status"], "pending");
    let mut member = hub.person(Who::Member).await;
    member.review_and_approve(&proposal).await.expect(303);
    assert_eq!(agent.proposal(&proposal).await["status"], "done");
    assert_eq!(phone(&agent, &id).await, "77");
    let mut auditor = hub.person(Who::Auditor).await;
    assert_eq!(auditor.audited("proposal.confirmed").await, 1);
    hub.stop().await;
}

// proves SEC-11, APR-8: what cannot be met, is unknown or locks everybody out is refused with the reason; what stops
// tools is said first
#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of wrong rules")]
async fn rules_that_make_no_sense_are_refused() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    hub.member_with_agent(MARIA).await;
    let deny = [("name", "X"), ("decision", "deny")];
    for (more, status, words) in [
        (&[("effect", "any")][..], 409, "no agent of anybody"),
        (&[("effect", "read")], 409, "no agent of anybody"),
        (
            &[
                ("effect", "any"),
                ("production", "yes"),
                ("sandbox", "yes"),
                ("practice", "yes"),
            ],
            409,
            "no agent of anybody",
        ),
        (
            &[("effect", "any"), ("tools", "salesforce_nothing")],
            400,
            "no tool named",
        ),
        (
            &[("effect", "change"), ("tools", "salesforce_query")],
            400,
            "never does",
        ),
        (
            &[("effect", "any"), ("objects", "Acc;ou nt' OR")],
            400,
            "not an API name",
        ),
        (
            &[("effect", "any"), ("groups", "Nobody")],
            400,
            "no group named",
        ),
        (
            &[("effect", "any"), ("agents", "Nobody")],
            400,
            "no agent named",
        ),
        (&[("effect", "any"), ("records", "-1")], 400, "whole number"),
        (
            &[("effect", "any"), ("records", "99999999999")],
            400,
            "whole number",
        ),
        (
            &[("effect", "any"), ("records", "50001")],
            400,
            "No call touches more",
        ),
        (&[("effect", "sometimes")], 400, "which calls"),
        (
            &[("effect", "any"), ("objects", "Case"), ("four_eyes", "yes")],
            400,
            "asks a person",
        ),
        (
            &[("effect", "any"), ("tools", "salesforce_query")],
            409,
            "This stops 1 tools",
        ),
    ] {
        let mut fields = deny.to_vec();
        fields.extend(more);
        let reply = admin.post("/admin/policy/new", &fields).await;
        assert_eq!(reply.status.as_u16(), status, "{more:?}: {}", reply.text);
        assert!(
            unescape(&reply.text).contains(words),
            "{more:?}: {}",
            reply.text
        );
    }
    for (decision, effect) in [("ask", "read"), ("allow", "read")] {
        let fields = [
            ("name", "X"),
            ("decision", decision),
            ("effect", effect),
            ("reason", "because of it all"),
        ];
        admin.post("/admin/policy/new", &fields).await.expect(400);
    }
    let list = admin.get("/admin/policy").await.expect(200);
    assert!(list.text.contains("No rule yet"), "nothing was saved");
    let understood = [
        ("name", "No queries"),
        ("decision", "deny"),
        ("effect", "any"),
        ("tools", "salesforce_query"),
        ("understood", "yes"),
    ];
    admin
        .post("/admin/policy/new", &understood)
        .await
        .expect(303);
    hub.clock.advance(TimeDelta::minutes(6));
    let late = admin
        .post("/admin/policy/new", &understood)
        .await
        .expect(403);
    assert!(late.text.contains("Confirm that it is you"));
    hub.stop().await;
}

// proves SEC-11: the page tells what would happen to a call and by which rule; nothing is sent
#[tokio::test]
async fn a_call_can_be_tried() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let (mut member, _agent) = hub.member_with_agent(MARIA).await;
    let agents = member.get("/agents").await.expect(200).text;
    let start = agents.find("agt_").unwrap();
    let id = agents[start..start + 36].to_owned();
    let hide = [
        ("name", "No cases"),
        ("decision", "deny"),
        ("objects", "Case"),
    ];
    rule(&mut admin, &hide).await;
    let requests = hub.requests("GET", "/");
    for (tool, arguments, words) in [
        (
            "salesforce_query",
            r#"{"soql": "SELECT Id FROM Case"}"#,
            "No cases",
        ),
        (
            "salesforce_query",
            r#"{"soql": "SELECT Id FROM Contact"}"#,
            "It would run",
        ),
        (
            "salesforce_query",
            r#"{"soql": "SELECT Account.Name FROM Contact"}"#,
            "taken for anything",
        ),
        (
            "salesforce_create_record",
            r#"{"object": "Contact", "fields": {"LastName": "A"}}"#,
            "A person would be asked",
        ),
    ] {
        let fields = [
            ("agent", id.as_str()),
            ("tool", tool),
            ("arguments", arguments),
            ("environment", "practice"),
        ];
        let page = admin.post("/admin/policy/try", &fields).await.expect(200);
        assert!(
            unescape(&page.text).contains(words),
            "{arguments}: {}",
            page.text
        );
    }
    for (agent, tool, arguments) in [
        ("nobody", "salesforce_query", "{}"),
        (id.as_str(), "nothing", "{}"),
        (id.as_str(), "salesforce_query", "{"),
        (id.as_str(), "salesforce_query", r#"{"soq": 1}"#),
    ] {
        let fields = [
            ("agent", agent),
            ("tool", tool),
            ("arguments", arguments),
            ("environment", "practice"),
        ];
        admin.post("/admin/policy/try", &fields).await.expect(400);
    }
    assert_eq!(hub.requests("GET", "/"), requests, "nothing was sent");
    hub.stop().await;
}

// proves APR-5, SEC-11: agents stop at their share of the org's calls, as Salesforce counts them, with the numbers; the
// count is believed for a while only
#[tokio::test]
async fn agents_stop_at_their_share_of_calls() {
    let hub = TestHub::start().await;
    let mut admin = hub.person(Who::Admin).await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    for wrong in ["0", "101", "x", "-5"] {
        admin
            .post("/admin/policy/share", &[("share", wrong)])
            .await
            .expect(400);
    }
    let one = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    agent.result("salesforce_query", one.clone()).await;
    admin
        .post("/admin/policy/share", &[("share", "1")])
        .await
        .expect(303);
    let mut refusal = None;
    for _ in 0..200 {
        let reply = agent.rest("salesforce_query", &one).await;
        if reply.status.as_u16() != 200 {
            refusal = Some(reply.json());
            break;
        }
    }
    let refusal: Value = refusal.expect("one per cent of 15,000 calls is used up");
    assert_eq!(refusal["code"], "provider_limit", "{refusal}");
    let told = refusal["detail"].as_str().unwrap();
    assert!(
        told.contains("of 15000") && told.contains("150") && told.contains("1 %"),
        "{told}"
    );
    let list: Value = agent.get("/api/v1/connections").await.expect(200).json();
    let connection = list["connections"][0]["id"].as_str().unwrap();
    let page = member
        .get(&format!("/connections/{connection}"))
        .await
        .expect(200);
    assert!(page.text.contains("Agents have used their share"));
    // the number is old by now: one call goes out and brings a fresh one
    hub.clock.advance(TimeDelta::minutes(11));
    agent.rest("salesforce_query", &one).await.expect(200);
    agent.rest("salesforce_query", &one).await.expect(429);
    admin = hub.person(Who::Admin).await;
    admin
        .post("/admin/policy/share", &[("share", "")])
        .await
        .expect(303);
    agent.rest("salesforce_query", &one).await.expect(200);
    hub.stop().await;
}
