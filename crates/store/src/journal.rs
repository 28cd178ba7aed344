//! Audit events that come without other changes, committed in groups: whatever waits goes into one
//! transaction, and the next commit starts as soon as the previous one ended, without artificial delay.
//!
//! Must not know: what the events are about.

use crate::{Result, StoreError, locks, store::Writer};
use gatelodge_model::NewAuditEvent;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Events in one statement at most; both engines limit the number of bound values.
const LARGEST_GROUP: usize = 1000;

/// Events that may wait before [`Journal::append`] itself waits.
const WAITING: usize = 4 * LARGEST_GROUP;

struct Entry {
    event: NewAuditEvent,
    written: oneshot::Sender<Result<()>>,
}

/// Takes audit events and answers when they are durable.
pub struct Journal {
    entries: mpsc::Sender<Entry>,
}

impl Journal {
    pub(crate) fn start(writer: Arc<Writer>) -> Self {
        let (entries, waiting) = mpsc::channel(WAITING);
        tokio::spawn(write_groups(writer, waiting));
        Self { entries }
    }

    /// Returns once the event is durable.
    ///
    /// # Errors
    /// [`StoreError::AuditUnavailable`]: then what the event tells about must not happen, or not be told.
    pub async fn append(&self, event: NewAuditEvent) -> Result<()> {
        let (written, answer) = oneshot::channel();
        self.entries
            .send(Entry { event, written })
            .await
            .map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

fn ended() -> StoreError {
    StoreError::AuditUnavailable {
        reason: "the journal has ended".to_owned(),
    }
}

async fn write_groups(writer: Arc<Writer>, mut waiting: mpsc::Receiver<Entry>) {
    while let Some(first) = waiting.recv().await {
        let mut events = vec![first.event];
        let mut answers = vec![first.written];
        let outcome = write_group(&writer, &mut waiting, &mut events, &mut answers)
            .await
            .map_err(StoreError::while_auditing);
        if let Err(cause) = &outcome {
            tracing::error!(%cause, events = answers.len(), "audit events could not be written");
        }
        for answer in answers {
            // Whoever stopped waiting does not need the answer; the event is written all the same.
            drop(answer.send(outcome.clone()));
        }
    }
}

async fn write_group(
    writer: &Writer,
    waiting: &mut mpsc::Receiver<Entry>,
    events: &mut Vec<NewAuditEvent>,
    answers: &mut Vec<oneshot::Sender<Result<()>>>,
) -> Result<()> {
    let mut chains = writer.gate.chains().await?;
    let transaction = locks::begin_writing(&writer.connection).await?;
    // Only now: everything that arrived while another writer was at work shares this commit.
    while events.len() < LARGEST_GROUP {
        let Ok(entry) = waiting.try_recv() else { break };
        events.push(entry.event);
        answers.push(entry.written);
    }
    let extension = chains.extend(std::mem::take(events), writer)?;
    extension.write(&transaction).await?;
    chains.commit(transaction, extension).await?;
    Ok(())
}
