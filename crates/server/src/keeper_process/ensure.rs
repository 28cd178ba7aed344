//! Making sure that a keeper of this build listens: find it, let another build's finish, have one started.
//!
//! Must not know: what is asked of it afterwards.

use super::{Place, Starter, starter::Report};
use crate::config::Config;
use anyhow::bail;
use async_trait::async_trait;
use gatelodge_keeper_client::Lost;
use gatelodge_keeper_socket::{Revive, SocketKeeper, SocketTransport};
use std::{sync::Arc, time::Duration};

/// Between two looks while another keeper starts or finishes.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How long another keeper may take to start or to finish its work.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long a keeper that is asked to end is waited for.
const GOODBYE: Duration = Duration::from_secs(3);

/// Makes sure of a keeper, at the start and whenever it is gone.
pub struct Ensure {
    build: String,
    place: Place,
    starter: Option<Starter>,
}

impl Ensure {
    /// At this place, of this build. Without a starter somebody else starts the keeper.
    pub const fn new(place: Place, build: String, starter: Option<Starter>) -> Self {
        Self {
            build,
            place,
            starter,
        }
    }

    async fn sure(&self) -> anyhow::Result<()> {
        // Connections of its own: those of the hub belong to the keeper that is gone.
        let probe = SocketTransport::new(self.place.socket(), None);
        let mut asked_to_end = false;
        loop {
            match probe.hello().await {
                Ok(greeting) if greeting.suits(&self.build) => return Ok(()),
                Ok(greeting) => {
                    if !asked_to_end {
                        tracing::info!(
                            theirs = greeting.build,
                            ours = self.build,
                            "a keeper of another build is asked to end"
                        );
                        asked_to_end = true;
                    }
                    if let Err(Lost::Refused(error)) = probe.ask_to_end().await {
                        bail!("the keeper of another build does not end: {error}");
                    }
                }
                Err(Lost::Refused(error)) => bail!("{error}"),
                Err(Lost::NotSent(_) | Lost::Sent(_)) => self.start().await?,
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn start(&self) -> anyhow::Result<()> {
        let Some(starter) = &self.starter else {
            return Ok(());
        };
        match starter.start_keeper().await? {
            Report::Ready | Report::Taken => Ok(()),
            Report::Failed(why) => bail!("{why}"),
        }
    }
}

#[async_trait]
impl Revive for Ensure {
    async fn revive(&self) -> Result<(), String> {
        let sure = tokio::time::timeout(PATIENCE, self.sure());
        match sure.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("{error:#}")),
            Err(_) => Err(format!(
                "no keeper of this build listens at {}",
                self.place.socket().display()
            )),
        }
    }
}

/// Makes sure of a keeper and connects to it.
///
/// # Errors
/// Why there is none: what the keeper itself said where it could not start.
pub async fn connect(ensure: Ensure) -> anyhow::Result<Arc<SocketKeeper>> {
    let place = ensure.place.clone();
    if let Err(why) = ensure.revive().await {
        bail!("{why}");
    }
    let transport = SocketTransport::new(place.socket(), Some(Arc::new(ensure)));
    Ok(Arc::new(SocketKeeper::new(transport)))
}

/// Asks a keeper that nobody comes back to for its end, and waits until its place is free.
pub async fn end(config: &Config, keeper: &SocketKeeper) {
    let ended = async {
        keeper.transport().ask_to_end().await?;
        while keeper.transport().hello().await.is_ok() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok::<_, Lost>(())
    };
    match tokio::time::timeout(GOODBYE, ended).await {
        Ok(Ok(())) => {}
        Ok(Err(cause)) => tracing::debug!(%cause, "the keeper was gone already"),
        Err(_) => tracing::warn!(
            socket = %config.keeper_socket().display(),
            "the keeper still finishes its work"
        ),
    }
}
