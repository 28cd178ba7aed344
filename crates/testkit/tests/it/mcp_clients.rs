//! A client of MCP that others wrote, unmodified: the command line of MCP's Inspector, over HTTP and over the bridge
//! for desktop clients, in both revisions of the protocol; and the revisions' requests as a client writes them.
//!
//! Must not know how the hub answers inside; each test says what it proves.

use std::path::Path;
use std::process::Stdio;

use gatelodge_testkit::browser::client as http_client;
use gatelodge_testkit::process::Process;
use gatelodge_testkit::surroundings;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

/// How the Inspector names revision 2025-11-25 and before, and 2026-07-28.
const ERAS: [&str; 2] = ["legacy", "modern"];

const TOOLS: [&str; 27] = [
    "gatelodge_get_proposal",
    "gatelodge_list_connections",
    "gatelodge_list_proposals",
    "salesforce_count_records",
    "salesforce_create_record",
    "salesforce_create_records",
    "salesforce_delete_record",
    "salesforce_delete_records",
    "salesforce_describe_object",
    "salesforce_export",
    "salesforce_get_content_version",
    "salesforce_get_document_data",
    "salesforce_get_export",
    "salesforce_get_record",
    "salesforce_limits",
    "salesforce_list_documents",
    "salesforce_list_objects",
    "salesforce_query",
    "salesforce_related_records",
    "salesforce_search",
    "salesforce_undelete_record",
    "salesforce_update_record",
    "salesforce_update_records",
    "salesforce_upload_file",
    "salesforce_upsert_record",
    "salesforce_upsert_records",
    "salesforce_whoami",
];

/// How the client reaches the hub.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Streamable HTTP with the agent's token in a header.
    Http,
    /// A child process that speaks on its standard input and output, with the token in its environment.
    Bridge,
}

struct Demo {
    folder: TempDir,
    process: Process,
}

impl Demo {
    async fn start() -> Self {
        let folder = gatelodge_testkit::evidence::folder();
        let process = Process::demo(&folder.path().join("demo"), &folder.path().join("log")).await;
        Self { folder, process }
    }

    fn said(&self, name: &str) -> &str {
        self.process.ready[name].as_str().expect("a text")
    }

    /// One run of the Inspector; its result.
    async fn inspector(&self, way: Way, era: &str, method: &[&str]) -> Value {
        let (mcp, token) = (self.said("mcp"), self.said("agent_token"));
        let modules = surroundings::node_modules();
        let mut command = Command::new(surroundings::node());
        command
            .arg(modules.join("@modelcontextprotocol/inspector/clients/launcher/build/index.js"));
        command.arg("--cli");
        match way {
            Way::Http => command
                .args([mcp, "--transport", "http"])
                .args(["--header", &format!("Authorization: Bearer {token}")]),
            Way::Bridge => command
                .arg(surroundings::binary())
                .arg("mcp")
                .args(["-e", &format!("GATELODGE_MCP_URL={mcp}")])
                .args(["-e", &format!("GATELODGE_AGENT_TOKEN={token}")]),
        };
        command
            .args(["--protocol-era", era, "--quiet", "--format", "json"])
            .args(method);
        let output = quiet(&mut command, self.folder.path()).output().await;
        let output = output.expect("Node runs");
        let text = String::from_utf8(output.stdout).expect("text");
        let errors = String::from_utf8_lossy(&output.stderr);
        let said: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{way:?} {era}: {error}: {text}{errors}"));
        said["result"].clone()
    }

    async fn call(&self, way: Way, era: &str, tool: &str, arguments: &Value) -> Value {
        let arguments = arguments.to_string();
        let method = [
            "--method",
            "tools/call",
            "--tool-name",
            tool,
            "--tool-args-json",
            &arguments,
        ];
        self.inspector(way, era, &method).await
    }

    /// A request as a client of a revision writes it; status and answer.
    async fn post(&self, headers: &[(&str, &str)], message: &Value) -> (u16, Value) {
        let mut request = http_client(None)
            .post(self.said("mcp"))
            .bearer_auth(self.said("agent_token"))
            .header("accept", "application/json, text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.json(message).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }
}

/// Without proxies, and with a home of its own.
fn quiet<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env_remove(name);
    }
    command
        .env("HOME", home)
        .env("NO_PROXY", "localhost,127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
}

// proves APR-1, SF-9: what an agent sees and gets through somebody else's client
#[tokio::test]
async fn the_inspector_lists_reads_and_proposes_on_both_ways_in_both_revisions() {
    let demo = Demo::start().await;
    let query = json!({ "soql": "SELECT Id, Name FROM Account ORDER BY Name LIMIT 2" });
    let create =
        json!({ "object": "Account", "fields": { "Name": "Proposed by a client of others" } });
    let mut proposals = Vec::new();
    for way in [Way::Http, Way::Bridge] {
        for era in ERAS {
            let listed = demo.inspector(way, era, &["--method", "tools/list"]).await;
            let tools = listed["tools"].as_array().expect("tools");
            let mut names: Vec<&str> = tools
                .iter()
                .filter_map(|tool| tool["name"].as_str())
                .collect();
            names.sort_unstable();
            assert_eq!(names, TOOLS, "{way:?} {era}");

            let read = demo.call(way, era, "salesforce_query", &query).await;
            assert_eq!(read["isError"], false, "{way:?} {era}: {read}");
            let found = &read["structuredContent"];
            assert_eq!(
                (&found["total_size"], &found["done"]),
                (&json!(2), &json!(true)),
                "{found}"
            );
            assert!(found["records"][0]["Name"].is_string(), "{found}");
            let text = read["content"][0]["text"].as_str().expect("a text");
            let same: Value =
                serde_json::from_str(text).expect("JSON for clients without structured content");
            assert_eq!(&same, found);

            let proposed = demo
                .call(way, era, "salesforce_create_record", &create)
                .await;
            let answer = &proposed["structuredContent"];
            assert_eq!(answer["status"], "pending", "{way:?} {era}: {proposed}");
            let id = answer["proposal"]["id"].as_str().expect("an id").to_owned();
            let review = answer["proposal"]["review_url"]
                .as_str()
                .expect("an address");
            assert_eq!(review, format!("{}/approvals/{id}", demo.said("hub")));
            proposals.push(id);
        }
    }
    let made =
        json!({ "soql": "SELECT Id FROM Account WHERE Name = 'Proposed by a client of others'" });
    let read = demo
        .call(Way::Http, "modern", "salesforce_query", &made)
        .await;
    assert_eq!(
        read["structuredContent"]["total_size"], 0,
        "nothing happens before a person decides"
    );
    let pending = json!({ "id": proposals[0] });
    let waits = demo
        .call(Way::Bridge, "modern", "gatelodge_get_proposal", &pending)
        .await;
    assert_eq!(waits["structuredContent"]["status"], "pending", "{waits}");
    proposals.sort_unstable();
    proposals.dedup();
    assert_eq!(proposals.len(), 4, "each call made its own");
    assert!(demo.process.stop().await.success());
}

// proves CON-15: the provider's own words reach the client as the tool's error, not as the protocol's
#[tokio::test]
async fn the_inspector_shows_what_salesforce_refused() {
    let demo = Demo::start().await;
    let wrong = json!({ "soql": "SELECT Nope FROM Account" });
    for way in [Way::Http, Way::Bridge] {
        for era in ERAS {
            let refused = demo.call(way, era, "salesforce_query", &wrong).await;
            assert_eq!(refused["isError"], true, "{way:?} {era}: {refused}");
            let provider = &refused["structuredContent"]["provider"];
            assert_eq!(provider["code"], "INVALID_FIELD", "{refused}");
            let words = provider["message"].as_str().expect("a message");
            assert!(words.contains("ERROR at Row:1:Column:8"), "{words}");
        }
    }
    assert!(demo.process.stop().await.success());
}

// proves M1; MCP 2025-11-25, lifecycle: initialize, the notification, then requests with the agreed version
#[tokio::test]
async fn the_older_revision_speaks_as_it_is_written() {
    let demo = Demo::start().await;
    let version = ("mcp-protocol-version", "2025-11-25");
    let client = json!({ "name": "a client", "version": "1" });
    let begin = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": { "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client } });
    let (status, answer) = demo.post(&[], &begin).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(answer["result"]["serverInfo"]["name"], "gatelodge");
    let list = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" });
    let (status, answer) = demo.post(&[version], &list).await;
    assert_eq!(
        (status, answer["result"]["tools"].as_array().map(Vec::len)),
        (200, Some(TOOLS.len()))
    );
    let call = json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call",
        "params": { "name": "salesforce_whoami", "arguments": {} } });
    let (status, answer) = demo.post(&[version], &call).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        (&answer["id"], &answer["result"]["isError"]),
        (&json!(3), &json!(false)),
        "{answer}"
    );
    let stranger = http_client(None)
        .post(demo.said("mcp"))
        .json(&list)
        .send()
        .await
        .expect("an answer");
    assert_eq!(stranger.status(), 401);
    assert!(stranger.headers().contains_key("www-authenticate"));
    assert!(demo.process.stop().await.success());
}

// proves M4; MCP 2026-07-28: no handshake, every request says in `_meta` and headers what it is
#[tokio::test]
async fn the_newer_revision_speaks_as_it_is_written() {
    let demo = Demo::start().await;
    let request = |method: &str, mut params: Value| {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "a client", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        json!({ "jsonrpc": "2.0", "id": "n", "method": method, "params": params })
    };
    let version = ("mcp-protocol-version", "2026-07-28");
    let discover = request("server/discover", json!({}));
    let (status, answer) = demo
        .post(&[version, ("mcp-method", "server/discover")], &discover)
        .await;
    assert_eq!(status, 200, "{answer}");
    let versions = answer["result"]["supportedVersions"]
        .as_array()
        .expect("versions");
    for revision in ["2025-11-25", "2026-07-28"] {
        assert!(versions.contains(&json!(revision)), "{versions:?}");
    }
    let list = request("tools/list", json!({}));
    let (status, answer) = demo
        .post(&[version, ("mcp-method", "tools/list")], &list)
        .await;
    assert_eq!(
        (status, answer["result"]["tools"].as_array().map(Vec::len)),
        (200, Some(TOOLS.len()))
    );
    let call = request(
        "tools/call",
        json!({ "name": "salesforce_whoami", "arguments": {} }),
    );
    let named = [
        version,
        ("mcp-method", "tools/call"),
        ("mcp-name", "salesforce_whoami"),
    ];
    let (status, answer) = demo.post(&named, &call).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
    assert!(
        answer["result"]["structuredContent"].is_object(),
        "{answer}"
    );
    let contradiction = [
        version,
        ("mcp-method", "tools/call"),
        ("mcp-name", "salesforce_delete_record"),
    ];
    let (status, answer) = demo.post(&contradiction, &call).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (400, &json!(-32020)),
        "{answer}"
    );
    assert!(demo.process.stop().await.success());
}
