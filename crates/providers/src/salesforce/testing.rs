//! A scripted connection over fixtures, for the tests of this folder.
//!
//! Must not know: the network. A request that no script answers fails the test by name.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt as _};
use gatelodge_model::{Error, ErrorKind, FrozenProposal, FrozenRequest, Preview, Result};
use gatelodge_provider::{Caller, Download, PreparedWrite, ProviderResponse, ReadRequest};
use serde_json::{Value, json};
use std::sync::Mutex;

const AGENT: &str = "Claude Desktop";

pub(super) const ME: &str = "005dM00000awSFJQA2";

pub(super) const ACCOUNT: &str = include_str!("fixtures/describe_account.json");
pub(super) const CASE: &str = include_str!("fixtures/describe_case.json");
pub(super) const CONTACT: &str = include_str!("fixtures/describe_contact.json");
pub(super) const INVOICE: &str = include_str!("fixtures/describe_invoice.json");
pub(super) const GLOBAL: &str = include_str!("fixtures/describe_global.json");

/// An answer with a JSON body.
pub(super) fn response(status: u16, body: &Value) -> ProviderResponse {
    raw(status, &body.to_string())
}

/// An answer with any body.
pub(super) fn raw(status: u16, body: &str) -> ProviderResponse {
    ProviderResponse {
        status,
        headers: vec![(
            "x-request-id".to_owned(),
            "0123456789abcdef0123456789abcdef".to_owned(),
        )],
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// Salesforce's array of one error.
pub(super) fn refusal(status: u16, code: &str, message: &str, fields: &[&str]) -> ProviderResponse {
    response(
        status,
        &json!([{"message": message, "errorCode": code, "fields": fields}]),
    )
}

/// Answers by path; the most recently added script of a path wins.
#[derive(Default)]
pub(super) struct Scripted {
    scripts: Vec<(String, ProviderResponse)>,
    requests: Mutex<Vec<ReadRequest>>,
}

impl Scripted {
    /// A connection to an org with the objects of the fixtures.
    pub(super) fn org() -> Self {
        Self::default()
            .on("sobjects", raw(200, GLOBAL))
            .on("sobjects/Account/describe", raw(200, ACCOUNT))
            .on("sobjects/Case/describe", raw(200, CASE))
            .on("sobjects/Contact/describe", raw(200, CONTACT))
            .on("sobjects/Invoice__c/describe", raw(200, INVOICE))
    }

    /// Answers a path below the pinned version.
    pub(super) fn on(self, path: &str, answer: ProviderResponse) -> Self {
        self.at(&format!("/services/data/v66.0/{path}"), answer)
    }

    /// Answers an absolute path.
    pub(super) fn at(mut self, path: &str, answer: ProviderResponse) -> Self {
        self.scripts.push((path.to_owned(), answer));
        self
    }

    /// What was asked so far.
    pub(super) fn requests(&self) -> Vec<ReadRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// A query parameter of the last request.
    pub(super) fn last_query(&self, name: &str) -> Option<String> {
        let requests = self.requests();
        let (_, value) = requests.last()?.query.iter().find(|(key, _)| key == name)?;
        Some(value.clone())
    }
}

#[async_trait]
impl Caller for Scripted {
    async fn read(&self, request: ReadRequest) -> Result<ProviderResponse> {
        let found = self
            .scripts
            .iter()
            .rev()
            .find(|(path, _)| *path == request.path)
            .map(|(_, answer)| answer.clone());
        self.requests.lock().unwrap().push(request.clone());
        Ok(found.unwrap_or_else(|| {
            refusal(
                404,
                "NOT_FOUND",
                "The requested resource does not exist",
                &[],
            )
        }))
    }

    /// In pieces that end anywhere, as a network has them.
    async fn download(&self, request: ReadRequest) -> Result<Download> {
        let whole = self.read(request).await?;
        let body = whole.body.clone();
        let pieces: Vec<_> = body
            .chunks(7)
            .map(|some| Ok(body.slice_ref(some)))
            .collect();
        let mut download = Download::from(whole);
        download.body = stream::iter(pieces).boxed();
        Ok(download)
    }

    fn granted_scopes(&self) -> &[String] {
        &[]
    }

    fn external_user_id(&self) -> &str {
        ME
    }

    fn client_name(&self) -> &str {
        AGENT
    }
}

/// A connection that never gets an answer.
pub(super) struct Unreachable;

#[async_trait]
impl Caller for Unreachable {
    async fn read(&self, _: ReadRequest) -> Result<ProviderResponse> {
        Err(Error::new(ErrorKind::ProviderTimeout, "no answer"))
    }
    async fn download(&self, request: ReadRequest) -> Result<Download> {
        self.read(request).await.map(Download::from)
    }

    fn granted_scopes(&self) -> &[String] {
        &[]
    }
    fn external_user_id(&self) -> &str {
        ME
    }
}

/// What `core` would freeze of a prepared write.
pub(super) fn freeze(tool: &str, prepared: PreparedWrite) -> FrozenProposal {
    let body = prepared.request.body.clone();
    let mut frozen: FrozenProposal = serde_json::from_value(json!({
        "format": 1,
        "proposal": "prp_0198f000000070008000000000000001",
        "organization": "org_0198f000000070008000000000000001",
        "connection": "con_0198f000000070008000000000000001",
        "provider": "salesforce",
        "account": {"organization_id": "00DdM00000vfgTuUAI", "organization_name": null,
                    "user_id": ME, "username": "ada@acme.example", "display_name": null},
        "environment": "practice",
        "host": "localhost:8443",
        "tool": tool,
        "effect": "write",
        "tool_schema": "0".repeat(64),
        "arguments": {},
        "request": {"method": "GET", "path": "/", "headers": [], "body": body},
        "record_versions": [],
        "preview": {"kind": "field_diff", "change": "create", "object": "", "object_label": "",
                    "record": null, "fields": [], "notes": []},
        "requester": {"agent": null, "name": "Ada", "on_behalf_of": "usr_0198f000000070008000000000000001"},
        "reason": null,
        "supersedes": null,
        "created_at": "2026-05-02T10:00:00Z",
        "expires_at": "2026-05-03T10:00:00Z",
    }))
    .unwrap();
    frozen.request = prepared.request;
    frozen.preview = prepared.preview;
    frozen.record_versions = prepared.record_versions;
    // As after a restart: from the stored bytes.
    let (bytes, digest) = frozen.freeze().unwrap();
    FrozenProposal::thaw(&bytes, digest).unwrap()
}

/// The diff of a preview.
pub(super) fn diff(preview: &Preview) -> &gatelodge_model::FieldDiff {
    let Preview::FieldDiff(diff) = preview else {
        panic!("a field diff")
    };
    diff
}

/// A header of a frozen request.
pub(super) fn header<'a>(request: &'a FrozenRequest, name: &str) -> Option<&'a str> {
    request
        .headers
        .iter()
        .find(|(header, _)| header == name)
        .map(|(_, value)| value.as_str())
}

/// An answer of a query with these records.
pub(super) fn page(records: &[Value]) -> ProviderResponse {
    response(
        200,
        &json!({"totalSize": records.len(), "done": true, "records": records}),
    )
}

/// The batch of a preview.
pub(super) fn batch(preview: &Preview) -> &gatelodge_model::Batch {
    let Preview::Batch(batch) = preview else {
        panic!("a batch")
    };
    batch
}
