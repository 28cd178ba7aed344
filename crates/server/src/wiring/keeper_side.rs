//! The keeper's side: key, database, providers, the keeper. Only here is the key opened.
//!
//! Must not know: the hub, and what carries its calls.

use super::{
    DATABASE_END, catalogue, connect,
    key_sources::{check_key, open_vault},
};
use crate::{
    ambient::{SystemClock, SystemRandom},
    config::{Config, ConfiguredOAuthApp, MailProtection},
};
use anyhow::{Context as _, bail};
use gatelodge_keeper::{
    BudgetSettings, ConfiguredApp, Console, EgressSettings, InProcessKeeper, KEY_CHECK,
    KeeperOptions, MailSecurity, MailSettings, Timeouts,
};
use gatelodge_model::{Clock, Random, Secret};
use gatelodge_provider::Catalogue;
use gatelodge_store::Store;
use gatelodge_vault::Vault;
use std::{fs, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How long refreshes under way may last when the end was asked for. They began before, so the requests' time
/// was theirs too (R15).
const KEEPER_END: Duration = Duration::from_secs(2);

/// A keeper with what it stands on.
pub struct KeeperSide {
    /// Keys and the way out.
    pub keeper: Arc<InProcessKeeper>,
    pub(super) store: Store,
    pub(super) catalogue: Arc<Catalogue>,
}

impl KeeperSide {
    /// Opens the key and the database, brings the schema up to date, starts the keeper.
    ///
    /// # Errors
    /// Each with what is wrong and what to do.
    pub async fn start(
        config: &Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> anyhow::Result<Self> {
        let vault = open_vault(config, &random)?;
        let store = open_store(config, &vault, &clock, &random).await?;
        let catalogue = catalogue(config)?;
        let keeper = InProcessKeeper::start(KeeperOptions {
            catalogue: Arc::clone(&catalogue),
            store: store.clone(),
            vault,
            egress: egress_settings(config)?,
            mail: mail_settings(config)?,
            configured_apps: configured_apps(config)?,
            folder: config.keeper_dir(),
            public_urls: config.server.public_urls.clone(),
            clock,
            random,
            budget: budget_settings(config),
            timeouts: Timeouts {
                shutdown: KEEPER_END,
                ..Timeouts::default()
            },
        })
        .await?;
        Ok(Self {
            keeper,
            store,
            catalogue,
        })
    }

    /// Lets refreshes under way end, for a while, and closes the database (R15).
    pub async fn stop(self) {
        self.keeper.shutdown().await;
        if timeout(DATABASE_END, self.store.close()).await.is_err() {
            tracing::warn!("the database was still in use when the keeper ended");
        }
    }
}

/// The operator's console, beside a running hub or without one.
///
/// # Errors
/// When the key or the keeper's own folder cannot be used.
pub(crate) async fn open_console(config: &Config, store: Store) -> anyhow::Result<Console> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let vault = vault_of(config, &store).await?;
    let folder = config.keeper_dir();
    Console::open(store, vault, folder.clone(), Arc::new(SystemClock), random)
        .with_context(|| format!("the keeper's folder {} cannot be used", folder.display()))
}

/// The operator's key as the configuration says it.
pub(crate) fn vault(config: &Config) -> anyhow::Result<Vault> {
    open_vault(config, &(Arc::new(SystemRandom) as Arc<dyn Random>))
}

/// The operator's key at work, for commands of the console: after a replacement the database may name another one
/// than the configuration still does.
///
/// # Errors
/// When it cannot be used, or the database belongs to another one.
pub(crate) async fn vault_of(config: &Config, store: &Store) -> anyhow::Result<Vault> {
    let vault = vault(config)?;
    if let Some(stored) = store.settings().get(KEY_CHECK).await? {
        check_key(&vault, store, &stored).await?;
    }
    Ok(vault)
}

/// The database, once it is known to belong to the key of this configuration.
///
/// # Errors
/// When the key or the database cannot be used, or they do not belong together.
pub(super) async fn open_own_store(
    config: &Config,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> anyhow::Result<Store> {
    let vault = open_vault(config, random)?;
    open_store(config, &vault, clock, random).await
}

async fn open_store(
    config: &Config,
    vault: &Vault,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> anyhow::Result<Store> {
    let store = connect(config, clock, random).await?;
    store
        .refuse_damage()
        .await
        .context("the database cannot be used")?;
    // A database belongs to one key; a start with another one must not write anything, not even a migration.
    // An empty database has no such table yet; whatever else is wrong shows in the next step.
    if let Ok(Some(stored)) = store.settings().get(KEY_CHECK).await {
        check_key(vault, &store, &stored).await?;
    }
    store
        .migrate()
        .await
        .context("the database's schema cannot be brought up to date")?;
    if let Some(check) = vault.check_value() {
        let stored = store.settings().get_or_set(KEY_CHECK, &check).await?;
        check_key(vault, &store, &stored).await?;
    }
    Ok(store)
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
        download_bytes: config.egress.download_bytes,
        ..EgressSettings::default()
    })
}

fn budget_settings(config: &Config) -> BudgetSettings {
    let limit = |number: u64| (number > 0).then_some(number);
    let budget = &config.budget;
    BudgetSettings {
        rows: limit(budget.rows),
        calls: limit(budget.calls),
        bytes: limit(budget.bytes),
        alert_percent: budget.alert_percent,
        releases: budget.releases,
    }
}

/// The OAuth apps for all organizations, with their secrets.
fn configured_apps(config: &Config) -> anyhow::Result<Vec<ConfiguredApp>> {
    let read = |app: &ConfiguredOAuthApp| {
        let client_secret = if app.client_secret_file.as_os_str().is_empty() {
            None
        } else {
            let path = config.folder.join(&app.client_secret_file);
            let secret = fs::read_to_string(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            Some(Secret::new(secret.trim()))
        };
        Ok(ConfiguredApp {
            provider: app.provider.clone(),
            client_id: app.client_id.clone(),
            client_secret,
        })
    };
    config.oauth_apps.iter().map(read).collect()
}

fn mail_settings(config: &Config) -> anyhow::Result<Option<MailSettings>> {
    let mail = &config.mail;
    if mail.host.is_empty() {
        return Ok(None);
    }
    let security = match mail.security {
        MailProtection::Starttls => MailSecurity::StartTls,
        MailProtection::Tls => MailSecurity::Tls,
        MailProtection::None => MailSecurity::None,
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
        port: mail.usual_port(),
        security,
        from: mail.from.clone(),
        login,
    }))
}
