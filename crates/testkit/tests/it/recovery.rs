//! A copy beside the original that lives, both as processes of their own: the copy sends nothing until it is activated,
//! the original works on all the time; and what an activation makes of tokens and proposals.

use std::fs;
use std::path::PathBuf;

use age::secrecy::ExposeSecret as _;
use gatelodge_testkit::browser;
use gatelodge_testkit::database::PostgresDatabase;
use gatelodge_testkit::decider::{Decider, RestAgent};
use gatelodge_testkit::evidence;
use gatelodge_testkit::practice::{admin, registered_app};
use gatelodge_testkit::process::{Process, free_address};
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// How often both are asked while both run.
const ROUNDS: usize = 3;

// proves R16: nothing was replaced since the backup, so the activated copy goes on with the same grant
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_on_sqlite_sends_nothing_until_it_is_activated_and_then_goes_on() {
    let drill = Drill::begin().await;
    let backup = drill.back_up("hub.backup").await;
    let copy = drill.restore(&backup, None).await;
    drill.both_live(&copy).await;

    let proposal = drill.proposal.clone();
    let place = drill.end_original().await;
    let said = copy.activate(&[]).await;
    assert!(said.contains("1 proposals"), "{said}");
    // without a restart
    let (status, body) = query(&copy.agent).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(place.grants().await, 1, "it is the same grant");
    let ended = copy.proposal(&proposal).await;
    assert_eq!(ended["status"], "stale", "{ended}");
    copy.stop().await;
    place.end().await;
}

// proves R16: where each refresh uses its token up, the copy is told which connections the original went on with, marks
// them, and does not spend the old token
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_on_postgres_sends_nothing_and_spends_no_token_that_the_original_replaced() {
    let drill = Drill::begin().await;
    drill.rotate().await;
    let database = PostgresDatabase::create().await;
    let backup = drill.back_up("hub.backup").await;
    let copy = drill.restore(&backup, Some(&database.url())).await;
    drill.both_live(&copy).await;

    let later = drill.back_up("later.backup").await;
    let manifest = drill.manifest(&later).await;
    let place = drill.end_original().await;
    let said = copy.activate(&["--newer", &manifest]).await;
    assert!(said.contains("1 connections were marked"), "{said}");
    let refreshes = place.arrived("/services/oauth2/token").await;
    let (status, body) = query(&copy.agent).await;
    assert_eq!(
        (status, &body["code"]),
        (409, &json!("reconnect_needed")),
        "{body}"
    );
    // it may look whether the provider says otherwise, which spends nothing
    let now = place.arrived("/services/oauth2/token").await;
    assert_eq!(now, refreshes, "the old token is not tried");
    assert_eq!(place.grants().await, 1, "the last grant lives");
    copy.stop().await;
    place.end().await;
    database.remove().await;
}

/// What outlives the original: the folder and the practice org.
struct Place {
    folder: TempDir,
    practice: Process,
    org: Url,
    client: Client,
}

/// The original, with a connection and a proposal that waits.
struct Drill {
    place: Place,
    original: Process,
    agent: RestAgent,
    proposal: String,
    identity: String,
    recipient: String,
}

/// What was restored.
struct Copy {
    web: Process,
    config: String,
    url: Url,
    agent: RestAgent,
}

impl Drill {
    async fn begin() -> Self {
        let folder = evidence::folder();
        let practice = folder.path().join("practice");
        let practice = Process::practice(&practice, &folder.path().join("practice.log")).await;
        let org: Url = text(&practice.ready, "practice_org").parse().unwrap();
        let log = folder.path().join("original.log");
        let original = Process::demo_with(&folder.path().join("original"), &log, &org).await;
        let ready = &original.ready;
        let agent = RestAgent::new(text(ready, "rest"), text(ready, "agent_token"));
        let account = json!({ "object": "Account", "fields": { "Name": "Restored Twice Ltd" } });
        let proposal = agent.propose("salesforce_create_record", &account).await;
        let identity = age::x25519::Identity::generate();
        let file = folder.path().join("identity.txt");
        fs::write(&file, identity.to_string().expose_secret()).unwrap();
        Self {
            identity: file.to_str().unwrap().to_owned(),
            recipient: identity.to_public().to_string(),
            place: Place {
                folder,
                practice,
                org,
                client: browser::client(None),
            },
            original,
            agent,
            proposal,
        }
    }

    /// From now on each refresh uses its token up.
    async fn rotate(&self) {
        let mut app = registered_app(&self.path("practice"));
        app["rotate_refresh_tokens"] = true.into();
        self.place.order("apps", &app).await;
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.folder.path().join(name)
    }

    fn named(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Backs the original up while it runs.
    async fn back_up(&self, name: &str) -> String {
        let (file, config) = (self.named(name), self.named("original/gatelodge.toml"));
        let recipient = ["--recipient", &self.recipient];
        run(&[
            &["backup", "--to", &file, "--config", &config],
            &recipient[..],
        ]
        .concat())
        .await;
        file
    }

    /// The manifest of a backup, as a file.
    async fn manifest(&self, backup: &str) -> String {
        let arguments = ["backup", "inspect", backup, "--identity", &self.identity];
        let manifest = run(&[&arguments[..], &["--json"]].concat()).await;
        let file = self.named("manifest.json");
        fs::write(&file, manifest).unwrap();
        file
    }

    /// Restores it elsewhere, with the original's key, and starts it.
    async fn restore(&self, backup: &str, database: Option<&str>) -> Copy {
        let home = self.path("copy");
        fs::create_dir_all(home.join("keys")).unwrap();
        let key = "keys/gatelodge.key";
        fs::copy(self.path("original").join(key), home.join(key)).unwrap();
        let url = free_address();
        let origin = |url: &Url| url.origin().ascii_serialization();
        let host = |url: &Url| origin(url).trim_start_matches("http://").to_owned();
        let first: Url = text(&self.original.ready, "hub").parse().unwrap();
        let mut settings = fs::read_to_string(self.path("original/gatelodge.toml"))
            .unwrap()
            .replace(&host(&first), &host(&url));
        if let Some(database) = database {
            settings = settings.replace("\nurls = []", &format!("\nurls = [\"{database}\"]"));
        }
        let file = home.join("gatelodge.toml");
        fs::write(&file, settings).unwrap();
        let config = file.to_str().unwrap().to_owned();
        let identity = ["--identity", &self.identity];
        run(&[&["restore", backup, "--config", &config], &identity[..]].concat()).await;
        let web = Process::serve_at(&file, &self.path("copy.log"), &url).await;
        let token = text(&self.original.ready, "agent_token");
        let agent = RestAgent::new(&format!("{}/api/v1", origin(&url)), token);
        Copy {
            web,
            config,
            url,
            agent,
        }
    }

    /// Both are used, each for itself and at the same time: from the copy nothing arrives at the practice org or at its
    /// token endpoint, and the original misses nothing.
    async fn both_live(&self, copy: &Copy) {
        let start = self.place.requests().await;
        // every session is over: whoever sends now refreshes
        self.place.order("expire-access-tokens", &json!({})).await;
        self.try_everything(copy).await;
        assert_eq!(self.place.requests().await, start, "nothing left the copy");

        let alone = self.one_round(None).await;
        assert!(alone > 0, "the original asks");
        for _ in 0..ROUNDS {
            let together = self.one_round(Some(copy)).await;
            assert_eq!(together, alone, "the copy adds nothing to the original's");
        }
        assert_eq!(self.place.grants().await, 1);
    }

    /// The original refreshes and answers, while the copy is asked too; how many requests that made.
    async fn one_round(&self, copy: Option<&Copy>) -> u64 {
        let before = self.place.requests().await;
        self.place.order("expire-access-tokens", &json!({})).await;
        let original = async {
            let (status, body) = query(&self.agent).await;
            assert_eq!(status, 200, "the original works on: {body}");
        };
        let other = async {
            if let Some(copy) = copy {
                copy.refuses().await;
            }
        };
        tokio::join!(original, other);
        self.place.requests().await - before
    }

    /// Everything that would leave an installation that may send.
    async fn try_everything(&self, copy: &Copy) {
        copy.refuses().await;
        let ready = &self.original.ready;
        let person = &ready["people"][0];
        let (email, password) = (text(person, "email"), text(person, "password"));
        let person = Decider::sign_in(&copy.url, email, password).await;
        let review = format!("/approvals/{}", self.proposal);
        for page in ["/", "/connections", "/approvals", &review, "/audit"] {
            let (status, page) = person.page(page).await.unwrap();
            assert_eq!(status, 200, "{page}");
            assert!(page.contains("This is a restored copy"), "{page}");
        }
        let (found, ..) = Process::run(&["doctor", "--config", &copy.config]).await;
        assert_eq!(found.code(), Some(1));
        let panic = ["panic", "--yes", "--config", &copy.config];
        let (ended, _, said) = Process::run(&panic).await;
        assert!(!ended.success() && said.contains("restored copy"), "{said}");
    }

    /// Stops the original for good.
    async fn end_original(self) -> Place {
        assert!(self.original.stop().await.success());
        self.place
    }
}

impl Place {
    async fn order(&self, path: &str, order: &Value) {
        admin(&self.client, &self.org, path, order).await;
    }

    async fn read(&self, path: &str) -> Value {
        let url = self.org.join(&format!("/practice/admin/{path}")).unwrap();
        let reply = browser::read(&url, self.client.get(url.clone())).await;
        reply.expect(200).json()
    }

    /// How many requests have arrived, at the token endpoint and elsewhere.
    async fn requests(&self) -> u64 {
        self.arrived("/services/").await
    }

    /// How many of them at addresses that begin so.
    async fn arrived(&self, prefix: &str) -> u64 {
        let path = format!("journal?limit=1&path_prefix={prefix}");
        let journal = self.read(&path).await;
        journal["matching"]["requests"].as_u64().unwrap()
    }

    /// How many grants live.
    async fn grants(&self) -> usize {
        self.read("grants").await.as_array().unwrap().len()
    }

    async fn end(self) {
        assert!(self.practice.stop().await.success());
    }
}

impl Copy {
    async fn refuses(&self) {
        let (status, body) = query(&self.agent).await;
        assert_eq!(
            (status, &body["code"]),
            (503, &json!("restored_copy")),
            "{body}"
        );
    }

    /// Lets it send, while it runs.
    async fn activate(&self, more: &[&str]) -> String {
        let sure = ["restore", "activate", "--i-know-the-old-one-is-dead"];
        run(&[&sure[..], &["--config", &self.config], more].concat()).await
    }

    async fn proposal(&self, id: &str) -> Value {
        let (status, body) = self.agent.proposal(id).await.unwrap();
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn stop(self) {
        assert!(self.web.stop().await.success());
    }
}

/// Runs a command that must work.
async fn run(arguments: &[&str]) -> String {
    let (status, said, wrong) = Process::run(arguments).await;
    assert!(status.success(), "{arguments:?}: {said}{wrong}");
    said
}

async fn query(agent: &RestAgent) -> (u16, Value) {
    let soql = json!({ "soql": "SELECT Id FROM Account LIMIT 1" });
    agent.call("salesforce_query", &soql).await.unwrap()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}
