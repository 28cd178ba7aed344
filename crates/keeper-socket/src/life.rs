//! Who is there, and whether the end was asked for.
//!
//! Must not know: what ends a process.

use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// The number of clients and the wish to end, shared by all connections of a keeper.
#[derive(Debug, Clone)]
pub struct Life {
    clients: Arc<watch::Sender<usize>>,
    /// Once the end was asked for: how long work under way may last.
    ending: Arc<watch::Sender<Option<Duration>>>,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            clients: Arc::new(watch::Sender::new(0)),
            ending: Arc::new(watch::Sender::new(None)),
        }
    }
}

/// Counts as a client until it is dropped.
#[derive(Debug)]
pub(crate) struct Client(Arc<watch::Sender<usize>>);

impl Drop for Client {
    fn drop(&mut self) {
        self.0.send_modify(|clients| *clients -= 1);
    }
}

impl Life {
    pub(crate) fn client(&self) -> Client {
        self.clients.send_modify(|clients| *clients += 1);
        Client(Arc::clone(&self.clients))
    }

    /// How many connections there are.
    pub fn clients(&self) -> usize {
        *self.clients.borrow()
    }

    /// Asks for the end: nobody new is let in, work under way may last so long. Asked again, the shorter time holds.
    pub fn end(&self, patience: Duration) {
        self.ending.send_modify(|ending| {
            *ending = Some(ending.map_or(patience, |before| before.min(patience)));
        });
    }

    /// Waits until the end was asked for; says how long work under way may last.
    pub async fn ending(&self) -> Duration {
        let mut ending = self.ending.subscribe();
        // The sender lives as long as `self`.
        match ending.wait_for(Option::is_some).await {
            Ok(patience) => patience.unwrap_or_default(),
            Err(_) => Duration::ZERO,
        }
    }

    /// Waits until work under way had its time, also where that was shortened meanwhile.
    pub(crate) async fn patience_over(&self) {
        let mut ending = self.ending.subscribe();
        loop {
            let patience = ending.borrow_and_update().unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(patience) => return,
                changed = ending.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Waits until somebody is there.
    pub async fn visited(&self) {
        let _ = self
            .clients
            .subscribe()
            .wait_for(|clients| *clients > 0)
            .await;
    }

    /// Waits until nobody was there for so long.
    pub async fn abandoned(&self, grace: Duration) {
        let mut clients = self.clients.subscribe();
        loop {
            let _ = clients.wait_for(|clients| *clients == 0).await;
            let back = clients.wait_for(|clients| *clients > 0);
            if tokio::time::timeout(grace, back).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn a_client_that_is_there_or_comes_back_keeps_it() {
        let life = Life::default();
        let first = life.client();
        let mut waiting = std::pin::pin!(life.abandoned(LONG));
        assert!(futures::poll!(&mut waiting).is_pending(), "one is there");
        drop(first);
        assert!(futures::poll!(&mut waiting).is_pending(), "the grace runs");
        let second = life.client();
        assert!(futures::poll!(&mut waiting).is_pending(), "it came back");
        assert_eq!(life.clients(), 1);
        drop(second);
        assert_eq!(life.clients(), 0);
    }

    #[tokio::test]
    async fn it_is_abandoned_when_the_last_one_went() {
        let life = Life::default();
        let (first, second) = (life.client(), life.client());
        let mut waiting = std::pin::pin!(life.abandoned(Duration::ZERO));
        drop(first);
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(second);
        waiting.await;
    }

    #[tokio::test]
    async fn the_end_is_heard_by_all_who_wait_and_all_who_come_later() {
        let life = Life::default();
        let mut waiting = std::pin::pin!(life.ending());
        assert!(futures::poll!(&mut waiting).is_pending());
        life.clone().end(LONG);
        assert_eq!(waiting.await, LONG);
        life.end(Duration::ZERO);
        life.end(LONG);
        assert_eq!(life.ending().await, Duration::ZERO);
        life.patience_over().await;
    }
}
