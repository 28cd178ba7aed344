//! The ways over HTTP: straight to the practice org, through the hub's REST face, through its MCP face.
//!
//! Must not know rounds or figures.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::lane::{Lane, RECORDS, soql};
use crate::browser;

/// The name of the way without a hub.
pub(super) const DIRECT: &str = "practice org directly";
/// The name of the REST face.
pub(super) const REST: &str = "hub, REST";
/// The name of the MCP face.
pub(super) const MCP: &str = "hub, MCP";

/// Straight to the practice org, with a session of its own.
pub(super) async fn direct(org: &str, username: &str, password: &str) -> Lane {
    let client = browser::client(None);
    let session = sign_in(&client, org, username, password).await;
    let url = format!("{org}/services/data/v66.0/query");
    Lane::new(DIRECT, move || {
        let request = client
            .get(&url)
            .query(&[("q", soql())])
            .bearer_auth(&session);
        async move { expect_records(&body(request).await["records"]) }
    })
}

/// A tool call at the REST face.
pub(super) fn rest(rest: &str, token: &str) -> Lane {
    let (client, url, token) = (
        browser::client(None),
        format!("{rest}/tools/salesforce_query"),
        token.to_owned(),
    );
    Lane::new(REST, move || {
        let request = client
            .post(&url)
            .bearer_auth(&token)
            .json(&json!({ "soql": soql() }));
        async move { expect_records(&body(request).await["records"]) }
    })
}

/// A tool call at the MCP face.
pub(super) fn mcp(mcp: &str, token: &str) -> Lane {
    let (client, url, token) = (browser::client(None), mcp.to_owned(), token.to_owned());
    Lane::new(MCP, move || {
        let call = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": "salesforce_query", "arguments": { "soql": soql() } },
        });
        let request = client
            .post(&url)
            .bearer_auth(&token)
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-11-25")
            .json(&call);
        async move { expect_records(&body(request).await["result"]["structuredContent"]["records"]) }
    })
}

/// The session that Salesforce's SOAP `login` gives, as older clients use it.
async fn sign_in(client: &Client, org: &str, username: &str, password: &str) -> String {
    let envelope = format!(
        "<env:Envelope xmlns:env=\"http://schemas.xmlsoap.org/soap/envelope/\"><env:Body>\
         <n1:login xmlns:n1=\"urn:partner.soap.sforce.com\"><n1:username>{username}</n1:username>\
         <n1:password>{password}</n1:password></n1:login></env:Body></env:Envelope>"
    );
    let request = client
        .post(format!("{org}/services/Soap/u/60.0"))
        .header("content-type", "text/xml")
        .header("soapaction", "login")
        .body(envelope);
    let text = text(request).await;
    let session = text
        .split("<sessionId>")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    session
        .unwrap_or_else(|| panic!("no session in {text}"))
        .to_owned()
}

async fn body(request: RequestBuilder) -> Value {
    let text = text(request).await;
    // an answer of the MCP face may come as the one event of a stream
    let json = text
        .split("data: ")
        .find(|part| part.starts_with('{'))
        .unwrap_or(&text);
    serde_json::from_str(json.trim()).unwrap_or_else(|error| panic!("{error} in {text}"))
}

async fn text(request: RequestBuilder) -> String {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let text = response.text().await.expect("the whole answer");
    assert!(status.is_success(), "{status} {text}");
    text
}

fn expect_records(records: &Value) {
    let count = records.as_array().map(Vec::len);
    assert_eq!(count, Some(RECORDS), "all records came");
}
