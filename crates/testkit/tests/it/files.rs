//! Files through the real door: listed, looked at, read as rows, and uploaded after a person saw them.

use base64::{Engine, engine::general_purpose::STANDARD};
use gatelodge_model::AgentAccess;
use gatelodge_testkit::browser::unescape;
use gatelodge_testkit::hub::{Agent, Person, TestHub};
use gatelodge_testkit::practice::{ADMIN, MARIA};
use serde_json::{Value, json};

const COMPOSITE: &str = "/services/data/v66.0/composite";

async fn approved(person: &mut Person, agent: &Agent, arguments: Value) -> Value {
    let id = agent.propose("salesforce_upload_file", arguments).await;
    settled(person, agent, &id).await
}

async fn settled(person: &mut Person, agent: &Agent, id: &str) -> Value {
    person.review_and_approve(id).await.expect(303);
    let seen = agent
        .get(&format!("/api/v1/proposals/{id}?wait_seconds=20"))
        .await;
    seen.expect(200).json()
}

async fn uploaded(person: &mut Person, agent: &Agent, arguments: Value) -> Value {
    let seen = approved(person, agent, arguments).await;
    assert_eq!(seen["status"], "done", "{seen}");
    seen["result"].clone()
}

fn id_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no id: {value}"))
}

async fn account(agent: &Agent) -> (String, String) {
    let soql = "SELECT Id, Name FROM Account ORDER BY Name LIMIT 1";
    let page = agent
        .result("salesforce_query", json!({ "soql": soql }))
        .await;
    let record = &page["records"][0];
    (
        id_of(&record["Id"]).to_owned(),
        id_of(&record["Name"]).to_owned(),
    )
}

// proves SF-16a, SF-6, APR-1, APR-4: what a person saw is uploaded once, and the answer has both ids
#[tokio::test]
async fn an_upload_is_seen_first_and_sent_once() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let (account, name) = account(&agent).await;
    let content = "sku,price\nT-1,9.50\nT-2,<b>12</b>\n";
    let id = agent
        .propose(
            "salesforce_upload_file",
            json!({ "file_name": "prices.csv", "content": content, "record": account, "object": "Account" }),
        )
        .await;
    assert_eq!(hub.requests("POST", COMPOSITE), 0);
    let review = member.review(&id).await;
    let text = review.text();
    let size = format!("Size: {} bytes.", content.len());
    for words in ["prices.csv", "T-2,<b>12</b>", &size, &name] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!review.page.text.contains("<b>12</b>"), "content is text");
    let seen = settled(&mut member, &agent, &id).await;
    assert_eq!(seen["status"], "done", "{seen}");
    assert_eq!(hub.requests("POST", COMPOSITE), 1);
    let version = id_of(&seen["result"]["content_version_id"]).to_owned();
    let document = id_of(&seen["result"]["content_document_id"]).to_owned();
    assert!(version.starts_with("068") && document.starts_with("069"));
    assert_eq!(seen["result"]["size"], content.len());

    let listed = agent
        .result("salesforce_list_documents", json!({ "record": account }))
        .await;
    let found = listed["documents"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["id"] == document.as_str())
        .unwrap_or_else(|| panic!("{listed}"));
    assert_eq!(found["title"], "prices");
    assert_eq!(found["latest_version_id"], version.as_str());
    assert_eq!(found["size"], content.len());

    let known = agent
        .result(
            "salesforce_get_content_version",
            json!({ "id": document.clone() }),
        )
        .await;
    assert_eq!(known["id"], version.as_str(), "{known}");
    assert_eq!(known["file_name"], "prices.csv");
    assert_eq!(known["extension"], "csv");
    assert_eq!(known["is_latest"], true);

    let newer = uploaded(
        &mut member,
        &agent,
        json!({ "file_name": "prices.csv", "content": "sku,price\nT-3,1\n", "document_id": document }),
    )
    .await;
    assert_eq!(newer["content_document_id"], document.as_str(), "{newer}");
    for (id, sku) in [(document.as_str(), "T-3"), (version.as_str(), "T-1")] {
        let rows = agent
            .result("salesforce_get_document_data", json!({ "id": id }))
            .await;
        assert_eq!(rows["rows"][0]["sku"], sku, "{rows}");
    }
    hub.stop().await;
}

// proves SF-16: rows are objects by column over all pages, whatever the encoding, and nothing is guessed
#[tokio::test]
async fn rows_are_read_page_by_page_in_their_encoding() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let lines: Vec<String> = (1..=450)
        .map(|n| format!("Müller {n};{n},50\r\n"))
        .collect();
    let table = format!("name;price\r\n{}", lines.concat());
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(table.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let windows: Vec<u8> = table.chars().map(|c| u8::try_from(c).unwrap()).collect();
    for (bytes, encoding) in [(utf16, None), (windows, Some("windows-1252"))] {
        let file = uploaded(
            &mut member,
            &agent,
            json!({ "file_name": "list.csv", "content_base64": STANDARD.encode(bytes) }),
        )
        .await;
        let mut names = Vec::new();
        let mut question = json!({ "id": file["content_version_id"] });
        if let Some(encoding) = encoding {
            let refused = agent
                .rest("salesforce_get_document_data", &question)
                .await
                .expect(400)
                .json();
            assert_eq!(refused["field"], "encoding", "{refused}");
            question["encoding"] = json!(encoding);
        }
        loop {
            let page = agent
                .call_result("salesforce_get_document_data", question.clone())
                .await;
            assert_eq!(page["total_rows"], 450, "{page}");
            assert_eq!(page["columns"], json!(["name", "price"]));
            let rows = page["rows"].as_array().unwrap().iter();
            names.extend(rows.map(|row| id_of(&row["name"]).to_owned()));
            match page.get("next_offset") {
                Some(next) => question["offset"] = next.clone(),
                None => break,
            }
        }
        let expected: Vec<String> = (1..=450).map(|n| format!("Müller {n}")).collect();
        assert_eq!(names, expected);
    }
    hub.stop().await;
}

// proves SF-16: another file comes as its bytes, up to a limit that is said before anything is read
#[tokio::test]
async fn other_files_come_as_bytes_up_to_a_limit() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(MARIA).await;
    let small = STANDARD.encode([0_u8, 159, 146, 150]);
    let file = uploaded(
        &mut member,
        &agent,
        json!({ "file_name": "seal.bin", "title": "Seal", "content_base64": small }),
    )
    .await;
    let read = agent
        .result(
            "salesforce_get_document_data",
            json!({ "id": file["content_document_id"] }),
        )
        .await;
    assert_eq!(
        (&read["kind"], &read["base64"]),
        (&json!("base64"), &json!(small))
    );
    let file = uploaded(
        &mut member,
        &agent,
        json!({ "file_name": "large.txt", "content": "x".repeat(300_000) }),
    )
    .await;
    let refused = agent
        .rest(
            "salesforce_get_document_data",
            &json!({ "id": file["content_version_id"] }),
        )
        .await
        .expect(422)
        .json();
    let words = refused["detail"].as_str().unwrap_or_default();
    assert!(
        words.contains("300000 bytes; at most 262144 are read here"),
        "{refused}"
    );
    let version = id_of(&file["content_version_id"]);
    let bytes = format!("/services/data/v66.0/sobjects/ContentVersion/{version}/VersionData");
    assert_eq!(
        hub.requests("GET", &bytes),
        0,
        "its bytes were not asked for"
    );
    hub.stop().await;
}

// proves SF-16a, SF-11, SF-20: what cannot be uploaded is no proposal; what Salesforce refuses changes nothing
#[tokio::test]
async fn a_refused_upload_changes_nothing() {
    let hub = TestHub::start().await;
    let (mut member, agent) = hub.member_with_agent(ADMIN).await;
    for (arguments, field) in [
        (json!({ "file_name": "a.txt", "content": "" }), "content"),
        (
            json!({ "file_name": "a.txt", "content": "x".repeat(700_001) }),
            "content",
        ),
        (
            json!({ "file_name": "../a.txt", "content": "x" }),
            "file_name",
        ),
        (
            json!({ "file_name": "a.txt", "content": "x", "record": "001000000000001AAA" }),
            "object",
        ),
    ] {
        let refused = agent
            .rest("salesforce_upload_file", &arguments)
            .await
            .expect(400)
            .json();
        assert_eq!(refused["field"], field, "{refused}");
    }
    let reader = hub.agent_of(&mut member, AgentAccess::ReadOnly).await;
    let ordinary = json!({ "file_name": "a.txt", "content": "x" });
    reader
        .rest("salesforce_upload_file", &ordinary)
        .await
        .expect(403);

    // The record goes away between proposal and approval: Salesforce has the last word.
    let lead = agent
        .propose(
            "salesforce_create_record",
            json!({ "object": "Lead", "fields": { "LastName": "Brief", "Company": "Brief Ltd" } }),
        )
        .await;
    let lead = settled(&mut member, &agent, &lead).await;
    let lead = lead["result"]["id"].clone();
    let attached =
        json!({ "file_name": "a.txt", "content": "x", "record": lead, "object": "Lead" });
    let upload = agent.propose("salesforce_upload_file", attached).await;
    let gone = agent
        .propose(
            "salesforce_delete_record",
            json!({ "object": "Lead", "id": lead }),
        )
        .await;
    let gone = settled(&mut member, &agent, &gone).await;
    assert_eq!(gone["status"], "done", "{gone}");
    let seen = settled(&mut member, &agent, &upload).await;
    assert_eq!(seen["status"], "failed", "{seen}");
    let page = member
        .get(&format!("/approvals/{upload}"))
        .await
        .expect(200);
    let text = unescape(&page.text);
    let code = seen["error"]["provider"]["code"]
        .as_str()
        .unwrap_or_default();
    assert!(!code.is_empty() && text.contains(code), "{seen}");
    let listed = agent
        .result("salesforce_list_documents", json!({ "title": "a" }))
        .await;
    let titles: Vec<&Value> = listed["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| &document["title"])
        .collect();
    assert!(!titles.contains(&&json!("a")), "{listed}");
    hub.stop().await;
}
