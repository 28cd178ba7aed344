//! Joining the parts: database, key, keeper, catalogue, hub.
//!
//! Must not know: HTTP or the command line.

use crate::{
    ambient::{SystemClock, SystemRandom},
    config::Config,
};
use anyhow::{Context as _, bail};
use gatelodge_core::{Hub, HubParts, LogNotifier, Settings};
use gatelodge_keeper::{EgressSettings, InProcessKeeper, KeeperOptions, Timeouts};
use gatelodge_model::{Clock, Random, Secret};
use gatelodge_provider::Catalogue;
use gatelodge_store::{DatabaseOptions, Store};
use gatelodge_vault::{KeyFile, KeyProvider, KeyText, Vault};
use std::{fs, sync::Arc, time::Duration};

/// The environment variable that holds the key where there is no key file.
const KEY_VARIABLE: &str = "GATELODGE_KEY";

/// How long executions under way may last after the end was asked for.
const DRAIN: Duration = Duration::from_secs(4);

/// Row of the settings that tells which key this database belongs to.
const KEY_CHECK: &str = "vault.key_check";

/// A running hub with the keeper that serves it.
pub struct Running {
    /// Use cases.
    pub hub: Arc<Hub>,
    /// Keys and the way out.
    pub keeper: Arc<InProcessKeeper>,
}

impl Running {
    /// Opens everything that a configuration names.
    ///
    /// # Errors
    /// Each with what is wrong and what to do: an unusable configuration, folder, database or key.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        Self::start_with(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await
    }

    /// As [`Running::start`], with a clock and a random source of the caller's.
    ///
    /// # Errors
    /// As [`Running::start`].
    pub async fn start_with(
        config: &Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> anyhow::Result<Self> {
        config.check().context("the configuration cannot be used")?;
        let vault = open_vault(config, &random)?;
        let store = open_store(config, &clock, &random).await?;
        check_key(&store, &vault).await?;
        let providers = gatelodge_providers::catalogue(gatelodge_providers::Settings {
            practice_orgs: config.egress.practice_orgs.clone(),
        })?;
        let catalogue = Arc::new(Catalogue::new(providers)?);
        let keeper = InProcessKeeper::start(KeeperOptions {
            catalogue: Arc::clone(&catalogue),
            store: store.clone(),
            vault,
            egress: egress_settings(config)?,
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            timeouts: Timeouts::default(),
        })
        .await?;
        let hub = Hub::new(HubParts {
            store,
            keeper: Arc::<InProcessKeeper>::clone(&keeper),
            catalogue,
            clock,
            random,
            notifier: Arc::new(LogNotifier),
            settings: Settings {
                public_urls: config.server.public_urls.clone(),
                ..Settings::default()
            },
        });
        hub.ensure_organization(&config.server.organization).await?;
        Ok(Self { hub, keeper })
    }

    /// Lets executions and refreshes under way end.
    pub async fn stop(self) {
        self.hub.drain(DRAIN).await;
        self.keeper.shutdown().await;
    }
}

fn open_vault(config: &Config, random: &Arc<dyn Random>) -> anyhow::Result<Vault> {
    let provider: Box<dyn KeyProvider> = match key_from_environment() {
        Some(key) => Box::new(KeyText::new(key, format!("the environment variable {KEY_VARIABLE}"))),
        None => Box::new(KeyFile::new(config.key_file(), Some(config.data_dir()))),
    };
    Vault::unlock(provider.as_ref(), Arc::clone(random)).context("the key cannot be used")
}

#[expect(clippy::disallowed_methods, reason = "the key's documented place besides the key file")]
fn key_from_environment() -> Option<Secret> {
    std::env::var(KEY_VARIABLE).ok().filter(|text| !text.is_empty()).map(Secret::new)
}

async fn open_store(
    config: &Config,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> anyhow::Result<Store> {
    let options = DatabaseOptions {
        urls: config.database_urls(),
        max_connections: config.database.max_connections,
    };
    let store = Store::connect(&options, Arc::clone(clock), Arc::clone(random))
        .await
        .context("the database cannot be opened")?;
    store.migrate().await.context("the database's schema cannot be brought up to date")?;
    Ok(store)
}

/// A database belongs to one key; a start with another one must not write a single record.
async fn check_key(store: &Store, vault: &Vault) -> anyhow::Result<()> {
    let stored = store.settings().get_or_set(KEY_CHECK, &vault.check_value()).await?;
    vault.verify_check_value(&stored).context("this key is not the one that the database was sealed with")
}

fn egress_settings(config: &Config) -> anyhow::Result<EgressSettings> {
    let mut extra_ca = Vec::new();
    for file in &config.egress.extra_ca_files {
        let path = config.folder.join(file);
        let pem = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        if pem.is_empty() {
            bail!("{} is empty; a PEM certificate is expected", path.display());
        }
        extra_ca.push(pem);
    }
    Ok(EgressSettings {
        practice_origins: config.egress.practice_orgs.clone(),
        extra_ca,
        ..EgressSettings::default()
    })
}
