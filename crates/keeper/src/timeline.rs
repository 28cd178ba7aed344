//! What a person will read about a connection: gathered, counted by kind and bucket, written in the background.
//!
//! What somebody must be told is written at once and waited for. Must not know: why something happened.

use gatelodge_model::{
    AttentionReason, Clock, ConnectionEvent, ConnectionEventDetail, ConnectionEventKind,
    ConnectionId, OrganizationId, Random, Timestamp, id::new_uuid,
};
use gatelodge_store::{Result, keeper::KeeperStore};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Rows that may wait to be written; more are dropped and said so.
const MOST: usize = 50_000;

/// How long events are gathered for one commit.
const GATHER: Duration = Duration::from_millis(500);

type Key = (ConnectionId, ConnectionEventKind, String);

/// One event.
pub(crate) struct Happened {
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
    pub(crate) kind: ConnectionEventKind,
    pub(crate) detail: ConnectionEventDetail,
}

/// Takes events.
pub(crate) struct Timeline {
    waiting: Arc<Mutex<HashMap<Key, ConnectionEvent>>>,
    more: Arc<Notify>,
    ending: CancellationToken,
    writer: Mutex<Option<JoinHandle<()>>>,
    store: KeeperStore,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Timeline {
    pub(crate) fn start(
        store: KeeperStore,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let waiting = Arc::new(Mutex::new(HashMap::new()));
        let (more, ending) = (Arc::new(Notify::new()), CancellationToken::new());
        let writer = tokio::spawn(write(
            store.clone(),
            Arc::clone(&waiting),
            Arc::clone(&more),
            ending.clone(),
        ));
        Self {
            waiting,
            more,
            ending,
            writer: Mutex::new(Some(writer)),
            store,
            clock,
            random,
        }
    }

    /// Adds an event; it is written soon.
    pub(crate) fn add(&self, happened: Happened) {
        let now = self.clock.now();
        let bucket = bucket(&happened, now);
        let key = (happened.connection, happened.kind, bucket.clone());
        let mut waiting = lock(&self.waiting);
        if waiting.len() >= MOST && !waiting.contains_key(&key) {
            tracing::warn!(connection = %happened.connection, "an event is left out: too many wait for the database");
            return;
        }
        let event = event(happened, bucket, now, None);
        waiting
            .entry(key)
            .and_modify(|known| {
                known.count += 1;
                known.last_at = now;
                known.detail = event.detail.clone();
            })
            .or_insert(event);
        drop(waiting);
        self.more.notify_one();
    }

    /// Adds an event after which somebody must act; durable when this returns.
    pub(crate) async fn tell(&self, happened: Happened, reason: AttentionReason) -> Result<()> {
        let bucket = new_uuid(self.clock.as_ref(), self.random.as_ref()).to_string();
        let event = event(happened, bucket, self.clock.now(), Some(reason));
        self.store.timelines().add(&[event]).await
    }

    /// Writes what waits, and takes no more.
    pub(crate) async fn finish(&self) {
        self.ending.cancel();
        let writer = lock(&self.writer).take();
        if let Some(writer) = writer
            && let Err(cause) = writer.await
        {
            tracing::error!(%cause, "the timeline ended badly");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Good news is told once a day, trouble once an hour and code, whatever is rare each time.
fn bucket(happened: &Happened, now: Timestamp) -> String {
    use ConnectionEventKind as Kind;
    match happened.kind {
        Kind::Refreshed | Kind::KeptAlive => now.format("%Y-%m-%d").to_string(),
        Kind::Refused | Kind::Failed | Kind::BreakerOpen | Kind::Retried => {
            let code = happened.detail.code.as_deref().unwrap_or_default();
            let code: String = code.chars().take(40).collect();
            format!("{} {code}", now.format("%Y-%m-%dT%H"))
        }
        _ => now.timestamp_micros().to_string(),
    }
}

fn event(
    happened: Happened,
    bucket: String,
    now: Timestamp,
    attention: Option<AttentionReason>,
) -> ConnectionEvent {
    ConnectionEvent {
        organization: happened.organization,
        connection: happened.connection,
        kind: happened.kind,
        bucket,
        first_at: now,
        last_at: now,
        count: 1,
        detail: happened.detail,
        attention,
    }
}

async fn write(
    store: KeeperStore,
    waiting: Arc<Mutex<HashMap<Key, ConnectionEvent>>>,
    more: Arc<Notify>,
    ending: CancellationToken,
) {
    loop {
        tokio::select! {
            () = more.notified() => {}
            () = ending.cancelled() => {}
        }
        tokio::select! {
            () = tokio::time::sleep(GATHER) => {}
            () = ending.cancelled() => {}
        }
        let events: Vec<_> = lock(&waiting).drain().map(|(_, event)| event).collect();
        while let Err(error) = store.timelines().add(&events).await {
            tracing::warn!(%error, events = events.len(), "events of connections wait for the database");
            if ending.is_cancelled() {
                return;
            }
            tokio::time::sleep(GATHER).await;
        }
        if ending.is_cancelled() {
            return;
        }
    }
}
