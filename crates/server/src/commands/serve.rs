//! `gatelodge serve`: the hub, until it is asked to end.
//!
//! Must not know: the demo.

use super::EndSignals;
use crate::{config::Config, http, logging, memory, sole::SoleProcess, wiring::Running};
use anyhow::Context as _;
use std::{path::Path, sync::Arc};

/// Runs it.
///
/// # Errors
/// When the configuration, the key, the database or the port cannot be used.
pub async fn run(path: &Path) -> anyhow::Result<()> {
    let config = Config::read(path)?;
    logging::start(config.log.format, &config.log.level);
    config
        .check()
        .with_context(|| format!("{} has problems", path.display()))?;
    let end = EndSignals::listen()?;
    let listening = http::listen(config.server.listen).await.with_context(|| {
        format!(
            "choose another address in {}, [server] listen",
            path.display()
        )
    })?;
    let _sole = SoleProcess::of(&config)?;
    let running = Running::start(&config).await?;
    serve(running, listening, end).await
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
