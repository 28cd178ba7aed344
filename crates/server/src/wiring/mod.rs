//! Joining the parts: database, key, keeper, catalogue, hub; in one process or in two.
//!
//! Must not know: HTTP or the command line.

mod absent;
mod keeper_side;
mod key_sources;

pub(crate) use gatelodge_keeper::KEY_CHECK;
pub use keeper_side::KeeperSide;
pub(crate) use keeper_side::{open_console, vault, vault_of};
pub(crate) use key_sources::key_provider;

use crate::{
    ambient::{SystemClock, SystemRandom},
    config::Config,
    keeper_process::{self, Ensure, Place, Starter},
};
use absent::Nowhere;
use anyhow::{Context as _, bail};
use gatelodge_core::{Hub, HubParts, InstanceApp, Settings};
use gatelodge_keeper_client::{Keeper, RemoteKeeper};
use gatelodge_keeper_socket::SocketKeeper;
use gatelodge_model::{Clock, Random};
use gatelodge_provider::Catalogue;
use gatelodge_store::{DatabaseOptions, Store};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{task::AbortHandle, time::timeout};

/// How long executions under way may last after the end was asked for. With the requests that end before them
/// and the parts that end after them it must stay below ten seconds (R15).
const DRAIN: Duration = Duration::from_secs(2);

/// How long the database may take to close.
const DATABASE_END: Duration = Duration::from_millis(500);

/// A running hub.
pub struct Running {
    /// Use cases.
    pub hub: Arc<Hub>,
    /// Rows.
    pub(crate) store: Store,
    keeper: KeptBy,
}

/// Who keeps the keys for a hub.
enum KeptBy {
    /// A keeper in this process.
    This(KeeperSide),
    /// A keeper in a process of its own; the task stays connected with it.
    Another(AbortHandle),
    /// Nobody: rows only.
    Nobody,
}

impl Running {
    /// A hub with its keeper in this process.
    ///
    /// # Errors
    /// Each with what is wrong and what to do: an unusable configuration, folder, database or key.
    pub async fn start_with(
        config: &Config,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> anyhow::Result<Self> {
        check(config)?;
        let side = KeeperSide::start(config, Arc::clone(&clock), Arc::clone(&random)).await?;
        let (store, catalogue) = (side.store.clone(), Arc::clone(&side.catalogue));
        let keeper = side.keeper.clone();
        let hub = hub(config, store.clone(), keeper, catalogue, clock, random);
        Self::begin(config, hub, store, KeptBy::This(side)).await
    }

    /// A hub whose keeper lives in a process of its own, which opened the key and brought the schema up to date.
    ///
    /// # Errors
    /// When the configuration or the database cannot be used.
    pub async fn beside(config: &Config, keeper: Arc<SocketKeeper>) -> anyhow::Result<Self> {
        Self::beside_with(
            config,
            keeper,
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
        )
        .await
    }

    /// As [`Running::beside`], with a clock and a random source of the caller's.
    ///
    /// # Errors
    /// As [`Running::beside`].
    pub async fn beside_with(
        config: &Config,
        keeper: Arc<SocketKeeper>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> anyhow::Result<Self> {
        // The configuration was checked before: this process may no longer reach the files that a check reads.
        let store = connect(config, &clock, &random).await?;
        store
            .refuse_damage()
            .await
            .context("the database cannot be used")?;
        let catalogue = catalogue(config)?;
        let there = Arc::clone(&keeper);
        let staying = tokio::spawn(async move { there.transport().stay().await });
        let hub = hub(config, store.clone(), keeper, catalogue, clock, random);
        Self::begin(config, hub, store, KeptBy::Another(staying.abort_handle())).await
    }

    /// For commands at the console that change rows only: they open the key to see that the database belongs to
    /// it, and have no keeper, because one that works beside the hub's would disturb it.
    ///
    /// # Errors
    /// As [`Running::start_with`].
    pub async fn rows_only(config: &Config) -> anyhow::Result<Self> {
        check(config)?;
        let (clock, random): (Arc<dyn Clock>, Arc<dyn Random>) =
            (Arc::new(SystemClock), Arc::new(SystemRandom));
        let store = keeper_side::open_own_store(config, &clock, &random).await?;
        let keeper = Arc::new(RemoteKeeper::new(Nowhere));
        let hub = hub(
            config,
            store.clone(),
            keeper,
            catalogue(config)?,
            clock,
            random,
        );
        Self::begin(config, hub, store, KeptBy::Nobody).await
    }

    /// For commands at the console that need the keeper: the hub's own where one runs, otherwise one that ends
    /// with the command.
    ///
    /// # Errors
    /// As [`Running::start_with`].
    pub async fn console(path: &Path, config: &Config) -> anyhow::Result<Self> {
        check(config)?;
        let starter = Some(Starter::begin(path)?);
        let ensure = Ensure::new(Place::of(config), keeper_process::build(), starter);
        Self::beside(config, keeper_process::connect(ensure).await?).await
    }

    async fn begin(
        config: &Config,
        hub: Arc<Hub>,
        store: Store,
        keeper: KeptBy,
    ) -> anyhow::Result<Self> {
        hub.ensure_organization(&config.server.organization).await?;
        let has_keeper = !matches!(keeper, KeptBy::Nobody);
        // A sealed keeper takes them later, when somebody looks.
        if has_keeper
            && !config.oauth_apps.is_empty()
            && let Err(error) = hub.apply_configured_apps().await
        {
            tracing::warn!(%error, "the OAuth apps of the configuration were not taken over yet");
        }
        Ok(Self { hub, store, keeper })
    }

    /// Lets executions and refreshes under way end, for a while, and closes the database (R15).
    pub async fn stop(self) {
        self.hub.drain(DRAIN).await;
        match self.keeper {
            KeptBy::This(side) => side.keeper.shutdown().await,
            KeptBy::Another(staying) => staying.abort(),
            KeptBy::Nobody => {}
        }
        if timeout(DATABASE_END, self.store.close()).await.is_err() {
            tracing::warn!("the database was still in use when the process ended");
        }
    }
}

fn check(config: &Config) -> anyhow::Result<()> {
    config.check().context("the configuration cannot be used")
}

fn hub(
    config: &Config,
    store: Store,
    keeper: Arc<dyn Keeper>,
    catalogue: Arc<Catalogue>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Arc<Hub> {
    let way_out = crate::way_out::way_out(config, &catalogue);
    Hub::new(HubParts {
        store,
        keeper,
        catalogue,
        clock,
        random,
        settings: Settings {
            public_urls: config.server.public_urls.clone(),
            way_out,
            mail: !config.mail.host.is_empty(),
            retention: (&config.retention).into(),
            instance_apps: instance_apps(config),
            ..Settings::default()
        },
    })
}

/// The OAuth apps for all organizations, without their secrets: those are the keeper's.
fn instance_apps(config: &Config) -> Vec<InstanceApp> {
    let apps = config.oauth_apps.iter().map(|app| InstanceApp {
        provider: app.provider.clone(),
        name: app.name.clone(),
        client_id: app.client_id.clone(),
        auth_base_url: Some(app.auth_base_url.clone()).filter(|url| !url.is_empty()),
    });
    apps.collect()
}

/// The providers, the same for hub and keeper.
pub(crate) fn catalogue(config: &Config) -> anyhow::Result<Arc<Catalogue>> {
    let providers = gatelodge_providers::catalogue(gatelodge_providers::Settings {
        practice_orgs: config.egress.practice_orgs.clone(),
    })?;
    Ok(Arc::new(Catalogue::new(providers)?))
}

/// Refuses a configuration whose embedded database does not exist yet.
pub(crate) fn refuse_missing_database(config: &Config) -> anyhow::Result<()> {
    if let Some(file) = config.database_file()
        && !file.exists()
    {
        bail!(
            "there is no database at {} yet; 'gatelodge serve' makes it",
            file.display()
        );
    }
    Ok(())
}

/// The database as it is: nothing is migrated, and no key is needed.
pub(crate) async fn connect(
    config: &Config,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> anyhow::Result<Store> {
    let options = DatabaseOptions {
        urls: config.database_urls(),
        max_connections: config.database.max_connections,
    };
    Store::connect(&options, Arc::clone(clock), Arc::clone(random))
        .await
        .context("the database cannot be opened")
}
