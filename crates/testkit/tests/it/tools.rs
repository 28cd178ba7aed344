//! Every tool through both doors, and what a connection's token does meanwhile.

use gatelodge_model::AgentAccess;
use gatelodge_testkit::hub::{Agent, TestHub, Who, connection_id};
use gatelodge_testkit::practice::{BEN, Decision, MARIA};
use serde_json::{Value, json};

const READS: [&str; 14] = [
    "salesforce_list_objects",
    "salesforce_describe_object",
    "salesforce_query",
    "salesforce_search",
    "salesforce_get_record",
    "salesforce_related_records",
    "salesforce_limits",
    "salesforce_whoami",
    "salesforce_count_records",
    "salesforce_list_documents",
    "salesforce_get_content_version",
    "salesforce_get_document_data",
    "salesforce_export",
    "salesforce_get_export",
];
const WRITES: [&str; 10] = [
    "salesforce_create_record",
    "salesforce_update_record",
    "salesforce_upsert_record",
    "salesforce_delete_record",
    "salesforce_undelete_record",
    "salesforce_create_records",
    "salesforce_update_records",
    "salesforce_upsert_records",
    "salesforce_delete_records",
    "salesforce_upload_file",
];
const HUB: [&str; 3] = [
    "gatelodge_list_connections",
    "gatelodge_get_proposal",
    "gatelodge_list_proposals",
];

async fn one(agent: &Agent, soql: &str) -> String {
    let page = agent
        .result("salesforce_query", json!({ "soql": soql }))
        .await;
    page["records"][0]["Id"].as_str().unwrap().to_owned()
}

// proves SF-1, SF-2, SF-3, SF-4, SF-5, SF-8: each reading tool answers alike over REST and MCP
#[tokio::test]
async fn every_reading_tool_answers_alike_over_rest_and_mcp() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let contact = one(
        &agent,
        "SELECT Id FROM Contact WHERE AccountId != null ORDER BY Id LIMIT 1",
    )
    .await;
    let calls: [(&str, Value, &str); 9] = [
        (READS[0], json!({}), "Invoice__c"),
        (
            READS[1],
            json!({ "object": "Invoice__c" }),
            "Invoice_Number__c",
        ),
        (
            READS[2],
            json!({ "soql": "SELECT Name, Account.Name FROM Contact ORDER BY Id LIMIT 3" }),
            "Account",
        ),
        (
            READS[3],
            json!({ "term": "Maria", "objects": ["Contact", "User"] }),
            "records",
        ),
        (
            READS[4],
            json!({ "object": "Contact", "id": contact }),
            &contact,
        ),
        (
            READS[5],
            json!({ "object": "Contact", "id": contact, "relationship": "Account" }),
            "001",
        ),
        (READS[6], json!({}), "DailyApiRequests"),
        (READS[7], json!({}), MARIA),
        (
            READS[8],
            json!({ "object": "Contact" }),
            "SELECT COUNT() FROM Contact",
        ),
    ];
    for (tool, arguments, part) in calls {
        let rest = agent.result(tool, arguments.clone()).await;
        assert!(
            rest.to_string().contains(part),
            "{tool}: {part} is not in {rest}"
        );
        let mcp = agent.call_result(tool, arguments).await;
        if tool == "salesforce_limits" {
            assert!(mcp.to_string().contains(part), "{mcp}");
        } else {
            assert_eq!(mcp, rest, "{tool}");
        }
    }
    hub.stop().await;
}

// proves SF-1, SF-2: which actions each object supports, and what a field can hold
#[tokio::test]
async fn objects_tell_what_they_support() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let list = agent
        .result("salesforce_list_objects", json!({ "search": "invoice" }))
        .await;
    let invoice = &list["objects"][0];
    assert_eq!(
        (&invoice["name"], &invoice["custom"]),
        (&json!("Invoice__c"), &json!(true)),
        "{list}"
    );
    assert!(
        invoice["supports"]
            .as_array()
            .unwrap()
            .contains(&json!("query")),
        "{list}"
    );
    let object = agent
        .result(
            "salesforce_describe_object",
            json!({ "object": "Invoice__c" }),
        )
        .await;
    let field = |name: &str| {
        let fields = object["fields"].as_array().unwrap();
        fields
            .iter()
            .find(|field| field["name"] == name)
            .unwrap_or_else(|| panic!("no {name}"))
            .clone()
    };
    assert_eq!(field("Invoice_Number__c")["external_id"], true);
    assert!(
        field("Status__c")["picklist"]
            .as_array()
            .unwrap()
            .contains(&json!("Overdue")),
        "{}",
        field("Status__c")
    );
    hub.stop().await;
}

// proves SF-12: the common objects are found by the names that people use
#[tokio::test]
async fn common_objects_are_found_by_name() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    for (said, meant) in [
        ("account", "Account"),
        ("contact", "Contact"),
        ("opportunity", "Opportunity"),
        ("case", "Case"),
        ("task", "Task"),
        ("event", "Event"),
        ("order", "Order"),
        ("invoice__c", "Invoice__c"),
    ] {
        let object = agent
            .result("salesforce_describe_object", json!({ "object": said }))
            .await;
        assert_eq!(object["name"], meant, "{said}");
    }
    hub.stop().await;
}

// proves SF-17: a cursor leads through all pages until done
#[tokio::test]
async fn a_query_is_paged_until_done() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let soql = "SELECT Id FROM Contact ORDER BY Id";
    let mut page = agent
        .result("salesforce_query", json!({ "soql": soql }))
        .await;
    let total = page["total_size"].as_u64().unwrap();
    assert!(total > 200, "{total}");
    let mut ids = Vec::new();
    let mut pages = 0;
    loop {
        pages += 1;
        ids.extend(
            page["records"]
                .as_array()
                .unwrap()
                .iter()
                .map(|record| record["Id"].clone()),
        );
        let Some(cursor) = page.get("cursor").cloned() else {
            break;
        };
        assert_eq!(page["done"], false);
        page = agent
            .result("salesforce_query", json!({ "cursor": cursor }))
            .await;
    }
    assert_eq!(page["done"], true);
    assert_eq!(ids.len() as u64, total);
    assert!(pages > 1);
    ids.dedup();
    assert_eq!(ids.len() as u64, total);
    hub.stop().await;
}

// proves SF-20: a read-only agent sees no tool that writes and cannot call one
#[tokio::test]
async fn a_read_only_agent_sees_no_write() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let mut names = agent.tool_names().await;
    names.sort_unstable();
    let mut all: Vec<&str> = READS.iter().chain(&WRITES).chain(&HUB).copied().collect();
    all.sort_unstable();
    assert_eq!(names, all);
    let reader = hub.agent_of(&mut member, AgentAccess::ReadOnly).await;
    let over_rest = reader.get("/api/v1/tools").await.expect(200).json();
    let over_rest = over_rest["tools"].as_array().unwrap().iter();
    let mut over_rest: Vec<String> = over_rest
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect();
    let mut over_mcp = reader.tool_names().await;
    over_rest.sort_unstable();
    over_mcp.sort_unstable();
    let mut reading: Vec<&str> = READS.iter().chain(&HUB).copied().collect();
    reading.sort_unstable();
    assert_eq!(over_rest, reading);
    assert_eq!(over_mcp, reading);
    let arguments = json!({ "object": "Account", "fields": { "Name": "x" } });
    let refused = reader
        .rest("salesforce_create_record", &arguments)
        .await
        .expect(403)
        .json();
    assert_eq!(refused["code"], "forbidden", "{refused}");
    assert_eq!(
        reader.call("salesforce_create_record", arguments).await["isError"],
        true
    );
    assert!(
        member
            .get("/approvals")
            .await
            .expect(200)
            .text
            .contains("Nothing")
    );
    hub.stop().await;
}

// proves CRED-3, CRED-4: an ended session is renewed once, however many calls meet it
#[tokio::test]
async fn concurrent_calls_refresh_once() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    agent.result("salesforce_whoami", json!({})).await;
    for round in 1..=3 {
        hub.practice.admin("expire-access-tokens", &json!({})).await;
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let agent = agent.clone();
            calls.spawn(async move {
                agent
                    .result(
                        "salesforce_query",
                        json!({ "soql": "SELECT Id FROM Account LIMIT 1" }),
                    )
                    .await
            });
        }
        assert_eq!(calls.join_all().await.len(), 20);
        assert_eq!(hub.token_requests("refresh_token"), round);
    }
    hub.stop().await;
}

// proves CRED-3: refresh tokens that rotate are followed
#[tokio::test]
async fn rotating_refresh_tokens_are_followed() {
    let hub = TestHub::builder()
        .app(|app| app.rotate_refresh_tokens = true)
        .start()
        .await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    for round in 1..=3 {
        hub.practice.admin("expire-access-tokens", &json!({})).await;
        agent
            .result(
                "salesforce_query",
                json!({ "soql": "SELECT Id FROM Account LIMIT 1" }),
            )
            .await;
        assert_eq!(hub.token_requests("refresh_token"), round);
    }
    hub.stop().await;
}

// proves CRED-3: userinfo answers an ended session with 403 and plain text, which is an ended session all the same
#[tokio::test]
async fn an_ended_session_is_renewed_for_whoami_too() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    hub.practice.admin("expire-access-tokens", &json!({})).await;
    let who = agent.result("salesforce_whoami", json!({})).await;
    assert_eq!(who["username"], MARIA, "{who}");
    assert_eq!(hub.token_requests("refresh_token"), 1);
    hub.stop().await;
}

// proves CRED-7: a tool that needs a scope which was not granted is refused here, and nothing is sent
#[tokio::test]
async fn a_missing_scope_is_refused_locally() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let mut authorize = member.begin_connect(&hub, None).await;
    let asked: Vec<(String, String)> = authorize
        .query_pairs()
        .into_owned()
        .map(|(name, value)| {
            if name == "scope" {
                (name, "id refresh_token".to_owned())
            } else {
                (name, value)
            }
        })
        .collect();
    authorize.query_pairs_mut().clear().extend_pairs(&asked);
    let password = hub.practice.password(MARIA);
    let back = hub
        .practice
        .visitor()
        .follow(&authorize, MARIA, &password, Decision::Allow)
        .await;
    connection_id(&member.browser.get(&back).await);
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    let before = hub.practice.running().counts().requests;
    let refused = agent
        .rest(
            "salesforce_query",
            &json!({ "soql": "SELECT Id FROM Account" }),
        )
        .await
        .expect(403)
        .json();
    assert_eq!(refused["code"], "missing_scope", "{refused}");
    assert!(
        refused["detail"].as_str().unwrap().contains("api"),
        "{refused}"
    );
    assert_eq!(hub.practice.running().counts().requests, before);
    hub.stop().await;
}

// proves SF-8, SF-14: two accounts of one person: the choice is asked for, and rights are those of the one chosen
#[tokio::test]
async fn several_connections_are_ambiguous_until_one_is_named() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let maria = member.connect(&hub, MARIA).await;
    let ben = member.connect(&hub, BEN).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadOnly).await;
    let refused = agent
        .rest("salesforce_whoami", &json!({}))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "connection_ambiguous", "{refused}");
    for id in [&maria, &ben] {
        assert!(
            refused["choices"].to_string().contains(id.as_str()),
            "{refused}"
        );
    }
    for (id, user) in [(&maria, MARIA), (&ben, BEN)] {
        let who = agent
            .result("salesforce_whoami", json!({ "connection": id }))
            .await;
        assert_eq!(who["username"], user, "{who}");
    }
    let soql = json!({ "soql": "SELECT AnnualRevenue FROM Account LIMIT 1", "connection": ben });
    let refused = agent
        .rest("salesforce_query", &soql)
        .await
        .expect(422)
        .json();
    assert_eq!(refused["provider"]["code"], "INVALID_FIELD", "{refused}");
    // somebody else's connection looks like none at all
    let mut second = hub.person(Who::SecondMember).await;
    let other = hub.agent_of(&mut second, AgentAccess::ReadOnly).await;
    let foreign = other
        .rest("salesforce_whoami", &json!({ "connection": maria }))
        .await
        .expect(404)
        .json();
    let unknown = json!({ "connection": "con_00000000000000000000000000000000" });
    let unknown = other
        .rest("salesforce_whoami", &unknown)
        .await
        .expect(404)
        .json();
    assert_eq!(foreign["detail"], unknown["detail"]);
    hub.stop().await;
}

// proves SF-8: calls carry the name of the agent, and every call leaves an audit row
#[tokio::test]
async fn calls_are_named_and_audited() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    agent
        .result(
            "salesforce_query",
            json!({ "soql": "SELECT Id FROM Account LIMIT 1" }),
        )
        .await;
    let journal = hub.practice.running().journal();
    let query = journal
        .iter()
        .rfind(|entry| entry.path.ends_with("/query"))
        .unwrap();
    assert_eq!(query.client.as_deref(), Some("gatelodge/Test-agent"));
    let page = member.get("/audit?action=tool.").await.expect(200).text;
    assert!(page.contains("salesforce_query"), "{page}");
    hub.stop().await;
}

// proves SF-10, SF-20: switched off as a whole, no agent sees or uses a writing tool, and what was approved is not sent
#[tokio::test]
async fn writes_can_be_switched_off_as_a_whole() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let arguments = json!({ "object": "Account", "fields": { "Name": "Never" } });
    let earlier = agent
        .propose("salesforce_create_record", arguments.clone())
        .await;
    member
        .post("/settings/writes", &[("writes", "off")])
        .await
        .expect(403);
    let mut admin = hub.person(Who::Admin).await;
    admin
        .post("/settings/writes", &[("writes", "off")])
        .await
        .expect(303);
    let names = agent.tool_names().await;
    assert!(!names.iter().any(|name| WRITES.contains(&name.as_str())));
    assert!(names.iter().any(|name| name == "salesforce_query"));
    let refused = agent
        .rest("salesforce_create_record", &arguments)
        .await
        .expect(403)
        .json();
    assert_eq!(refused["who_must_act"], "admin", "{refused}");
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .starts_with("Writes are switched off in this organization"),
        "{refused}"
    );
    let review = member.review(&earlier).await;
    member.approve(&earlier, &review).await.expect(303);
    let seen = agent
        .get(&format!("/api/v1/proposals/{earlier}?wait_seconds=20"))
        .await
        .expect(200)
        .json();
    assert_eq!(seen["status"], "stale", "{seen}");
    assert_eq!(hub.requests("POST", "/services/data"), 0);

    admin
        .post("/settings/writes", &[("writes", "on")])
        .await
        .expect(303);
    agent.propose("salesforce_create_record", arguments).await;
    let mut auditor = hub.person(Who::Auditor).await;
    assert_eq!(auditor.audited("organization.writes_switched").await, 2);
    hub.stop().await;
}
