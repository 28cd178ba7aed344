//! Whether requests can be served, part by part, and the figures of this moment.
//!
//! Must not know: who asks, and how much of it they are told.

use crate::Hub;
use gatelodge_keeper_client::KeeperFailure;
use gatelodge_model::{Error, ErrorKind, Result};
use metrics::gauge;
use std::time::Duration;
use tokio::time::timeout;

/// A part that says nothing for so long counts as not ready: whoever asks has a time limit too.
const PATIENCE: Duration = Duration::from_secs(3);

/// Each part with what keeps it from serving.
#[derive(Debug)]
pub struct Readiness(Vec<(&'static str, Result<()>)>);

impl Readiness {
    /// All parts.
    pub fn parts(&self) -> &[(&'static str, Result<()>)] {
        &self.0
    }

    /// The first part that is not ready.
    pub fn failed(&self) -> Option<(&'static str, &Error)> {
        self.0
            .iter()
            .find_map(|(part, result)| Some((*part, result.as_ref().err()?)))
    }
}

impl Hub {
    /// Asks the database whether it takes writes, and the keeper whether it answers.
    pub async fn readiness(&self) -> Readiness {
        let database = async {
            timeout(PATIENCE, self.ready())
                .await
                .unwrap_or_else(|_| Err(silent(ErrorKind::StoreUnavailable, "The database")))
        };
        let (database, keeper) = tokio::join!(database, self.keeper_figures());
        Readiness(vec![("database", database), ("keeper", keeper.map(drop))])
    }

    /// Sets the gauges of this moment and gives the keeper's figures; none where it does not answer.
    pub async fn measure(&self) -> Option<String> {
        // counts of this size are exact in a gauge
        #[expect(clippy::cast_precision_loss, reason = "nobody runs 2^52 executions")]
        gauge!("gatelodge_executions").set(self.executions.len() as f64);
        let kept = self.keeper_figures().await.ok();
        gauge!("gatelodge_keeper_up").set(if kept.is_some() { 1.0 } else { 0.0 });
        kept
    }

    async fn keeper_figures(&self) -> Result<String> {
        timeout(PATIENCE, self.keeper.figures())
            .await
            .unwrap_or_else(|_| Err(silent(ErrorKind::KeeperUnavailable, "The keeper").into()))
            .map_err(|KeeperFailure { error, .. }| error)
    }
}

fn silent(kind: ErrorKind, who: &str) -> Error {
    Error::new(
        kind,
        format!(
            "{who} did not answer within {} seconds.",
            PATIENCE.as_secs()
        ),
    )
}
