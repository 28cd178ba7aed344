//! The keeper's own record of calls, written in the background in batches: an answer never waits for it.
//!
//! Must not know: what a call was for.

use gatelodge_model::{
    Clock, ConnectionId, OrganizationId, Random, RequestId, Timestamp, id::new_uuid,
};
use gatelodge_provider::ProviderResponse;
use gatelodge_store::keeper::{KeeperStore, ProviderCall};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// Calls that may wait to be written. More are dropped and counted: memory is bounded, and the audit log,
/// which is never dropped, has its own way.
const QUEUE: usize = 4096;

/// Calls that are written together.
const BATCH: usize = 500;

/// How long calls are gathered for one commit. Nobody waits for it.
const GATHER: Duration = Duration::from_millis(250);

/// Between two tries while the database is away.
const PAUSE: Duration = Duration::from_millis(500);

/// Headers in which providers tell their id of the request.
const REQUEST_ID_HEADERS: [&str; 4] = [
    "x-request-id",
    "request-id",
    "x-sfdc-request-id",
    "x-ms-request-id",
];

/// One call. It is written when this is dropped, so that there is a record also where the caller went away.
pub(crate) struct CallRecord {
    journal: Arc<CallJournal>,
    organization: OrganizationId,
    connection: ConnectionId,
    request: RequestId,
    began: Timestamp,
    method: String,
    path: String,
    /// What came; none where no answer did.
    pub(crate) answer: Option<Answered>,
    /// Nothing left this host: there is nothing to record.
    pub(crate) denied: bool,
}

impl Drop for CallRecord {
    fn drop(&mut self) {
        if !self.denied {
            let journal = Arc::clone(&self.journal);
            journal.record(self);
        }
    }
}

/// What is recorded of an answer.
pub(crate) struct Answered {
    status: u16,
    pub(crate) bytes: u64,
    provider_request_id: Option<String>,
}

impl From<&ProviderResponse> for Answered {
    fn from(response: &ProviderResponse) -> Self {
        Self {
            status: response.status,
            bytes: response.body.len() as u64,
            provider_request_id: provider_request_id(response),
        }
    }
}

/// Takes calls.
pub(crate) struct CallJournal {
    sender: Mutex<Option<mpsc::Sender<ProviderCall>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl CallJournal {
    pub(crate) fn start(
        store: KeeperStore,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Arc<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let writer = tokio::spawn(write(store, receiver));
        Arc::new(Self {
            sender: Mutex::new(Some(sender)),
            writer: Mutex::new(Some(writer)),
            clock,
            random,
        })
    }

    /// A call that is about to leave.
    pub(crate) fn begin(
        self: &Arc<Self>,
        (organization, connection): (OrganizationId, ConnectionId),
        request: RequestId,
        method: &str,
        path: &str,
    ) -> CallRecord {
        CallRecord {
            journal: Arc::clone(self),
            organization,
            connection,
            request,
            began: self.clock.now(),
            method: method.to_owned(),
            path: path.split('?').next().unwrap_or_default().to_owned(),
            answer: None,
            denied: false,
        }
    }

    fn record(&self, call: &mut CallRecord) {
        let answer = call.answer.take();
        let status = answer
            .as_ref()
            .map_or("none", |answer| class(answer.status));
        metrics::counter!("gatelodge_provider_calls_total", "status" => status).increment(1);
        let duration = self.clock.now() - call.began;
        let row = ProviderCall {
            id: new_uuid(self.clock.as_ref(), self.random.as_ref()),
            organization: call.organization,
            connection: call.connection,
            request: call.request,
            at: call.began,
            method: std::mem::take(&mut call.method),
            path: std::mem::take(&mut call.path),
            status: answer.as_ref().map_or(0, |answer| answer.status),
            bytes: answer.as_ref().map_or(0, |answer| answer.bytes),
            duration_us: u64::try_from(duration.num_microseconds().unwrap_or(0)).unwrap_or(0),
            provider_request_id: answer.and_then(|answer| answer.provider_request_id),
        };
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let accepted = sender
            .as_ref()
            .is_some_and(|sender| sender.try_send(row).is_ok());
        drop(sender);
        if !accepted {
            tracing::warn!(
                connection = %call.connection,
                request = %call.request,
                "a call could not be recorded: too many are waiting for the database"
            );
        }
    }

    /// Writes what waits, and takes no more.
    pub(crate) async fn finish(&self) {
        drop(
            self.sender
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(writer) = writer
            && let Err(cause) = writer.await
        {
            tracing::error!(%cause, "the record of calls ended badly");
        }
    }
}

async fn write(store: KeeperStore, mut receiver: mpsc::Receiver<ProviderCall>) {
    let mut batch = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        gather(&mut receiver, &mut batch).await;
        while let Err(error) = store.provider_calls().append(&batch).await {
            tracing::warn!(%error, calls = batch.len(), "calls wait for the database");
            if receiver.is_closed() {
                // The process ends; the database is away. The audit log has the calls.
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        batch.clear();
    }
}

/// Takes what comes for a moment more: each batch is a commit, and the audit log's commits must not queue up
/// behind ours. At the end of the process nothing is waited for.
async fn gather(receiver: &mut mpsc::Receiver<ProviderCall>, batch: &mut Vec<ProviderCall>) {
    let moment = tokio::time::sleep(GATHER);
    tokio::pin!(moment);
    while batch.len() < BATCH {
        tokio::select! {
            () = &mut moment => return,
            call = receiver.recv() => match call {
                Some(call) => batch.push(call),
                None => return,
            }
        }
    }
}

/// The class of a status, as figures tell it.
const fn class(status: u16) -> &'static str {
    match status {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// The provider's id of a request, where it is one that can be shown.
pub(crate) fn provider_request_id(response: &ProviderResponse) -> Option<String> {
    REQUEST_ID_HEADERS
        .into_iter()
        .find_map(|name| response.header(name))
        .filter(|id| id.len() <= 100 && id.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
}
