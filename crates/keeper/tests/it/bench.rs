//! A keeper with a database of its own, a provider on loopback, and a connection.

use crate::{
    evidence,
    provider::{SLUG, SmallProvider},
    server::Server,
};
use gatelodge_keeper::{
    BudgetSettings, EgressSettings, InProcessKeeper, KeeperOptions, MailSettings, PassphraseCost,
    Timeouts,
};
use gatelodge_keeper_client::{
    Authorized, BeginAuthorization, CompleteAuthorization, Download, ExpectedAccount, Keeper,
    KeeperResult, SaveOAuthApp, SealRequest, SealedKind, SecretChange, SendRead,
};
use gatelodge_model::{
    AuthorizationFlowId, ConnectionId, Environment, OAuthAppId, OrganizationId, RequestId,
    SealedId, Secret, UserId,
    clock::testing::{FixedClock, SeededRandom},
};
use gatelodge_provider::{Catalogue, ProviderResponse, ReadRequest};
use gatelodge_store::{DatabaseOptions, Store, keeper::CredentialRow, keeper::KeeperStore};
use gatelodge_vault::{Kek, Vault};
use std::{path::Path, sync::Arc, time::Duration};
use url::Url;

/// 2026-11-01T00:00:00Z.
const START: i64 = 1_793_491_200_000;

/// Where people reach this installation.
pub(crate) const ADDRESS: &str = "https://hub.test";

pub(crate) struct Bench {
    pub(crate) keeper: Arc<InProcessKeeper>,
    pub(crate) server: Server,
    pub(crate) store: Store,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) random: Arc<SeededRandom>,
    pub(crate) organization: OrganizationId,
    pub(crate) connection: ConnectionId,
    /// Whose connection it is.
    pub(crate) user: UserId,
    pub(crate) app: OAuthAppId,
    pub(crate) vault: Vault,
    /// Address of the database.
    pub(crate) database: String,
    pub(crate) folder: tempfile::TempDir,
    /// The keeper's own folder.
    pub(crate) keeper_folder: tempfile::TempDir,
}

/// What a test may have otherwise.
#[derive(Default)]
pub(crate) struct Otherwise {
    /// More practice origins.
    pub(crate) practice: Vec<Url>,
    /// The provider takes every host for its own.
    pub(crate) credulous: bool,
    /// Between two looks at what is due.
    pub(crate) sweep: Option<Duration>,
    /// Local origins that webhooks may go to.
    pub(crate) receivers: Vec<Url>,
    /// The mail server.
    pub(crate) mail: Option<MailSettings>,
    /// What may leave in an hour; everything otherwise.
    pub(crate) budget: Option<BudgetSettings>,
    /// The proxy.
    pub(crate) proxy: Option<Url>,
    /// Authorities to trust.
    pub(crate) extra_ca: Vec<Vec<u8>>,
    /// How long answers may take.
    pub(crate) patience: Patience,
    /// The longest body of a download.
    pub(crate) download_bytes: Option<usize>,
    /// The database is one on the PostgreSQL server of the tests.
    pub(crate) postgres: bool,
}

/// How long answers may take.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) call: Duration,
    pub(crate) piece: Duration,
    pub(crate) download: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(10),
            piece: Duration::from_secs(10),
            download: Duration::from_mins(2),
        }
    }
}

impl Bench {
    pub(crate) async fn open() -> Self {
        Self::open_otherwise(Otherwise::default()).await
    }

    pub(crate) async fn open_otherwise(otherwise: Otherwise) -> Self {
        let server = Server::start().await;
        let clock = Arc::new(FixedClock::at(START));
        let random = Arc::new(SeededRandom::new(42));
        evidence::log();
        let folder = evidence::folder();
        let database = if otherwise.postgres {
            crate::fleet::database().await
        } else {
            format!("sqlite:{}/hub.db", folder.path().display())
        };
        let options = DatabaseOptions {
            urls: vec![database.clone()],
            max_connections: 4,
        };
        let store = Store::connect(&options, clock.clone(), random.clone())
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let vault = Vault::new(Kek::generate(random.as_ref()), random.clone());
        let keeper_folder = evidence::folder();
        let place = keeper_folder.path();
        let keeper = start(&server, &store, &vault, &clock, &random, place, otherwise).await;
        let bench = Self {
            keeper,
            server,
            organization: OrganizationId::generate(clock.as_ref(), random.as_ref()),
            connection: ConnectionId::generate(clock.as_ref(), random.as_ref()),
            user: UserId::generate(clock.as_ref(), random.as_ref()),
            app: OAuthAppId::generate(clock.as_ref(), random.as_ref()),
            store,
            clock,
            random,
            vault,
            database,
            folder,
            keeper_folder,
        };
        bench
            .save_app(
                "client-1",
                SecretChange::Set(Secret::new("CANARY-app-secret")),
            )
            .await;
        bench
    }

    /// Another keeper on the same database: the process was started again, or there are two.
    pub(crate) async fn another_keeper(&self) -> Arc<InProcessKeeper> {
        self.keeper_with(&self.vault).await
    }

    /// Another keeper with keys of its own.
    pub(crate) async fn keeper_with(&self, vault: &Vault) -> Arc<InProcessKeeper> {
        self.started(vault, Otherwise::default()).await
    }

    /// As [`Self::another_keeper`], set up otherwise.
    pub(crate) async fn another_keeper_with(&self, otherwise: Otherwise) -> Arc<InProcessKeeper> {
        self.started(&self.vault, otherwise).await
    }

    async fn started(&self, vault: &Vault, otherwise: Otherwise) -> Arc<InProcessKeeper> {
        start(
            &self.server,
            &self.store,
            vault,
            &self.clock,
            &self.random,
            self.keeper_folder.path(),
            otherwise,
        )
        .await
    }

    pub(crate) async fn save_app(&self, client_id: &str, secret: SecretChange) -> Option<String> {
        let app = SaveOAuthApp {
            organization: self.organization,
            app: self.app,
            provider: SLUG.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: secret,
        };
        self.keeper.save_oauth_app(app).await.unwrap()
    }

    pub(crate) fn begin(&self) -> BeginAuthorization {
        BeginAuthorization {
            organization: self.organization,
            flow: AuthorizationFlowId::generate(self.clock.as_ref(), self.random.as_ref()),
            connection: self.connection,
            user: self.user,
            provider: SLUG.to_owned(),
            oauth_app: self.app,
            login_base: self.server.base.clone(),
            environment: Environment::Practice,
            extra_scopes: Vec::new(),
            redirect_uri: "https://hub.test/callback".to_owned(),
            state: Secret::new("state"),
        }
    }

    pub(crate) async fn try_connect(
        &self,
        expected: Option<ExpectedAccount>,
    ) -> KeeperResult<Authorized> {
        self.try_connect_with(self.begin(), expected).await
    }

    /// As [`Self::try_connect`], begun otherwise.
    pub(crate) async fn try_connect_with(
        &self,
        begin: BeginAuthorization,
        expected: Option<ExpectedAccount>,
    ) -> KeeperResult<Authorized> {
        let flow = begin.flow;
        self.keeper.begin_authorization(begin).await?;
        self.keeper
            .complete_authorization(CompleteAuthorization {
                organization: self.organization,
                flow,
                code: Secret::new("CANARY-code=="),
                expected,
            })
            .await
    }

    /// A bench whose connection is connected.
    pub(crate) async fn connected() -> Self {
        let bench = Self::open().await;
        bench.try_connect(None).await.unwrap();
        bench
    }

    pub(crate) fn request(&self, path: &str) -> SendRead {
        SendRead {
            organization: self.organization,
            connection: self.connection,
            request_id: RequestId::generate(self.clock.as_ref(), self.random.as_ref()),
            agent: "tester".to_owned(),
            request: ReadRequest::get(path),
        }
    }

    pub(crate) async fn read(&self, path: &str) -> KeeperResult<ProviderResponse> {
        self.keeper.read(self.request(path)).await
    }

    pub(crate) async fn download(&self, path: &str) -> KeeperResult<Download> {
        self.keeper.download(self.request(path)).await
    }

    /// Keeps customers' data sealed.
    pub(crate) async fn seal(&self, bytes: &[u8]) -> SealedId {
        let request = SealRequest {
            organization: self.organization,
            kind: SealedKind::Outcome,
            user: UserId::generate(self.clock.as_ref(), self.random.as_ref()),
            agent: None,
            bytes: bytes.to_vec(),
        };
        self.keeper.seal(request).await.unwrap()
    }

    pub(crate) async fn row(&self) -> Option<CredentialRow> {
        KeeperStore::new(self.store.clone())
            .credentials()
            .load(self.organization, self.connection)
            .await
            .unwrap()
    }

    /// Every byte of the database files.
    pub(crate) fn database_bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files
            .map(|file| file.unwrap().path())
            .filter(|path| path.is_file())
            .flat_map(|path| std::fs::read(path).unwrap())
            .collect()
    }
}

async fn start(
    server: &Server,
    store: &Store,
    vault: &Vault,
    clock: &Arc<FixedClock>,
    random: &Arc<SeededRandom>,
    folder: &Path,
    otherwise: Otherwise,
) -> Arc<InProcessKeeper> {
    let mut practice_origins = otherwise.practice;
    practice_origins.push(server.base.clone());
    let accepted = (!otherwise.credulous).then(|| practice_origins.clone());
    let provider = SmallProvider::new(server.base.clone(), accepted);
    InProcessKeeper::start(KeeperOptions {
        catalogue: Arc::new(Catalogue::new(vec![Arc::new(provider)]).unwrap()),
        store: store.clone(),
        vault: vault.clone(),
        egress: EgressSettings {
            practice_origins,
            practice_receivers: otherwise.receivers,
            extra_ca: otherwise.extra_ca,
            proxy: otherwise.proxy,
            response_bytes: 64 * 1024,
            download_bytes: otherwise.download_bytes.unwrap_or(1024 * 1024 * 1024),
            ..EgressSettings::default()
        },
        budget: otherwise.budget.unwrap_or(BudgetSettings::UNLIMITED),
        configured_apps: Vec::new(),
        mail: otherwise.mail,
        folder: folder.to_owned(),
        public_urls: vec![Url::parse(ADDRESS).unwrap()],
        clock: clock.clone(),
        random: random.clone(),
        timeouts: Timeouts {
            call: otherwise.patience.call,
            piece: otherwise.patience.piece,
            download: otherwise.patience.download,
            // Nothing happens by itself, unless a test is about that.
            sweep: otherwise.sweep.unwrap_or(Duration::from_hours(1)),
            passphrase_cost: PassphraseCost::Little,
            ..Timeouts::default()
        },
    })
    .await
    .unwrap()
}
