//! `gatelodge backup`: copies everything that is stored into an encrypted file, beside a hub that runs. It needs
//! no key of the installation, and the file holds none.
//!
//! Must not know: the file's form.

use super::say;
use crate::{
    ambient::{SystemClock, SystemRandom},
    backup::{self, BackupError, Head, Manifest, Visitor},
    cli::{BackupArgs, BackupOrder},
    config::Config,
    wiring,
};
use anyhow::{Context as _, bail};
use gatelodge_model::Clock as _;
use serde_json::Value;
use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::Arc,
};

/// Runs it.
///
/// # Errors
/// When the file exists or cannot be written or read, or is no backup.
pub async fn run(args: BackupArgs) -> anyhow::Result<()> {
    match (args.order, args.to) {
        (
            Some(BackupOrder::Inspect {
                file,
                identity,
                json,
            }),
            _,
        ) => inspect(&file, &identity, json).await,
        (None, Some(to)) => make(&args.config.config, &to, args.recipient).await,
        (None, None) => bail!("--to names the file to write"),
    }
}

async fn make(config: &Path, to: &Path, mut recipients: Vec<String>) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    config.check().context("the configuration cannot be used")?;
    wiring::refuse_missing_database(&config)?;
    recipients.extend(config.backup.recipients.iter().cloned());
    let store = wiring::connect(
        &config,
        &(Arc::new(SystemClock) as _),
        &(Arc::new(SystemRandom) as _),
    )
    .await?;
    let out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .with_context(|| format!("{} cannot be made", to.display()))?;
    let written = match backup::write(&store, SystemClock.now(), &recipients, &out).await {
        Ok(manifest) => out.sync_all().map(|()| manifest).map_err(BackupError::File),
        Err(error) => Err(error),
    };
    store.close().await;
    match written {
        Ok(manifest) => {
            say(format!("Wrote {}: {}", to.display(), in_words(&manifest)));
            say("The key file is not in it: keep a copy of that apart, or nothing in here opens.");
            Ok(())
        }
        Err(error) => {
            // A file that is no whole backup must not be taken for one.
            let _ = fs::remove_file(to);
            Err(error).context("there is no backup")
        }
    }
}

async fn inspect(file: &Path, identity: &Path, json: bool) -> anyhow::Result<()> {
    let manifest = backup::read(open(file)?, identity, &mut Nobody)
        .await
        .with_context(|| file.display().to_string())?;
    if json {
        say(serde_json::to_string_pretty(&manifest)?);
        return Ok(());
    }
    say(format!(
        "{} is whole: {}",
        file.display(),
        in_words(&manifest)
    ));
    for table in manifest.tables.iter().filter(|table| table.rows > 0) {
        say(format!("  {:<24} {:>9} rows", table.name, table.rows));
    }
    Ok(())
}

/// Opens a backup for reading.
pub(super) fn open(file: &Path) -> anyhow::Result<File> {
    File::open(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// The manifest in a sentence.
pub(super) fn in_words(manifest: &Manifest) -> String {
    let rows: u64 = manifest.tables.iter().map(|table| table.rows).sum();
    format!(
        "{rows} rows of {} tables with {} credentials, as of {}",
        manifest.tables.len(),
        manifest.generations.len(),
        manifest.backup.at.format("%Y-%m-%d %H:%M:%S UTC")
    )
}

/// Wants only to know whether the file is whole.
struct Nobody;

#[async_trait::async_trait]
impl Visitor for Nobody {
    async fn head(&mut self, _: &Head) -> Result<(), BackupError> {
        Ok(())
    }

    async fn rows(&mut self, _: &str, _: &[String], _: Vec<Vec<Value>>) -> Result<(), BackupError> {
        Ok(())
    }
}
