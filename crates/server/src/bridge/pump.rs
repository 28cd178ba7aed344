//! Moves lines: several requests may be in flight, each answer is written as soon as it is there.
//!
//! Must not know: where the lines come from.

use super::{hub::HubClient, message::Message};
use anyhow::Context as _;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _},
    sync::mpsc::{Receiver, Sender, channel},
    task::{AbortHandle, JoinSet},
};

/// Requests in flight at most; a client that sends more waits.
const IN_FLIGHT: usize = 128;

/// Bridges until the input ends and the answers under way are written.
pub(super) async fn run(
    input: impl AsyncBufRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
    hub: HubClient,
) -> anyhow::Result<()> {
    let (answers, to_write) = channel(IN_FLIGHT);
    let writer = tokio::spawn(write(output, to_write));
    let mut bridge = Bridge {
        hub: Arc::new(hub),
        answers,
        negotiated: None,
        requests: JoinSet::new(),
        cancellable: HashMap::new(),
    };
    let mut lines = input.lines();
    while let Some(line) = lines.next_line().await.context("standard input broke")? {
        if !line.trim().is_empty() {
            bridge.take(&line).await;
        }
    }
    bridge.finish().await;
    writer
        .await
        .context("the writer ended early")?
        .context("standard output broke")
}

async fn write(
    mut output: impl AsyncWrite + Unpin,
    mut answers: Receiver<String>,
) -> std::io::Result<()> {
    while let Some(mut answer) = answers.recv().await {
        answer.push('\n');
        output.write_all(answer.as_bytes()).await?;
        output.flush().await?;
    }
    Ok(())
}

struct Bridge {
    hub: Arc<HubClient>,
    answers: Sender<String>,
    /// The revision of the handshake, if there was one.
    negotiated: Option<Arc<str>>,
    requests: JoinSet<()>,
    cancellable: HashMap<String, AbortHandle>,
}

impl Bridge {
    async fn take(&mut self, line: &str) {
        let message = match Message::parse(line) {
            Ok(message) => message,
            Err(answer) => {
                // The receiver is gone only when standard output is.
                let _ = self.answers.send(answer.to_string()).await;
                return;
            }
        };
        if let Some(request) = message.cancels() {
            // Over HTTP a request is cancelled by hanging up (MCP 2026-07-28, Streamable HTTP).
            if let Some(running) = self.cancellable.remove(&request.to_string()) {
                running.abort();
            }
            return;
        }
        if message.method() == "initialize" {
            // What comes after needs the revision that is agreed on here.
            let answer = self.hub.send(&message, None, &self.answers).await;
            self.negotiated = answer
                .as_ref()
                .and_then(|answer| answer.pointer("/result/protocolVersion"))
                .and_then(Value::as_str)
                .map(Arc::from);
            return;
        }
        self.start(message).await;
    }

    async fn start(&mut self, message: Message) {
        while self.requests.len() >= IN_FLIGHT {
            self.requests.join_next().await;
        }
        while self.requests.try_join_next().is_some() {}
        self.cancellable.retain(|_, request| !request.is_finished());
        let id = message.id().map(Value::to_string);
        let hub = Arc::clone(&self.hub);
        let answers = self.answers.clone();
        let negotiated = self.negotiated.clone();
        let request = self.requests.spawn(async move {
            hub.send(&message, negotiated.as_deref(), &answers).await;
        });
        if let Some(id) = id {
            self.cancellable.insert(id, request);
        }
    }

    async fn finish(mut self) {
        while self.requests.join_next().await.is_some() {}
    }
}
