//! `gatelodge config check`: says what is wrong, or that nothing is.
//!
//! Must not know: how settings are used.

use super::say;
use crate::config::Config;
use anyhow::Context as _;
use gatelodge_vault::{KeyFile, KeyProvider as _};
use std::path::Path;

/// Runs it.
///
/// # Errors
/// With every problem found.
pub fn run(path: &Path) -> anyhow::Result<()> {
    let config = Config::read(path)?;
    config.check().with_context(|| format!("{} has problems", path.display()))?;
    KeyFile::new(config.key_file(), Some(config.data_dir())).kek().context("keys.file")?;
    say(format!("{} is fine.", path.display()));
    Ok(())
}
