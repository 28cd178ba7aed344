//! `gatelodge restore`: fills an empty database from a backup, as a copy that sends nothing; and its activation,
//! which is done here on the console and nowhere else.
//!
//! Must not know: how the keeper holds a copy back.

use super::{backup::in_words, backup::open, say};
use crate::{
    ambient::{SystemClock, SystemRandom},
    backup::{self, BackupError, Head, Manifest, Visitor},
    cli::{ActivateArgs, RestoreArgs, RestoreOrder},
    config::Config,
    wiring::{self, Running},
};
use anyhow::{Context as _, bail};
use gatelodge_model::{Clock as _, ConnectionId, OrganizationId, id::new_uuid};
use gatelodge_store::{
    Instance, Restored, Store, StoreError,
    backup::{Cell, Filling, Kind},
};
use serde_json::Value;
use std::{collections::HashMap, fs, path::Path, sync::Arc};

/// Runs it.
///
/// # Errors
/// When the file is no whole backup, the database is not empty, or the copy cannot be activated.
pub async fn run(args: RestoreArgs) -> anyhow::Result<()> {
    match (args.order, args.file, args.identity) {
        (Some(RestoreOrder::Activate(order)), _, _) => activate(&order).await,
        (None, Some(file), Some(identity)) => restore(&args.config.config, &file, &identity).await,
        _ => bail!("name the backup and --identity"),
    }
}

async fn restore(config: &Path, file: &Path, identity: &Path) -> anyhow::Result<()> {
    let config = Config::read(config)?;
    config.check().context("the configuration cannot be used")?;
    let store = wiring::connect(
        &config,
        &(Arc::new(SystemClock) as _),
        &(Arc::new(SystemRandom) as _),
    )
    .await?;
    let mut copy = Copy {
        store: &store,
        filling: None,
        key: None,
    };
    let manifest = backup::read(open(file)?, identity, &mut copy)
        .await
        .with_context(|| file.display().to_string())?;
    let key = copy.finish(&manifest).await?;
    store.migrate().await?;
    store.close().await;
    say(format!("Restored {}.", in_words(&manifest)));
    if let Some(key) = key {
        say(format!(
            "Its secrets open with the key {key}: put that key where the configuration names it."
        ));
    }
    say(
        "This is a copy in quarantine: it can be started and read, and sends nothing. When the original is stopped for good:\n  gatelodge restore activate --i-know-the-old-one-is-dead",
    );
    Ok(())
}

/// Fills the database while the backup is read; what is not proven in the end is never committed.
struct Copy<'a> {
    store: &'a Store,
    filling: Option<Filling>,
    /// The id of the key that the backup's secrets are wrapped with.
    key: Option<String>,
}

#[async_trait::async_trait]
impl Visitor for Copy<'_> {
    async fn head(&mut self, head: &Head) -> Result<(), BackupError> {
        let filling = self
            .store
            .fill(&head.steps)
            .await
            .map_err(|error| match error {
                StoreError::Conflict { what } => StoreError::Conflict {
                    what: format!(
                        "A restore needs an empty database, and this one is not empty. {what}"
                    ),
                },
                other => other,
            })?;
        self.filling = Some(filling);
        Ok(())
    }

    async fn rows(
        &mut self,
        table: &str,
        columns: &[String],
        rows: Vec<Vec<Value>>,
    ) -> Result<(), BackupError> {
        let Some(filling) = &self.filling else {
            return Err(BackupError::NoBackup);
        };
        let kinds: HashMap<&str, Kind> = filling
            .tables()
            .iter()
            .filter(|known| known.name == table)
            .flat_map(|known| &known.columns)
            .map(|column| (column.name.as_str(), column.kind))
            .collect();
        let misfit = || BackupError::Damaged(format!("a row of {table} does not fit"));
        let mut cells = Vec::with_capacity(rows.len());
        for row in rows {
            if row.len() != columns.len() {
                return Err(misfit());
            }
            let row = columns
                .iter()
                .zip(&row)
                .map(|(column, value)| Cell::from_json(*kinds.get(column.as_str())?, value))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(misfit)?;
            if let [Cell::Text(name), Cell::Text(value), ..] = row.as_slice()
                && name == wiring::KEY_CHECK
            {
                self.key = value.split(':').nth(1).map(str::to_owned);
            }
            cells.push(row);
        }
        Ok(filling.add(table, columns, &cells).await?)
    }
}

impl Copy<'_> {
    /// Names the copy in the same step in which its rows become visible: there is no moment at which a keeper
    /// could take it for the original.
    async fn finish(self, manifest: &Manifest) -> anyhow::Result<Option<String>> {
        let Some(filling) = self.filling else {
            bail!("the backup is empty");
        };
        let now = SystemClock.now();
        let copy = Instance {
            id: new_uuid(&SystemClock, &SystemRandom),
            activation: None,
            restored: Some(Restored {
                from: manifest.backup.instance,
                backed_up_at: manifest.backup.at,
                at: now,
            }),
        };
        filling.name_instance(&copy, now).await?;
        filling.commit().await?;
        Ok(self.key)
    }
}

async fn activate(args: &ActivateArgs) -> anyhow::Result<()> {
    if !args.i_know_the_old_one_is_dead {
        bail!(
            "nothing was changed. If the original still runs, this copy ends its connections: a refresh token works once. Stop the original for good, then add --i-know-the-old-one-is-dead"
        );
    }
    let config = Config::read(&args.config.config)?;
    let newer = args.newer.as_deref().map(manifest).transpose()?;
    let running = Running::console(&args.config.config, &config).await?;
    if running.hub.restored_copy().await?.is_none() {
        running.stop().await;
        bail!("this installation is no restored copy, or it was activated before");
    }
    let ended = running.hub.end_restored_proposals().await?;
    let spent = match &newer {
        None => Vec::new(),
        Some(newer) => spent(&running.store, newer).await?,
    };
    for (_, connection) in &spent {
        say(format!(
            "  {connection}: its token was replaced after the backup; it must be connected again"
        ));
    }
    let marked = running.hub.mark_spent_connections(&spent).await?;
    let vault = wiring::vault_of(&config, &running.store).await?;
    let restored = gatelodge_keeper::activate(
        running.store.clone(),
        vault,
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
        &spent,
    )
    .await?;
    let backed_up_at = restored.map(|restored| restored.backed_up_at);
    running.hub.note_activation(backed_up_at).await?;
    running.stop().await;
    say(format!(
        "Activated. {ended} proposals that the backup held undecided or unfinished were ended."
    ));
    if newer.is_some() {
        say(format!(
            "{marked} connections were marked: their token was replaced after the backup."
        ));
    } else {
        say(
            "Which tokens were replaced after the backup is not known (--newer names a later manifest). A connection whose token was replaced shows 'reconnect needed' at its next use.",
        );
    }
    Ok(())
}

fn manifest(file: &Path) -> anyhow::Result<Manifest> {
    let text = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_slice(&text).with_context(|| {
        format!(
            "{} is no manifest; 'gatelodge backup inspect --json' prints one",
            file.display()
        )
    })
}

/// Connections that the newer manifest knows with a later token, or whose credential it knows no more.
async fn spent(
    store: &Store,
    newer: &Manifest,
) -> anyhow::Result<Vec<(OrganizationId, ConnectionId)>> {
    let known: HashMap<_, _> = newer
        .generations
        .iter()
        .map(|one| ((one.organization, one.connection), one.generation))
        .collect();
    Ok(backup::generations(store)
        .await?
        .into_iter()
        .filter(|one| {
            known
                .get(&(one.organization, one.connection))
                .is_none_or(|generation| *generation > one.generation)
        })
        .map(|one| (one.organization, one.connection))
        .collect())
}
