//! `gatelodge audit verify`: recomputes every hash chain.
//!
//! Must not know: how events are written.

use super::say;
use crate::{
    config::Config,
    wiring::{self, Running},
};
use anyhow::bail;
use std::path::Path;

/// Runs it.
///
/// # Errors
/// When an event is not what was written; the first one is named.
pub async fn verify(path: &Path) -> anyhow::Result<()> {
    let config = Config::read(path)?;
    wiring::refuse_missing_database(&config)?;
    let running = Running::rows_only(&config).await?;
    let mut faulty = false;
    for (organization, found) in running.hub.verify_all_audit().await? {
        match &found.first_fault {
            None => say(format!(
                "{}: {} events in {} chains, all as written.",
                organization.name, found.events, found.chains
            )),
            Some(fault) => {
                faulty = true;
                say(format!("{}: {fault}", organization.name));
            }
        }
    }
    running.stop().await;
    if faulty {
        bail!("the audit log is not what was written");
    }
    Ok(())
}
