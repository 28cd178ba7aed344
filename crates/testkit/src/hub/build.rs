//! Building a hub: folder, key, database, configuration, wiring, server, practice org, OAuth app, people.
//!
//! Must not know how people and agents then behave.

use std::fmt::Write as _;
use std::sync::Arc;

use gatelodge_core::{Hub, NewUser, OAuthAppChange, SecretChange};
use gatelodge_model::{
    Asks, Clock, ExtraScopes, OAuthApp, Organization, Random as _, Role, Secret,
};
use gatelodge_practice::PracticeOptions;
use gatelodge_practice::oauth::App;
use gatelodge_server::ambient::SystemRandom;
use gatelodge_server::config::Config;
use gatelodge_server::http;
use gatelodge_server::wiring::Running;
use gatelodge_vault::KeyFile;
use tempfile::TempDir;
use tokio::sync::oneshot;
use url::Url;

use super::apart::Apart;
use super::world::{Serving, TestHub, Who};
use crate::clock::LeadingClock;
use crate::database::{Engine, PostgresDatabase};
use crate::evidence;
use crate::practice::PracticeOrg;

/// The password of everybody in a test hub.
pub const PASSWORD: &str = "a password of this test hub";

type AppChange = Box<dyn FnOnce(&mut App) + Send>;
type ConfigChange = Box<dyn FnOnce(&mut Config) + Send>;

/// What a test chooses about its hub.
#[derive(Default)]
pub struct TestHubBuilder {
    engine: Engine,
    databases: Vec<String>,
    practice: Option<Url>,
    app: Option<AppChange>,
    without_secret: bool,
    named: bool,
    configure: Option<ConfigChange>,
    apart: bool,
}

impl TestHubBuilder {
    /// On this engine; SQLite where nothing is said.
    #[must_use]
    pub fn on(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// On these addresses of a test's own servers, of which the first that takes writes is used.
    #[must_use]
    pub fn databases(mut self, urls: impl IntoIterator<Item = String>) -> Self {
        self.databases = urls.into_iter().collect();
        self
    }

    /// The hub talks with the practice org through this address, such as a proxy's.
    #[must_use]
    pub fn practice_through(mut self, url: Url) -> Self {
        self.practice = Some(url);
        self
    }

    /// Changes how the practice org knows the hub's OAuth app.
    #[must_use]
    pub fn app(mut self, change: impl FnOnce(&mut App) + Send + 'static) -> Self {
        self.app = Some(Box::new(change));
        self
    }

    /// The hub's OAuth app has no client secret.
    #[must_use]
    pub fn without_secret(mut self) -> Self {
        self.without_secret = true;
        self
    }

    /// People reach the hub at `localhost`: passkeys need an address with a name.
    #[must_use]
    pub fn named(mut self) -> Self {
        self.named = true;
        self
    }

    /// Changes its configuration.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Config) + Send + 'static) -> Self {
        self.configure = Some(Box::new(change));
        self
    }

    /// Its connections may be used without end: a run asks more of them in minutes than people in a day.
    #[must_use]
    pub fn without_budget(self) -> Self {
        self.configure(|config| {
            config.budget.rows = 0;
            config.budget.calls = 0;
            config.budget.bytes = 0;
        })
    }

    /// The keeper sits behind a real socket, with a database connection of its own.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    /// Starts it, with its own practice org.
    pub async fn start(self) -> TestHub {
        let practice = PracticeOrg::start(PracticeOptions::new()).await;
        Box::pin(self.start_with(practice)).await
    }

    /// Starts it with a practice org of the test's.
    pub async fn start_with(self, practice: PracticeOrg) -> TestHub {
        evidence::log();
        let folder = evidence::folder();
        let postgres = match self.engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(PostgresDatabase::create().await),
        };
        let listening = http::listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        let host = if self.named { "localhost" } else { "127.0.0.1" };
        let url: Url = format!("http://{host}:{}", listening.address.port())
            .parse()
            .expect("an address");
        let practice_url = self.practice.clone().unwrap_or_else(|| practice.url());
        let mut config = Config {
            folder: folder.path().to_owned(),
            ..Config::default()
        };
        config.server.public_urls = vec![url.clone()];
        "Northwind".clone_into(&mut config.server.organization);
        config.egress.practice_orgs = vec![practice_url.clone()];
        config.database.urls = match &postgres {
            Some(postgres) => vec![postgres.url()],
            None => self.databases,
        };
        if let Some(change) = self.configure {
            change(&mut config);
        }
        make_key(&config);
        let clock = Arc::<LeadingClock>::default();
        let time: Arc<dyn Clock> = clock.clone();
        let random = Arc::new(SystemRandom);
        let (running, keeper) = if self.apart {
            let (apart, keeper) = Apart::start(&config, time.clone(), random.clone()).await;
            let running = Running::beside_with(&config, keeper, time, random).await;
            (running, Some(apart))
        } else {
            (Running::start_with(&config, time, random).await, None)
        };
        let running = running.expect("a hub");
        let hub = Arc::clone(&running.hub);
        let (end, ended) = oneshot::channel::<()>();
        let application = http::application(&hub, &http::Front::plain()).expect("its routes");
        let server = tokio::spawn(listening.serve(application, async {
            // ends too when the sender is gone
            drop(ended.await);
        }));
        let organization = hub
            .ensure_organization("Northwind")
            .await
            .expect("an organization")
            .organization;
        let secret = (!self.without_secret).then(|| Secret::new(random_hex()));
        let app = install_app(&hub, &url, &organization, secret.clone()).await;
        let callback = hub.callback_url(&url, &app);
        let mut registered = match &secret {
            Some(secret) => {
                App::confidential(&app.client_id, secret.expose(), &app.name, &callback)
            }
            None => App::public(&app.client_id, &app.name, &callback),
        };
        if let Some(change) = self.app {
            change(&mut registered);
        }
        register(&practice, registered).await;
        other_organization(&hub).await;
        for who in Who::PEOPLE {
            if who == Who::Stranger {
                continue;
            }
            let new = NewUser {
                email: who.email().to_owned(),
                name: who.name().to_owned(),
                role: who.role(),
            };
            hub.add_user_with_password(organization.id, new, Secret::new(PASSWORD))
                .await
                .expect("a person");
        }
        TestHub {
            url,
            practice_url,
            practice,
            clock,
            app,
            client_secret: secret,
            config,
            postgres,
            serving: Some(Serving {
                running,
                keeper,
                server,
                end,
            }),
            folder,
        }
    }
}

/// As `gatelodge init` does.
fn make_key(config: &Config) {
    let file = config.key_file();
    KeyFile::new(&file, Some(config.data_dir()))
        .create(&SystemRandom)
        .expect("a key");
    let key = std::fs::read_to_string(&file).expect("a key");
    evidence::secret("key", key.trim());
    evidence::secret("password", PASSWORD);
}

/// Tells the practice org of an app.
pub(super) async fn register(practice: &PracticeOrg, app: App) {
    let state = practice.running().practice();
    state
        .oauth
        .save_app(&state.log, app)
        .wait()
        .await
        .expect("the app is kept");
}

async fn install_app(
    hub: &Hub,
    url: &Url,
    organization: &Organization,
    secret: Option<Secret>,
) -> OAuthApp {
    if let Some(secret) = &secret {
        evidence::secret("client secret", secret.expose());
    }
    let id = hub.new_oauth_app_id();
    let change = OAuthAppChange {
        app: id,
        name: "Gatelodge test".to_owned(),
        client_id: format!("3MVG9gatelodge.test.{}", url.port().expect("a port")),
        client_secret: secret.map_or(SecretChange::Keep, SecretChange::Set),
        auth_base_url: None,
        group: None,
        asks: Asks::default(),
        scopes: ExtraScopes::default(),
        enabled: true,
        confirm: None,
    };
    hub.install_oauth_app(organization.id, id, "salesforce", change)
        .await
        .expect("an OAuth app")
}

/// A second organization, which must see nothing of the first; its owner came in by the link of the console.
async fn other_organization(hub: &Hub) {
    let owner = NewUser {
        email: Who::Stranger.email().to_owned(),
        name: Who::Stranger.name().to_owned(),
        role: Who::Stranger.role(),
    };
    let added = hub.add_organization("Contoso", owner).await;
    let (_, _, link) = added.expect("another organization");
    hub.set_password(&link, Secret::new(PASSWORD), hub.new_request_id())
        .await
        .expect("a password");
}

fn random_hex() -> String {
    let mut bytes = [0_u8; 24];
    SystemRandom.fill(&mut bytes);
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes text");
        text
    })
}

/// Folder of the hub's files.
pub(super) type Folder = TempDir;

/// The role of a person who is neither named nor special.
pub(super) const PLAIN: Role = Role::Member;
