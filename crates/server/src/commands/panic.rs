//! `gatelodge panic`: ends all connections of an organization, or of a provider, at the providers.
//!
//! Must not know: how a grant ends.

use super::{say, which};
use crate::{cli::PanicArgs, config::Config, wiring::Running};
use anyhow::bail;
use gatelodge_core::PanicReport;

/// Runs it.
///
/// # Errors
/// When the organization is not known, or a connection could not be confirmed as ended.
pub async fn run(args: PanicArgs) -> anyhow::Result<()> {
    let config = Config::read(&args.config.config)?;
    let running = Running::console(&args.config.config, &config).await?;
    let ended = ordered(&args, &running).await;
    running.stop().await;
    ended
}

async fn ordered(args: &PanicArgs, running: &Running) -> anyhow::Result<()> {
    let organization = which::organization(&running.hub, args.organization.as_deref()).await?;
    let provider = args.provider.as_deref();
    if !args.yes {
        let count = running
            .hub
            .panic_would_end(organization.id, provider)
            .await?;
        bail!(
            "nothing was changed. {count} connections of {} would be ended at their providers; people must connect them again. Add --yes to do it",
            organization.name
        );
    }
    let report = running
        .hub
        .panic_from_console(organization.id, provider)
        .await?;
    tell(&report);
    if report.revoked() < report.results.len() {
        bail!(
            "not every provider confirmed; what is pending is asked again for 24 hours by a hub that runs"
        );
    }
    Ok(())
}

fn tell(report: &PanicReport) {
    for result in &report.results {
        let account = result.account.as_deref().unwrap_or("-");
        let how = result.unconfirmed.as_deref().unwrap_or("revoked");
        say(format!(
            "{}  {}  {account}  {how}",
            result.connection, result.provider
        ));
    }
    say(format!(
        "{} of {} connections revoked at their providers.",
        report.revoked(),
        report.results.len()
    ));
}
