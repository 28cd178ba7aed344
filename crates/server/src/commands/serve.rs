//! `gatelodge serve`: the hub, until it is asked to end.
//!
//! Must not know: the demo.

use super::{EndSignals, runtime};
use crate::{
    config::Config,
    hardening::{self, Room},
    http,
    keeper_process::{self, Ensure, Place, Starter},
    logging, memory,
    sole::SoleProcess,
    wiring::Running,
};
use anyhow::Context as _;
use std::{path::Path, sync::Arc};

/// Runs it.
///
/// # Errors
/// When the configuration, the key, the database or the port cannot be used.
pub fn run(path: &Path) -> anyhow::Result<()> {
    let config = Config::read(path)?;
    logging::start(config.log.format, &config.log.level);
    config
        .check()
        .with_context(|| format!("{} has problems", path.display()))?;
    let listening = http::listen(config.server.listen).with_context(|| {
        format!(
            "choose another address in {}, [server] listen",
            path.display()
        )
    })?;
    let _sole = SoleProcess::of(&config)?;
    let starter = if config.keeper.spawn {
        Some(Starter::begin(path)?)
    } else {
        None
    };
    // Bound, and able to have keepers started: this process needs no further rights, and what it gives up here
    // holds for the runtime's threads.
    hardening::confine_web(&Room::of_web(&config));
    runtime()?.block_on(async {
        let end = EndSignals::listen()?;
        let keeper = keeper_process::connect(Ensure::new(
            Place::of(&config),
            keeper_process::build(),
            starter,
        ))
        .await?;
        let running = Running::beside(&config, keeper).await?;
        serve(running, listening, end).await
    })
}

/// Serves what is wired, on a port that is taken, until the process is asked to end.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    running: Running,
    listening: http::Listening,
    end: EndSignals,
) -> anyhow::Result<()> {
    let hub = &running.hub;
    let application = http::application(hub)?;
    let waiting = Arc::clone(hub);
    let end = async move {
        end.asked().await;
        waiting.end_waiting();
    };
    let open = hub.resume_after_start().await?;
    let background = tokio::spawn(Arc::clone(hub).run_background_work());
    let memory = tokio::spawn(memory::give_back());
    tracing::info!(address = %listening.address, open_executions = open, "serving");
    let served = listening.serve(application, end).await;
    background.abort();
    memory.abort();
    running.stop().await;
    tracing::info!("ended");
    served
}
