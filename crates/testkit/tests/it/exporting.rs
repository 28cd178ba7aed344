//! Long results: started by an agent, prepared by Salesforce, fetched in pages or as one stream.

use gatelodge_model::AgentAccess;
use gatelodge_testkit::hub::{Agent, TestHub, Who};
use gatelodge_testkit::practice::MARIA;
use serde_json::{Value, json};

/// Waits until the export is prepared; each question goes to Salesforce.
async fn finished(agent: &Agent, soql: &str) -> String {
    let started = agent
        .result("salesforce_export", json!({ "soql": soql }))
        .await;
    let export = started["export"].as_str().unwrap().to_owned();
    for _ in 0..200 {
        let now = agent
            .result("salesforce_get_export", json!({ "export": export }))
            .await;
        match now["state"].as_str().unwrap() {
            "JobComplete" => return export,
            "UploadComplete" | "InProgress" => {}
            other => panic!("{other}: {now}"),
        }
    }
    panic!("the export is never finished");
}

// proves SF-3, SF-17: the same rows over pages and as a stream, which can be taken up anywhere
#[tokio::test]
async fn rows_arrive_in_pages_and_as_a_stream() {
    let hub = TestHub::start().await;
    let (_, agent) = hub.member_with_agent(MARIA).await;
    let export = finished(&agent, "SELECT Id, LastName FROM Contact ORDER BY Id").await;
    let counted = agent
        .result("salesforce_count_records", json!({ "object": "Contact" }))
        .await;

    let mut paged: Vec<Value> = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let mut question = json!({ "export": export, "limit": 100 });
        if !cursor.is_null() {
            question["cursor"] = cursor.clone();
        }
        let page = agent.call_result("salesforce_get_export", question).await;
        paged.extend(page["rows"].as_array().unwrap().iter().cloned());
        match page.get("cursor") {
            Some(next) => cursor = next.clone(),
            None => break,
        }
    }
    assert_eq!(json!(paged.len()), counted["count"]);

    let path = format!("/api/v1/exports/{export}");
    let lines = agent
        .get(&format!("{path}?format=ndjson"))
        .await
        .expect(200);
    let streamed: Vec<Value> = lines
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(streamed, paged);
    let rest = agent
        .get(&format!("{path}?format=ndjson&offset=150"))
        .await
        .expect(200);
    assert_eq!(rest.text.lines().count(), paged.len() - 150);
    assert!(lines.text.ends_with(&rest.text));
    let table = agent.get(&path).await.expect(200);
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.text.lines().count(), paged.len() + 1);
    assert!(hub.person(Who::Auditor).await.audited("export.read").await >= 3);
    hub.stop().await;
}

// proves SF-8, SF-20: an export is its person's own, and reading is enough to have one
#[tokio::test]
async fn nobody_else_reads_an_export() {
    let hub = TestHub::start().await;
    let (mut member, _) = hub.member_with_agent(MARIA).await;
    let reader = hub.agent_of(&mut member, AgentAccess::ReadOnly).await;
    let export = finished(&reader, "SELECT Id FROM Account").await;
    let path = format!("/api/v1/exports/{export}");
    reader.get(&path).await.expect(200);
    let mut other = hub.person(Who::SecondMember).await;
    let stranger = hub.agent_of(&mut other, AgentAccess::ReadOnly).await;
    let refused = stranger.get(&path).await.expect(409).json();
    assert_eq!(refused["code"], "not_connected", "{refused}");
    let wrong = reader.get("/api/v1/exports/001").await.expect(400).json();
    assert_eq!(wrong["field"], "export", "{wrong}");
    hub.stop().await;
}
