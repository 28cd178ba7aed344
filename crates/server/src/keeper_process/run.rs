//! `gatelodge keeper`: the keeper behind its socket, until nobody needs it or it is asked to end.
//!
//! Must not know: how the keeper does its work.

use super::{KeeperLock, Place, build, starter::Report};
use crate::{
    ambient::{SystemClock, SystemRandom},
    cli::KeeperArgs,
    commands::{self, EndSignals},
    config::Config,
    figures, hardening, logging,
    wiring::KeeperSide,
};
use anyhow::{Context as _, bail};
use gatelodge_keeper_socket::{Door, Greeting, Life, Peers, Terms, serve};
use std::{io, sync::Arc, time::Duration};

/// How long another keeper, which the starter saw end, may still hold the lock.
const LOCK: Duration = Duration::from_secs(2);

/// Between two tries to take it.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How long calls under way may last after a signal; with what follows it stays below ten seconds (R15).
const DRAIN: Duration = Duration::from_secs(4);

/// How long it waits for its first client, however short its grace is.
const FIRST_CLIENT: Duration = Duration::from_secs(10);

/// Runs it.
///
/// # Errors
/// When the configuration, the key, the database or the socket cannot be used, or another keeper lives.
pub fn run(args: &KeeperArgs) -> anyhow::Result<()> {
    if args.starter {
        return super::run_starter(&args.config.config);
    }
    if args.for_hub {
        // Signals for the hub's terminal and its process group are not for the keeper.
        rustix::process::setsid().context("the keeper cannot begin a session of its own")?;
    }
    let lived = begin(args)
        .and_then(|config| commands::runtime()?.block_on(async { live(args, &config).await }));
    if let Err(error) = &lived
        && args.for_hub
    {
        // Whoever had it started reads this; after a report of readiness nobody does.
        Report::Failed(format!("{error:#}"))
            .write(io::stdout())
            .ok();
        tracing::error!(error = format!("{error:#}"), "the keeper ended");
    }
    lived
}

/// What comes before there are threads.
fn begin(args: &KeeperArgs) -> anyhow::Result<Config> {
    let path = &args.config.config;
    let config = Config::read(path)?;
    logging::start(config.log.format, &config.log.level);
    config
        .check()
        .with_context(|| format!("{} has problems", path.display()))?;
    if config.metrics.is_some() {
        figures::gather(hardening::Role::Keeper)?;
    }
    hardening::confine_keeper().log();
    Ok(config)
}

async fn live(args: &KeeperArgs, config: &Config) -> anyhow::Result<()> {
    let end = EndSignals::listen()?;
    let place = Place::of(config);
    let Some(_lock) = take_lock(&place).await? else {
        if args.for_hub {
            return Report::Taken.write(io::stdout());
        }
        bail!(
            "another keeper lives at {}; stop it first",
            place.socket().display()
        );
    };
    let side = KeeperSide::start(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
    side.keeper.measured_by(figures::render);
    let upkeep = tokio::spawn(figures::keep_up());
    let door = Door::open(place.socket()).context("the keeper's socket cannot be made")?;
    let life = Life::default();
    let terms = Terms {
        peers: Peers::new(
            rustix::process::geteuid().as_raw(),
            config.keeper.allowed_users.clone(),
        ),
        greeting: Greeting::of_this_process(build()),
        request_bytes: config.keeper.request_bytes,
    };
    let serving = serve(door, side.keeper.clone(), terms, life.clone());
    tracing::info!(socket = %place.socket().display(), "the keeper listens");
    if args.for_hub {
        Report::Ready.write(io::stdout())?;
    }
    let grace = (!args.stay).then(|| Duration::from_secs(config.keeper.grace_seconds));
    let ending = async {
        tokio::select! {
            () = end.asked() => life.end(DRAIN),
            () = unneeded(&side, &life, grace) => {
                tracing::info!("nobody needs the keeper any more");
                life.end(Duration::ZERO);
            }
            // A keeper of another build waits.
            _ = life.ending() => {}
        }
    };
    tokio::join!(serving, ending);
    upkeep.abort();
    side.stop().await;
    tracing::info!("the keeper ended");
    Ok(())
}

/// The lock; a keeper that is about to end may still hold it for a moment.
async fn take_lock(place: &Place) -> anyhow::Result<Option<KeeperLock>> {
    let taking = async {
        loop {
            if let Some(lock) = KeeperLock::take(place)? {
                return anyhow::Ok(Some(lock));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::time::timeout(LOCK, taking).await.unwrap_or(Ok(None))
}

/// Waits until the last client is gone for so long and nothing is under way that a provider's answer belongs to.
async fn unneeded(side: &KeeperSide, life: &Life, grace: Option<Duration>) {
    let Some(grace) = grace else {
        return std::future::pending().await;
    };
    tokio::time::timeout(FIRST_CLIENT, life.visited())
        .await
        .ok();
    loop {
        life.abandoned(grace).await;
        side.keeper.idle().await;
        if life.clients() == 0 {
            return;
        }
    }
}
