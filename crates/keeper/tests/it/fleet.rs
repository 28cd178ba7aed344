//! Several keepers on one PostgreSQL with the system's time, each with a folder of its own, as on several hosts; and
//! the connections that they share.

use crate::provider::{SLUG, SmallProvider};
use chrono::SubsecRound as _;
use gatelodge_keeper::{EgressSettings, InProcessKeeper, KeeperOptions, Timeouts};
use gatelodge_keeper_client::{
    BeginAuthorization, CompleteAuthorization, Keeper, KeeperResult, SaveOAuthApp, SecretChange,
    SendRead,
};
use gatelodge_model::{
    AuthorizationFlowId, Clock, ConnectionId, Environment, OAuthAppId, OrganizationId, RequestId,
    Secret, Timestamp, UserId, clock::testing::SeededRandom,
};
use gatelodge_provider::{Catalogue, ProviderResponse, ReadRequest};
use gatelodge_store::{DatabaseOptions, Store, keeper::KeeperStore};
use gatelodge_vault::{Kek, Vault};
use sea_orm::{ConnectionTrait as _, Database};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use url::Url;

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The secret of the app at every peer.
pub(crate) const APP_SECRET: &str = "CANARY-app-secret-of-the-fleet";

/// The system's time: what is tested here is what happens by itself.
pub(crate) struct RealClock;

impl Clock for RealClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "keepers of several processes share the system's time"
    )]
    fn now(&self) -> Timestamp {
        // as the product's clock: databases keep no more
        chrono::Utc::now().trunc_subsecs(6)
    }
}

/// The provider of a fleet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Peer {
    pub(crate) base: Url,
    pub(crate) manifest: String,
    /// Who vouches for its certificate, in PEM; none where it has none.
    pub(crate) authority: Option<String>,
}

/// What all keepers of a fleet share.
pub(crate) struct Fleet {
    pub(crate) database: String,
    pub(crate) peer: Peer,
    vault: Vault,
    random: Arc<SeededRandom>,
    pub(crate) organization: OrganizationId,
    app: OAuthAppId,
    user: UserId,
    pub(crate) connections: Vec<ConnectionId>,
    pub(crate) folder: tempfile::TempDir,
}

/// How a test sets a keeper up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) sweep: Duration,
    pub(crate) token: Duration,
}

impl Pace {
    pub(crate) const QUICK: Self = Self {
        sweep: Duration::from_millis(50),
        token: Duration::from_secs(15),
    };
}

/// A seed that no other run has: keepers of several processes must not make the same identifiers.
pub(crate) fn seed() -> u64 {
    let now = u64::try_from(RealClock.now().timestamp_micros()).unwrap();
    now ^ (u64::from(std::process::id()) << 40)
}

impl Fleet {
    /// A database of its own, and connections to come.
    pub(crate) async fn new(peer: Url, manifest: &str) -> Self {
        Self::with(Peer {
            base: peer,
            manifest: manifest.to_owned(),
            authority: None,
        })
        .await
    }

    /// As [`Self::new`], of a provider that is described in full.
    pub(crate) async fn with(peer: Peer) -> Self {
        let database = database().await;
        let random = Arc::new(SeededRandom::new(seed()));
        let vault = Vault::new(Kek::from_bytes([7; 32].into()), random.clone());
        let fleet = Self {
            organization: OrganizationId::generate(&RealClock, random.as_ref()),
            app: OAuthAppId::generate(&RealClock, random.as_ref()),
            user: UserId::generate(&RealClock, random.as_ref()),
            database,
            peer,
            vault,
            random,
            connections: Vec::new(),
            folder: tempfile::tempdir().unwrap(),
        };
        fleet.store().await.migrate().await.unwrap();
        fleet
    }

    pub(crate) async fn store(&self) -> Store {
        connect(&self.database, &self.random).await
    }

    /// A keeper on a host of its own.
    pub(crate) async fn keeper(&self, host: usize, pace: Pace) -> Arc<InProcessKeeper> {
        let folder = self.folder.path().join(format!("host-{host}"));
        start(&self.database, &self.peer, &self.vault, &folder, pace).await
    }

    /// Connects so many accounts; `code` asks the peer for an authorization code that fits a consent address.
    pub(crate) async fn connect(
        &mut self,
        keeper: &InProcessKeeper,
        number: usize,
        code: impl AsyncFn(usize, Url) -> String,
    ) {
        keeper
            .save_oauth_app(SaveOAuthApp {
                organization: self.organization,
                app: self.app,
                provider: SLUG.to_owned(),
                client_id: "client-1".to_owned(),
                client_secret: SecretChange::Set(Secret::new(APP_SECRET)),
            })
            .await
            .unwrap();
        for index in 0..number {
            let connection = self
                .connect_one(keeper, async |address| code(index, address).await)
                .await;
            self.connections.push(connection);
        }
    }

    /// Connects one account more; the app must be known by then.
    pub(crate) async fn connect_one(
        &self,
        keeper: &InProcessKeeper,
        code: impl AsyncFnOnce(Url) -> String,
    ) -> ConnectionId {
        let connection = ConnectionId::generate(&RealClock, self.random.as_ref());
        let flow = AuthorizationFlowId::generate(&RealClock, self.random.as_ref());
        let address = keeper
            .begin_authorization(BeginAuthorization {
                organization: self.organization,
                flow,
                connection,
                user: self.user,
                provider: SLUG.to_owned(),
                oauth_app: self.app,
                login_base: self.peer.base.clone(),
                environment: Environment::Practice,
                extra_scopes: Vec::new(),
                redirect_uri: "https://hub.test/callback".to_owned(),
                state: Secret::new("state"),
            })
            .await
            .unwrap();
        let code = code(address).await;
        keeper
            .complete_authorization(CompleteAuthorization {
                organization: self.organization,
                flow,
                code: Secret::new(code),
                expected: None,
            })
            .await
            .unwrap();
        connection
    }

    pub(crate) async fn read(
        &self,
        keeper: &InProcessKeeper,
        connection: ConnectionId,
        path: &str,
    ) -> KeeperResult<ProviderResponse> {
        keeper.read(self.request(connection, path)).await
    }

    pub(crate) fn request(&self, connection: ConnectionId, path: &str) -> SendRead {
        SendRead {
            organization: self.organization,
            connection,
            request_id: RequestId::generate(&RealClock, self.random.as_ref()),
            agent: "tester".to_owned(),
            request: ReadRequest::get(path),
        }
    }

    /// How many refreshes were committed: a connection is made with its first generation, and each refresh adds one.
    pub(crate) async fn committed(&self, store: &KeeperStore) -> i64 {
        let mut generations = 0;
        for connection in &self.connections {
            let row = store
                .credentials()
                .load(self.organization, *connection)
                .await
                .unwrap()
                .unwrap();
            generations += row.generation - 1;
        }
        generations
    }

    /// Takes the database away.
    pub(crate) async fn end(self) {
        remove(&self.database).await;
    }
}

async fn connect(database: &str, random: &Arc<SeededRandom>) -> Store {
    let options = DatabaseOptions {
        urls: vec![database.to_owned()],
        max_connections: 12,
    };
    Store::connect(&options, Arc::new(RealClock), random.clone())
        .await
        .unwrap()
}

pub(crate) async fn start(
    database: &str,
    peer: &Peer,
    vault: &Vault,
    folder: &Path,
    pace: Pace,
) -> Arc<InProcessKeeper> {
    let random = Arc::new(SeededRandom::new(seed()));
    let provider = SmallProvider::declared(peer.base.clone(), &peer.manifest);
    InProcessKeeper::start(KeeperOptions {
        catalogue: Arc::new(Catalogue::new(vec![Arc::new(provider)]).unwrap()),
        store: connect(database, &random).await,
        vault: vault.clone(),
        egress: EgressSettings {
            practice_origins: vec![peer.base.clone()],
            extra_ca: peer
                .authority
                .iter()
                .map(|pem| pem.clone().into_bytes())
                .collect(),
            ..EgressSettings::default()
        },
        configured_apps: Vec::new(),
        mail: None,
        budget: gatelodge_keeper::BudgetSettings::UNLIMITED,
        folder: PathBuf::from(folder),
        public_urls: vec![Url::parse("https://hub.test").unwrap()],
        clock: Arc::new(RealClock),
        random,
        timeouts: Timeouts {
            sweep: pace.sweep,
            token: pace.token,
            ..Timeouts::default()
        },
    })
    .await
    .unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the address of the test server is the test's own configuration"
)]
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run `cargo xtask test`, which prepares what this test needs")
    })
}

/// Makes an empty database on the PostgreSQL server of the tests.
pub(crate) async fn database() -> String {
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("gatelodge_fleet_{}_{number}", std::process::id());
    let mut url: Url = variable("GATELODGE_TEST_POSTGRES").parse().unwrap();
    let server = Database::connect(url.as_str()).await.unwrap();
    for order in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name}"),
    ] {
        server.execute_unprepared(&order).await.unwrap();
    }
    url.set_path(&name);
    url.into()
}

/// Takes a database away.
pub(crate) async fn remove(database: &str) {
    let (server, name) = database.rsplit_once('/').unwrap();
    let server = Database::connect(format!("{server}/postgres"))
        .await
        .unwrap();
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    server.execute_unprepared(&drop).await.unwrap();
}
