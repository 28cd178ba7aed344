//! `gatelodge demo`: the whole main job on one machine, without an account anywhere.
//!
//! A hub on 127.0.0.1, a practice org on localhost, two people, an agent. The first person is connected by the
//! real OAuth flow; the second is left to connect by hand. Must not know: any rule that a real hub has not.

mod announce;
mod place;
mod practice_org;
mod seed;
mod visitor;

use crate::{
    cli::DemoArgs,
    commands,
    config::{Config, LogFormat, log_level},
    http,
    keeper_process::{self, Ensure, Place, Starter},
    logging,
    sole::SoleProcess,
    wiring::Running,
};
use anyhow::Context as _;
use practice_org::PracticeOrg;
use std::{net::SocketAddr, sync::Arc};
use url::Url;

pub use seed::{CLIENT_NAME, People, Person};

/// Runs it until the process is asked to end.
///
/// # Errors
/// When a port is taken or the folder cannot be used.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let level = log_level("warn,gatelodge_core::notify=info");
    logging::start(LogFormat::Text, &level);
    let end = commands::EndSignals::listen()?;
    let place = place::Folder::open(args.data_dir.as_deref())?;
    let ports = place.ports(args.port, args.practice_port);
    let listening = http::listen(SocketAddr::from(([127, 0, 0, 1], ports.hub)))
        .context("choose another port for the hub with --port, or any free one with --port 0")?;
    let practice = match args.practice_org {
        Some(url) => PracticeOrg::Other(url),
        None => PracticeOrg::start(&place, ports.practice).await?,
    };
    let hub_url: Url = format!("http://127.0.0.1:{}", listening.address.port()).parse()?;
    let practice_url = practice.url()?;
    place.remember(&hub_url, &practice_url)?;
    let file = place.write_config(&hub_url, &practice_url)?;
    let config = Config::read(&file)?;
    config.check()?;
    let _sole = SoleProcess::of(&config)?;
    let keeper = keeper_process::connect(Ensure::new(
        Place::of(&config),
        keeper_process::build(),
        Some(Starter::begin(&file)?),
    ))
    .await?;
    let running = Running::beside(&config, Arc::clone(&keeper)).await?;
    let seeded = seed::seed(&running, &practice, &hub_url)
        .await
        .context("the demo could not be seeded")?;
    announce::announce(args.json, &hub_url, &practice_url, &practice, &seeded);
    let served =
        commands::serve::serve(running, commands::serve::Doors::plain(listening), end).await;
    practice.shutdown().await;
    if !place.keeps() {
        // Nobody comes back to a temporary folder; its keeper need not wait for that.
        keeper_process::end(&config, &keeper).await;
    }
    served
}
