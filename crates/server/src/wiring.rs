//! Joining the parts: database, key, keeper, catalogue, hub.
//!
//! Must not know: HTTP or the command line.

use crate::{
    ambient::{SystemClock, SystemRandom},
    config::{Config, MailProtection},
};
use anyhow::{Context as _, bail};
use gatelodge_core::{Hub, HubParts, LogNotifier, Settings};
use gatelodge_keeper::{
    EgressSettings, InProcessKeeper, KeeperOptions, MailSecurity, MailSettings, Timeouts,
};
use gatelodge_model::{Clock, Random, Secret};
use gatelodge_provider::Catalogue;
use gatelodge_store::{DatabaseOptions, Store};
use gatelodge_vault::{KeyFile, KeyProvider, KeyText, Vault};
use std::{fs, sync::Arc, time::Duration};
use tokio::time::timeout;

/// The environment variable that holds the key where there is no key file.
const KEY_VARIABLE: &str = "GATELODGE_KEY";

/// How long executions under way may last after the end was asked for. With the requests that end before them
/// and the parts that end after them it must stay below ten seconds (R15).
const DRAIN: Duration = Duration::from_secs(2);

/// How long refreshes under way may last then. They began before, so the requests' time was theirs too.
const KEEPER_END: Duration = Duration::from_secs(2);

/// How long the database may take to close.
const DATABASE_END: Duration = Duration::from_millis(500);

/// Row of the settings that tells which key this database belongs to.
const KEY_CHECK: &str = "vault.key_check";

/// A running hub with the keeper that serves it.
pub struct Running {
    /// Use cases.
    pub hub: Arc<Hub>,
    /// Keys and the way out.
    pub keeper: Arc<InProcessKeeper>,
    /// Rows.
    pub(crate) store: Store,
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
        let store = open_store(config, &vault, &clock, &random).await?;
        let providers = gatelodge_providers::catalogue(gatelodge_providers::Settings {
            practice_orgs: config.egress.practice_orgs.clone(),
        })?;
        let catalogue = Arc::new(Catalogue::new(providers)?);
        let keeper = InProcessKeeper::start(KeeperOptions {
            catalogue: Arc::clone(&catalogue),
            store: store.clone(),
            vault,
            egress: egress_settings(config)?,
            mail: mail_settings(config)?,
            folder: config.keeper_dir(),
            public_urls: config.server.public_urls.clone(),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            timeouts: Timeouts {
                shutdown: KEEPER_END,
                ..Timeouts::default()
            },
        })
        .await?;
        let hub = Hub::new(HubParts {
            store: store.clone(),
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
        Ok(Self { hub, keeper, store })
    }

    /// Lets executions and refreshes under way end, for a while, and closes the database (R15).
    pub async fn stop(self) {
        self.hub.drain(DRAIN).await;
        self.keeper.shutdown().await;
        if timeout(DATABASE_END, self.store.close()).await.is_err() {
            tracing::warn!("the database was still in use when the process ended");
        }
    }
}

fn open_vault(config: &Config, random: &Arc<dyn Random>) -> anyhow::Result<Vault> {
    Vault::unlock(key_provider(config).as_ref(), Arc::clone(random))
        .context("the key cannot be used")
}

/// Where this configuration's key comes from.
pub(crate) fn key_provider(config: &Config) -> Box<dyn KeyProvider> {
    match key_from_environment() {
        Some(key) => Box::new(KeyText::new(
            key,
            format!("the environment variable {KEY_VARIABLE}"),
        )),
        None => Box::new(KeyFile::new(config.key_file(), Some(config.data_dir()))),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the key's documented place besides the key file"
)]
fn key_from_environment() -> Option<Secret> {
    std::env::var(KEY_VARIABLE)
        .ok()
        .filter(|text| !text.is_empty())
        .map(Secret::new)
}

async fn open_store(
    config: &Config,
    vault: &Vault,
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
    // A database belongs to one key; a start with another one must not write anything, not even a migration.
    // An empty database has no such table yet; whatever else is wrong shows in the next step.
    if let Ok(Some(stored)) = store.settings().get(KEY_CHECK).await {
        check_key(vault, &stored)?;
    }
    store
        .migrate()
        .await
        .context("the database's schema cannot be brought up to date")?;
    let stored = store
        .settings()
        .get_or_set(KEY_CHECK, &vault.check_value())
        .await?;
    check_key(vault, &stored)?;
    Ok(store)
}

fn check_key(vault: &Vault, stored: &str) -> anyhow::Result<()> {
    vault
        .verify_check_value(stored)
        .context("the key cannot be used")
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
        practice_receivers: config.egress.practice_receivers.clone(),
        webhook_hosts: config.egress.webhook_hosts.clone(),
        private_ranges: config
            .egress
            .private_ranges
            .iter()
            .map(|range| range.parse())
            .collect::<Result<_, _>>()?,
        proxy: config.egress.proxy.clone(),
        ..EgressSettings::default()
    })
}

fn mail_settings(config: &Config) -> anyhow::Result<Option<MailSettings>> {
    let mail = &config.mail;
    if mail.host.is_empty() {
        return Ok(None);
    }
    let (security, usual_port) = match mail.security {
        MailProtection::Starttls => (MailSecurity::StartTls, 587),
        MailProtection::Tls => (MailSecurity::Tls, 465),
        MailProtection::None => (MailSecurity::None, 25),
    };
    let login = if mail.username.is_empty() {
        None
    } else {
        let path = config.folder.join(&mail.password_file);
        let password = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        Some((mail.username.clone(), Secret::new(password.trim_end())))
    };
    Ok(Some(MailSettings {
        host: mail.host.clone(),
        port: if mail.port == 0 {
            usual_port
        } else {
            mail.port
        },
        security,
        from: mail.from.clone(),
        login,
    }))
}
