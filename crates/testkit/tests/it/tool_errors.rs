//! Calls that must be refused: what was wrong, where, what to do, and nothing sent that should not be.

use gatelodge_model::{AgentAccess, Secret};
use gatelodge_testkit::browser;
use gatelodge_testkit::hub::{Agent, TestHub, Who};
use gatelodge_testkit::practice::{BEN, MARIA, RUTH};
use serde_json::{Value, json};

const QUERY: &str = "salesforce_query";

async fn refused(agent: &Agent, tool: &str, arguments: Value, status: u16, code: &str) -> Value {
    let reply = agent.rest(tool, &arguments).await.expect(status);
    assert!(
        reply
            .header("content-type")
            .starts_with("application/problem+json")
    );
    let problem = reply.json();
    assert_eq!(problem["code"], code, "{problem}");
    assert!(
        problem["request_id"]
            .as_str()
            .is_some_and(|id| id.starts_with("req_")),
        "{problem}"
    );
    let over_mcp = agent.call(tool, arguments).await;
    assert_eq!(over_mcp["isError"], true, "{over_mcp}");
    assert!(over_mcp.to_string().contains(code), "{over_mcp}");
    problem
}

// proves SF-3, SF-8: Salesforce's own words, with the caret at the place
#[tokio::test]
async fn errors_of_a_query_keep_the_caret() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let problem = refused(
        &agent,
        QUERY,
        json!({ "soql": "SELECT Nmae FROM Account" }),
        422,
        "provider_rejected",
    )
    .await;
    assert_eq!(problem["provider"]["code"], "INVALID_FIELD", "{problem}");
    let message = problem["provider"]["message"].as_str().unwrap();
    assert!(
        message.contains('\n')
            && message.contains('^')
            && message.contains("ERROR at Row:1:Column:8"),
        "{message}"
    );
    assert!(
        problem["hint"]
            .as_str()
            .is_some_and(|hint| !hint.is_empty()),
        "{problem}"
    );
    hub.stop().await;
}

// proves SF-3: the query tool only reads; a side effect is refused with the reason before anything is sent
#[tokio::test]
async fn a_query_with_a_side_effect_is_not_sent() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let before = hub.practice.running().counts().requests;
    for soql in [
        "SELECT Id FROM Account FOR UPDATE",
        "SELECT Id FROM Account FOR VIEW",
        "DELETE FROM Account",
        "SELECT Id FROM",
    ] {
        let problem = refused(
            &agent,
            QUERY,
            json!({ "soql": soql }),
            400,
            "invalid_argument",
        )
        .await;
        assert_eq!(problem["field"], "soql", "{problem}");
    }
    assert_eq!(hub.practice.running().counts().requests, before);
    hub.stop().await;
}

// an unknown tool, and arguments that are wrong, missing or too many, each by name
#[tokio::test]
async fn wrong_calls_name_what_is_wrong() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let unknown = agent
        .rest("salesforce_querry", &json!({}))
        .await
        .expect(404)
        .json();
    assert_eq!(unknown["code"], "unknown_tool", "{unknown}");
    let over_mcp = agent
        .mcp(
            "tools/call",
            json!({ "name": "salesforce_querry", "arguments": {} }),
        )
        .await;
    assert!(
        over_mcp.get("error").is_some() || over_mcp["result"]["isError"] == true,
        "{over_mcp}"
    );
    for (tool, arguments, field) in [
        (QUERY, json!({ "soql": 7 }), "soql"),
        (QUERY, json!({ "sql": "SELECT Id FROM Account" }), "sql"),
        (
            QUERY,
            json!({ "soql": "SELECT Id FROM Account", "limit": "many" }),
            "limit",
        ),
        (
            QUERY,
            json!({ "soql": "SELECT Id FROM Account", "connection": "abc" }),
            "connection",
        ),
        (
            QUERY,
            json!({ "soql": "SELECT Id FROM Account", "reason": "x" }),
            "reason",
        ),
        (
            "salesforce_get_record",
            json!({ "object": "Account" }),
            "id",
        ),
        (
            "salesforce_get_record",
            json!({ "object": "Account", "id": "../../limits" }),
            "id",
        ),
        (
            "salesforce_get_record",
            json!({ "object": "../limits", "id": "001000000000000AAA" }),
            "object",
        ),
        (
            "salesforce_create_record",
            json!({ "object": "Account", "fields": [] }),
            "fields",
        ),
        (
            "gatelodge_get_proposal",
            json!({ "id": "prp_00000000000000000000000000000000", "wait_seconds": 51 }),
            "wait_seconds",
        ),
        ("gatelodge_get_proposal", json!({ "id": "x" }), "id"),
    ] {
        let problem = refused(&agent, tool, arguments.clone(), 400, "invalid_argument").await;
        assert_eq!(problem["field"], field, "{arguments}: {problem}");
    }
    hub.stop().await;
}

// proves SF-14: a cursor leads nowhere but to the connected org
#[tokio::test]
async fn a_forged_cursor_leads_nowhere() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let before = hub.practice.running().counts().requests;
    for cursor in [
        "https://evil.example/services/data/v66.0/query/x",
        "Ly9ldmlsLmV4YW1wbGUv",
        "/services/oauth2/userinfo",
        "x",
    ] {
        let problem = refused(
            &agent,
            QUERY,
            json!({ "cursor": cursor }),
            400,
            "invalid_argument",
        )
        .await;
        assert_eq!(problem["field"], "cursor", "{cursor}: {problem}");
    }
    assert_eq!(hub.practice.running().counts().requests, before);
    hub.stop().await;
}

// proves SF-8, CON-15: a field and an object that the person may not change, in Salesforce's words
#[tokio::test]
async fn missing_rights_at_salesforce_are_told() {
    let hub = TestHub::start().await;
    let mut member = hub.person(Who::Member).await;
    let ben = member.connect(&hub, BEN).await;
    let ruth = member.connect(&hub, RUTH).await;
    let agent = hub.agent_of(&mut member, AgentAccess::ReadAndPropose).await;
    let account = agent
        .result(
            QUERY,
            json!({ "soql": "SELECT Id FROM Account LIMIT 1", "connection": ben }),
        )
        .await;
    let account = account["records"][0]["Id"].as_str().unwrap();
    let update = |connection: &str, field: &str| json!({ "object": "Account", "id": account, "fields": { field: "1" }, "connection": connection });
    for (connection, field) in [
        (&ben, "AnnualRevenue"),
        (&ben, "AccountNumber"),
        (&ruth, "Phone"),
    ] {
        let reply = agent
            .rest("salesforce_update_record", &update(connection, field))
            .await;
        assert!(
            reply.status.is_client_error(),
            "{field}: {} {}",
            reply.status,
            reply.text
        );
        let problem = reply.json();
        let named = problem.to_string();
        assert!(
            named.contains(field) || named.contains("Account"),
            "{field}: {problem}"
        );
        assert!(
            problem["hint"]
                .as_str()
                .is_some_and(|hint| !hint.is_empty()),
            "{field}: {problem}"
        );
    }
    assert!(
        !member
            .get("/approvals")
            .await
            .expect(200)
            .text
            .contains("prp_")
    );
    hub.stop().await;
}

// the practice org is down, cut off, or limits us: said as such, and the next call works
#[tokio::test]
async fn a_provider_in_trouble_is_told() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let arguments = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    for (order, status) in [
        (
            json!({ "path_prefix": "/services/data", "status": 503, "times": 20 }),
            502,
        ),
        (
            json!({ "path_prefix": "/services/data", "cut": "before", "times": 20 }),
            502,
        ),
    ] {
        hub.practice.admin("faults", &order).await;
        let reply = agent.rest(QUERY, &arguments).await.expect(status).json();
        assert_eq!(reply["code"], "provider_unavailable", "{reply}");
        assert_eq!(reply["retry"], "later", "{reply}");
        hub.practice.running().practice().faults.clear();
        agent.result(QUERY, arguments.clone()).await;
    }
    let body =
        r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
    let order = json!({ "path_prefix": "/services/data", "status": 403, "body": body, "content_type": "application/json" });
    hub.practice.admin("faults", &order).await;
    let reply = agent.rest(QUERY, &arguments).await.expect(429).json();
    assert_eq!(
        (&reply["code"], &reply["provider"]["code"]),
        (&json!("provider_limit"), &json!("REQUEST_LIMIT_EXCEEDED"))
    );
    hub.stop().await;
}

// a practice org that does not answer is given up on, and said so
#[tokio::test]
async fn a_provider_that_does_not_answer_is_given_up_on() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    // longer than the hub waits, for each of its tries
    let order = json!({ "path_prefix": "/services/data", "delay_ms": 120_000, "times": 10 });
    hub.practice.admin("faults", &order).await;
    let arguments = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    let reply = agent.rest(QUERY, &arguments).await.expect(504).json();
    assert_eq!(reply["code"], "provider_timeout", "{reply}");
    hub.practice.running().practice().faults.clear();
    agent.result(QUERY, arguments).await;
    hub.stop().await;
}

// proves CON-15: a person without "API Enabled" reads which permission it is and where to click
#[tokio::test]
async fn a_disabled_api_names_the_permission() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let body = r#"[{"message":"The REST API is not enabled for this Organization.","errorCode":"API_DISABLED_FOR_ORG"}]"#;
    let order = json!({ "path_prefix": "/services/data", "status": 403, "body": body, "content_type": "application/json" });
    hub.practice.admin("faults", &order).await;
    let reply = agent
        .rest(QUERY, &json!({ "soql": "SELECT Id FROM Account LIMIT 1" }))
        .await
        .expect(403)
        .json();
    assert_eq!(reply["provider"]["code"], "API_DISABLED_FOR_ORG", "{reply}");
    let hint = reply["hint"].as_str().unwrap();
    assert!(
        hint.contains("API Enabled") && hint.contains("Setup"),
        "{hint}"
    );
    hub.stop().await;
}

// proves M1, M7, API-7: no token, a wrong one, a revoked one, one in the address
#[tokio::test]
async fn only_a_living_token_is_let_in() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let wrong = Agent::new(
        hub.url.clone(),
        Secret::new("gla_wrongwrongwrongwrongwrongwrongwrongwrongwro"),
    );
    for path in ["/api/v1/tools", "/api/v1/connections"] {
        let url = hub.url.join(path).unwrap();
        let nobody = browser::read(&url, agent.client().get(url.clone()))
            .await
            .expect(401);
        assert!(
            nobody.header("www-authenticate").starts_with("Bearer"),
            "{path}"
        );
        assert_eq!(
            wrong.get(path).await.expect(401).json()["code"],
            "unauthenticated"
        );
        let url = hub
            .url
            .join(&format!("{path}?access_token={}", agent.token().expose()))
            .unwrap();
        let reply = browser::read(&url, agent.client().get(url.clone()))
            .await
            .expect(400);
        assert!(!reply.text.contains(agent.token().expose()));
    }
    let list = agent.get("/api/v1/connections").await.expect(200).text;
    assert!(
        !list.contains("00D") || !list.contains('!'),
        "an access token is listed: {list}"
    );
    let page = member.get("/agents").await.expect(200).text;
    assert!(
        !page.contains(agent.token().expose()),
        "the token is shown a second time"
    );
    let start = page.find("agt_").unwrap();
    member
        .post(&format!("/agents/{}/revoke", &page[start..start + 36]), &[])
        .await
        .expect(303);
    agent.get("/api/v1/tools").await.expect(401);
    hub.stop().await;
}
