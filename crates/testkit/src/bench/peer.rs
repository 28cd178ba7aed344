//! Another MCP server for Salesforce, unmodified: one process that is spoken to over its standard input and output.
//!
//! Requests are sent without waiting for each other; answers find theirs by id. Must not know rounds or figures.

use std::collections::HashMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use super::lane::{FIELDS, Lane, RECORDS};
use crate::surroundings;

/// Its name in the table.
pub(super) const PEER: &str = "@tsmztech/mcp-server-salesforce";

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;

/// The running server.
pub(super) struct Peer {
    process: Child,
    talk: Arc<Talk>,
}

struct Talk {
    input: AsyncMutex<ChildStdin>,
    waiting: Waiting,
    next: AtomicU64,
}

impl Peer {
    /// Starts it with a user of the practice org and says hello.
    pub(super) async fn start(org: &str, username: &str, password: &str) -> Self {
        let script =
            surroundings::node_modules().join("@tsmztech/mcp-server-salesforce/dist/index.js");
        let mut process = Command::new(surroundings::node())
            .arg(script)
            .env("SALESFORCE_CONNECTION_TYPE", "User_Password")
            .env("SALESFORCE_USERNAME", username)
            .env("SALESFORCE_PASSWORD", password)
            .env("SALESFORCE_TOKEN", "")
            .env("SALESFORCE_INSTANCE_URL", org)
            .env("NO_PROXY", "localhost,127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Node runs");
        let waiting = Waiting::default();
        tokio::spawn(listen(
            process.stdout.take().expect("its output"),
            Arc::clone(&waiting),
        ));
        let input = AsyncMutex::new(process.stdin.take().expect("its input"));
        let talk = Arc::new(Talk {
            input,
            waiting,
            next: AtomicU64::new(1),
        });
        let hello = json!({
            "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" },
        });
        talk.request("initialize", hello).await;
        talk.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
            .await;
        Self { process, talk }
    }

    /// The way through it.
    pub(super) fn lane(&self) -> Lane {
        let talk = Arc::clone(&self.talk);
        Lane::new(PEER, move || {
            let talk = Arc::clone(&talk);
            async move {
                let arguments =
                    json!({ "objectName": "Account", "fields": FIELDS, "limit": RECORDS });
                let call = json!({ "name": "salesforce_query_records", "arguments": arguments });
                let answer = talk.request("tools/call", call).await;
                let text = answer["result"]["content"][0]["text"]
                    .as_str()
                    .unwrap_or_default();
                assert!(
                    text.starts_with(&format!("Query returned {RECORDS} records")),
                    "all records came: {answer}"
                );
            }
        })
    }

    /// Ends it.
    pub(super) async fn end(mut self) {
        self.process.kill().await.expect("it ends");
    }
}

impl Talk {
    async fn request(&self, method: &str, params: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, sender);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
            .await;
        answer.await.expect("the peer answers")
    }

    async fn send(&self, message: &Value) {
        let mut input = self.input.lock().await;
        input
            .write_all(format!("{message}\n").as_bytes())
            .await
            .expect("it reads");
        input.flush().await.expect("it reads");
    }
}

/// Hands each answer to the request with its id; who waits when the output ends is told by the closed channel.
async fn listen(output: ChildStdout, waiting: Waiting) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(answer) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let sender = answer["id"].as_u64().and_then(|id| {
            waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id)
        });
        if let Some(sender) = sender {
            // the one who asked may have given up
            drop(sender.send(answer));
        }
    }
    waiting
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clear();
}
