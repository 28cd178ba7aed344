//! A database of its own for each test, and rows to fill it with.

use chrono::TimeDelta;
use gatelodge_model::{
    Actor, AuditOutcome, Digest, Face, NewAuditEvent, Organization, OrganizationId, Policy, Random,
    RequestId, Role, SwitchedOff, Timestamp, User, UserId,
    clock::{
        Clock,
        testing::{FixedClock, SeededRandom},
    },
};
use gatelodge_store::{DatabaseOptions, Store, keeper::NewRecord};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering};

/// 2026-11-01T00:00:00Z and a bit.
const START: i64 = 1_793_491_200_123;

static DATABASES: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) random: Arc<SeededRandom>,
    pub(crate) url: String,
    place: Place,
}

enum Place {
    Folder(tempfile::TempDir),
    Server { superuser: String, database: String },
}

impl Bench {
    /// The engine is the first word of the test's name. `None` only where PostgreSQL was left out on purpose.
    pub(crate) async fn open(test: &str) -> Option<Self> {
        let (url, place) = if test.starts_with("sqlite") {
            let folder = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}/hub.db", folder.path().display());
            (url, Place::Folder(folder))
        } else {
            on_server(test).await?
        };
        let clock = Arc::new(FixedClock::at(START));
        let random = Arc::new(SeededRandom::new(u64::from(std::process::id())));
        let store = connect(&url, &clock, &random).await;
        store.migrate().await.unwrap();
        Some(Self {
            store,
            clock,
            random,
            url,
            place,
        })
    }

    /// Another process, as far as the database can tell.
    pub(crate) async fn another_store(&self) -> Store {
        connect(&self.url, &self.clock, &self.random).await
    }

    /// A connection beside the store's, for those who play the attacker.
    pub(crate) async fn back_door(&self) -> DatabaseConnection {
        Database::connect(&self.url).await.unwrap()
    }

    pub(crate) async fn close(self) {
        drop(self.store);
        match self.place {
            Place::Folder(folder) => folder.close().unwrap(),
            Place::Server {
                superuser,
                database,
            } => {
                let server = Database::connect(superuser).await.unwrap();
                let drop = format!("DROP DATABASE {database} WITH (FORCE)");
                server.execute_unprepared(&drop).await.unwrap();
            }
        }
    }

    /// Every byte of SQLite's files; none of PostgreSQL's, which are elsewhere.
    pub(crate) fn file_bytes(&self) -> Vec<u8> {
        let Place::Folder(folder) = &self.place else {
            return Vec::new();
        };
        let files = std::fs::read_dir(folder.path()).unwrap();
        files
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn in_minutes(&self, minutes: i64) -> Timestamp {
        self.now() + TimeDelta::minutes(minutes)
    }

    pub(crate) fn record(&self, byte: u8, key_id: &str) -> NewRecord {
        NewRecord {
            record: vec![byte],
            key_id: key_id.to_owned(),
            provider: "small".to_owned(),
            at: self.now(),
            next_refresh_at: None,
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        Digest::from_bytes(bytes)
    }

    pub(crate) fn event(
        &self,
        organization: OrganizationId,
        action: &'static str,
    ) -> NewAuditEvent {
        NewAuditEvent {
            organization,
            actor: Actor::System,
            via: Face::Job,
            request: RequestId::generate(self.clock.as_ref(), self.random.as_ref()),
            action,
            target: "test".to_owned(),
            outcome: AuditOutcome::Success,
            detail: serde_json::json!({ "count": 1 }),
        }
    }

    /// An organization with one member.
    pub(crate) async fn organization(&self) -> (OrganizationId, UserId) {
        let organization = Organization {
            id: OrganizationId::generate(self.clock.as_ref(), self.random.as_ref()),
            name: "Example".to_owned(),
            policy: Policy::default(),
            off: SwitchedOff::default(),
            created_at: self.now(),
        };
        let user = self.user(organization.id);
        let unit = self.store.begin(organization.id).await.unwrap();
        unit.organizations().insert(&organization).await.unwrap();
        unit.users().insert(&user).await.unwrap();
        let event = self.event(organization.id, "organization.created");
        unit.commit(vec![event]).await.unwrap();
        (organization.id, user.id)
    }

    pub(crate) fn user(&self, organization: OrganizationId) -> User {
        let id = UserId::generate(self.clock.as_ref(), self.random.as_ref());
        User {
            id,
            organization,
            email: format!("{id}@example.com"),
            name: "A Person".to_owned(),
            role: Role::Member,
            password_hash: None,
            created_at: self.now(),
            removed_at: None,
        }
    }
}

async fn connect(url: &str, clock: &Arc<FixedClock>, random: &Arc<SeededRandom>) -> Store {
    let options = DatabaseOptions {
        urls: vec![url.to_owned()],
        max_connections: 4,
    };
    Store::connect(&options, clock.clone(), random.clone())
        .await
        .unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the address of the test server is the test's own configuration"
)]
async fn on_server(test: &str) -> Option<(String, Place)> {
    if std::env::var("GATELODGE_TEST_WITHOUT_POSTGRES").is_ok_and(|value| value == "1") {
        return None;
    }
    let superuser = std::env::var("GATELODGE_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "GATELODGE_TEST_POSTGRES is not set, so this story was not told on PostgreSQL. Run `cargo xtask test`, \
             which starts a server, or set GATELODGE_TEST_WITHOUT_POSTGRES=1 to leave PostgreSQL out on purpose."
        )
    });
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let database = format!("gatelodge_{test}_{}_{number}", std::process::id());
    let server = Database::connect(&superuser).await.unwrap();
    let drop = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
    server.execute_unprepared(&drop).await.unwrap();
    let create = format!("CREATE DATABASE {database}");
    server.execute_unprepared(&create).await.unwrap();
    let (before, options) = match superuser.split_once('?') {
        Some((before, options)) => (before, format!("?{options}")),
        None => (superuser.as_str(), String::new()),
    };
    let server = match before.match_indices('/').nth(2) {
        Some((at, _)) => &before[..at],
        None => before,
    };
    let url = format!("{server}/{database}{options}");
    Some((
        url,
        Place::Server {
            superuser,
            database,
        },
    ))
}
