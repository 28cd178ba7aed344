//! `gatelodge config check`: says what is wrong, or that nothing is.
//!
//! Must not know: how settings are used.

use super::say;
use crate::{config::Config, wiring};
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
    wiring::key_provider(&config)
        .kek()
        .context("the key cannot be used")?;
    say(format!("{} is fine.", path.display()));
    Ok(())
}
