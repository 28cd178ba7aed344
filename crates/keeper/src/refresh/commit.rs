//! Making new tokens durable as the first act after the answer: in the database, or on disk while the database is
//! away or slow, whichever is first.
//!
//! Until one of them has the tokens they exist in this process's memory only, so nothing stands in between and the
//! process does not end. Must not know: what the tokens are for.

use crate::{
    keeper::Inner,
    spool::{self, Fresh},
};
use futures::future::Either;
use gatelodge_store::StoreError;
use std::{path::PathBuf, pin::pin, sync::Arc, time::Duration};
use tokio::{sync::Notify, time::Instant};

/// Between two tries while the database is away: the first pause and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Where new tokens ended up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In the database.
    Stored,
    /// Nowhere: something newer is stored, or the credential is gone.
    Outdated,
    /// On disk; the process ends before the database came back, and the next start takes them up.
    Waiting,
}

/// What a try to store gave.
enum Stored {
    Done(Kept),
    /// Somebody else refreshes the same credential now.
    Busy,
    Away(StoreError),
}

impl Inner {
    /// Keeps what a refresh gave. `answered` is when the last byte of the answer was there.
    pub(super) async fn keep(&self, fresh: Fresh, answered: Instant) -> Kept {
        // Tokens that are nowhere durable keep the process from ending.
        let _held = self.waiting.token();
        let fresh = Arc::new(fresh);
        let trouble = Notify::new();
        let mut storing = pin!(self.store_patiently(&fresh, &trouble));
        let slow = pin!(async {
            tokio::select! {
                () = trouble.notified() => {}
                () = tokio::time::sleep(self.timeouts.spool_after) => {}
            }
        });
        if let Either::Left((kept, _)) = futures::future::select(&mut storing, slow).await {
            self.figures.durable_after(answered.elapsed());
            return kept;
        }
        let mut spooling = pin!(self.spool(&fresh));
        let file = match futures::future::select(&mut storing, &mut spooling).await {
            Either::Left((kept, _)) => {
                self.figures.durable_after(answered.elapsed());
                // It may be written nevertheless; nobody shall find it later.
                forget(spooling.await);
                return kept;
            }
            Either::Right((file, _)) => file,
        };
        if file.is_some() {
            self.figures.durable_after(answered.elapsed());
            self.figures.spooled();
        } else {
            let kept = storing.await;
            self.figures.durable_after(answered.elapsed());
            return kept;
        }
        tokio::select! {
            kept = &mut storing => {
                forget(file);
                kept
            }
            () = self.ending.cancelled() => Kept::Waiting,
        }
    }

    /// Tries until the database has answered. Says when it is in trouble.
    async fn store_patiently(&self, fresh: &Fresh, trouble: &Notify) -> Kept {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.store_once(fresh).await {
                Stored::Done(kept) => return kept,
                Stored::Busy => trouble.notify_one(),
                Stored::Away(error) => {
                    trouble.notify_one();
                    tracing::error!(
                        connection = %fresh.connection, %error, "new tokens wait for the database"
                    );
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn store_once(&self, fresh: &Fresh) -> Stored {
        let credentials = self.store.credentials();
        let (organization, connection) = (fresh.organization, fresh.connection);
        let tried = async {
            if credentials
                .commit_refreshed(organization, connection, fresh.intent, fresh.new.clone())
                .await?
            {
                return Ok(Stored::Done(Kept::Stored));
            }
            // Somebody took over, or this very statement was carried out and its answer lost.
            if credentials
                .commit_late(organization, connection, fresh.intent, fresh.new.clone())
                .await?
            {
                return Ok(Stored::Done(Kept::Stored));
            }
            let row = credentials.load(organization, connection).await?;
            Ok(match row {
                Some(row) if row.generation == fresh.intent.generation => Stored::Busy,
                Some(row) if row.record == fresh.new.record => Stored::Done(Kept::Stored),
                _ => Stored::Done(Kept::Outdated),
            })
        };
        tried.await.unwrap_or_else(Stored::Away)
    }

    /// Writes the file. `None` where the disk refuses: then the database is the only hope, and is tried on.
    async fn spool(&self, fresh: &Arc<Fresh>) -> Option<PathBuf> {
        let folder = self.place.folder.clone();
        let waiting = Arc::clone(fresh);
        let written = tokio::task::spawn_blocking(move || spool::write(&folder, &waiting)).await;
        match written {
            Ok(Ok(path)) => Some(path),
            Ok(Err(error)) => {
                tracing::error!(connection = %fresh.connection, %error, "new tokens cannot wait on disk");
                None
            }
            Err(_) => None,
        }
    }

    /// Stores what waited on disk since an earlier life of a keeper.
    pub(super) async fn store_found(&self, path: PathBuf, fresh: Fresh) -> Kept {
        let trouble = Notify::new();
        let storing = self.store_patiently(&fresh, &trouble);
        tokio::select! {
            kept = storing => {
                forget(Some(path));
                kept
            }
            () = self.ending.cancelled() => Kept::Waiting,
        }
    }
}

/// Takes a file away whose tokens are in the database, or outdated. Should it stay, the next start finds that out.
fn forget(file: Option<PathBuf>) {
    if let Some(path) = file
        && let Err(error) = std::fs::remove_file(&path)
    {
        tracing::warn!(file = %path.display(), %error, "a file of stored tokens stays");
    }
}
