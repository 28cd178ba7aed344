//! `gatelodge config`: says what is wrong, or that nothing is; prints what is in effect.
//!
//! Must not know: how settings are used.

use super::say;
use crate::{
    config::{Config, KeySource},
    wiring,
};
use anyhow::Context as _;
use std::path::Path;

/// Runs it.
///
/// # Errors
/// With every problem found.
pub fn run(path: &Path) -> anyhow::Result<()> {
    let config = Config::read(path)?;
    config
        .check()
        .with_context(|| format!("{} has problems", path.display()))?;
    if config.keys.source != KeySource::Passphrase {
        wiring::key_provider(&config)
            .kek()
            .context("the key cannot be used")?;
    }
    say(format!("{} is fine.", path.display()));
    Ok(())
}

/// Prints the values in effect.
///
/// # Errors
/// When the configuration cannot be read.
pub fn print(path: &Path) -> anyhow::Result<()> {
    say(Config::print(path)?.trim_end());
    Ok(())
}
