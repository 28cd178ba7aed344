//! `gatelodge serve`: the hub, until it is asked to end.
//!
//! Must not know: the demo.

use super::{EndSignals, runtime};
use crate::{
    config::Config,
    figures,
    hardening::{self, Role, Room},
    http::{self, Front, Listening},
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
    let doors = Doors::open(&config, path)?;
    let _sole = SoleProcess::of(&config)?;
    let starter = if config.keeper.spawn {
        Some(Starter::begin(path)?)
    } else {
        None
    };
    if config.metrics.is_some() {
        figures::gather(Role::Web)?;
    }
    // Bound, and able to have keepers started: this process needs no further rights, and what it gives up here
    // holds for the runtime's threads.
    hardening::confine_web(&web_room(&config)).log();
    runtime()?.block_on(async {
        let end = EndSignals::listen()?;
        let keeper = keeper_process::connect(Ensure::new(
            Place::of(&config),
            keeper_process::build(),
            starter,
        ))
        .await?;
        let running = Running::beside(&config, keeper).await?;
        serve(running, doors, end).await
    })
}

/// What the web role needs, with the certificate that it reads again.
fn web_room(config: &Config) -> Room {
    let renewed = config.tls_files().map(|tls| [tls.cert_file, tls.key_file]);
    Room::of_web(config).with_renewed_files(renewed.as_ref().map_or(&[], |files| files))
}

/// Everything that listens, and what stands in front of it.
pub struct Doors {
    /// Where people and agents come in.
    pub listening: Listening,
    /// Where only operators do.
    pub operators: Option<Listening>,
    /// Proxies that are believed, and the token of the figures.
    pub front: Front,
}

impl Doors {
    /// Takes the ports of a configuration and reads what lies in files.
    fn open(config: &Config, path: &Path) -> anyhow::Result<Self> {
        let elsewhere = |setting: &'static str| {
            let path = path.display().to_string();
            move || format!("choose another address in {path}, {setting}")
        };
        let listening = http::listen(config.server.listen)
            .with_context(elsewhere("[server] listen"))?
            .with_tls(config.tls_files())?;
        let operators = config
            .metrics
            .as_ref()
            .and_then(|metrics| metrics.listen)
            .map(|address| http::listen(address).with_context(elsewhere("[metrics] listen")))
            .transpose()?;
        Ok(Self {
            listening,
            operators,
            front: Front::of(config)?,
        })
    }

    /// One listener, nothing in front.
    pub fn plain(listening: Listening) -> Self {
        Self {
            listening,
            operators: None,
            front: Front::plain(),
        }
    }
}

/// Serves what is wired, on a port that is taken, until the process is asked to end.
///
/// # Errors
/// When the socket fails.
pub async fn serve(running: Running, doors: Doors, end: EndSignals) -> anyhow::Result<()> {
    let hub = &running.hub;
    let Doors {
        listening,
        operators,
        front,
    } = doors;
    let application = http::application(hub, &front)?;
    let operators = operators.map(|listening| {
        // ends with the process: operators want to see how it ends
        tokio::spawn(listening.serve(http::operators(hub), std::future::pending()))
    });
    let waiting = Arc::clone(hub);
    let end = async move {
        end.asked().await;
        waiting.end_waiting();
    };
    hub.note_openings().await?;
    let open = hub.resume_after_start().await?;
    let background = tokio::spawn(Arc::clone(hub).run_background_work());
    let memory = tokio::spawn(memory::give_back());
    let figures = tokio::spawn(figures::keep_up());
    tracing::info!(address = %listening.address, open_executions = open, "serving");
    let served = listening.serve(application, end).await;
    background.abort();
    memory.abort();
    running.stop().await;
    figures.abort();
    if let Some(operators) = operators {
        operators.abort();
    }
    tracing::info!("ended");
    served
}
