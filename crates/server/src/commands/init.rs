//! `gatelodge init`: a commented configuration and a key file.
//!
//! Nothing that exists is overwritten. Must not know: how the key is used.

use super::say;
use crate::{
    ambient::SystemRandom,
    cli::InitArgs,
    config::{Config, SAMPLE, make_data_folder, public_url_problem},
};
use anyhow::{Context as _, bail};
use gatelodge_vault::KeyFile;
use std::fs;

/// Runs it.
///
/// # Errors
/// When a file exists already or cannot be written.
pub fn run(args: &InitArgs) -> anyhow::Result<()> {
    let path = args.dir.join("gatelodge.toml");
    if path.exists() {
        bail!("{} exists already; nothing was changed", path.display());
    }
    if let Some(problem) = public_url_problem(&args.public_url) {
        bail!("--public-url {}: {problem}", args.public_url);
    }
    let public_url = args.public_url.origin().ascii_serialization();
    let text = SAMPLE
        .replace("{listen}", &args.listen.to_string())
        .replace("{public_url}", &public_url);
    let config = Config {
        folder: std::path::absolute(&args.dir)?,
        ..Config::default()
    };
    let key_path = config.key_file();
    if key_path.exists() {
        bail!(
            "{} exists already; nothing was changed. A key is never overwritten, because whatever it sealed would be lost",
            key_path.display()
        );
    }
    fs::create_dir_all(&args.dir)
        .with_context(|| format!("{} cannot be made", args.dir.display()))?;
    KeyFile::new(&key_path, Some(config.data_dir())).create(&SystemRandom)?;
    make_data_folder(&config.data_dir())?;
    fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    say(format!("Wrote {}", path.display()));
    say(format!(
        "Wrote {} (keep a copy apart from the database)",
        key_path.display()
    ));
    say(format!(
        "Next:\n  gatelodge user add --email you@example.com --name 'Your Name' --role owner --config {0}\n  gatelodge serve --config {0}",
        path.display()
    ));
    Ok(())
}
