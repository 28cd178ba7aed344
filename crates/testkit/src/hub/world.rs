//! The running hub with everything around it, and the people who may be signed in.
//!
//! Must not know how a person or an agent sends a request.

use std::path::Path;
use std::sync::Arc;

use gatelodge_core::Hub;
use gatelodge_model::{AgentAccess, OAuthApp, Role, Secret};
use gatelodge_practice::oauth::App;
use gatelodge_practice::org::Id;
use gatelodge_server::config::Config;
use gatelodge_server::wiring::Running;
use sea_orm::DatabaseConnection;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use super::apart::Apart;
use super::build::{Folder, PASSWORD, PLAIN, TestHubBuilder, register};
use super::{Agent, Person};
use crate::browser::{self, Browser};
use crate::clock::LeadingClock;
use crate::database::{self, PostgresDatabase};
use crate::practice::PracticeOrg;

/// A named person of a test hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Owns the installation.
    Owner,
    /// Administers it.
    Admin,
    /// Reads everything and changes nothing.
    Auditor,
    /// Uses it.
    Member,
    /// Uses it too, and must see nothing of the first member's.
    SecondMember,
    /// Owns another organization in the same database.
    Stranger,
}

impl Who {
    /// Everybody.
    pub const PEOPLE: [Self; 6] = [
        Self::Owner,
        Self::Admin,
        Self::Auditor,
        Self::Member,
        Self::SecondMember,
        Self::Stranger,
    ];

    /// Sign-in name.
    pub const fn email(self) -> &'static str {
        match self {
            Self::Owner => "owner@northwind.example",
            Self::Admin => "admin@northwind.example",
            Self::Auditor => "auditor@northwind.example",
            Self::Member => "member@northwind.example",
            Self::SecondMember => "second@northwind.example",
            Self::Stranger => "stranger@contoso.example",
        }
    }

    /// Shown name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "Olga Owner",
            Self::Admin => "Adam Admin",
            Self::Auditor => "Aude Auditor",
            Self::Member => "Mia Member",
            Self::SecondMember => "Sam Second",
            Self::Stranger => "Stan Stranger",
        }
    }

    /// Rights.
    pub const fn role(self) -> Role {
        match self {
            Self::Owner | Self::Stranger => Role::Owner,
            Self::Admin => Role::Admin,
            Self::Auditor => Role::Auditor,
            Self::Member | Self::SecondMember => PLAIN,
        }
    }
}

pub(super) struct Serving {
    pub(super) running: Running,
    pub(super) keeper: Option<Apart>,
    pub(super) server: JoinHandle<anyhow::Result<()>>,
    pub(super) end: oneshot::Sender<()>,
}

/// A running hub. When it is dropped its server ends; [`TestHub::stop`] also waits for the end.
pub struct TestHub {
    /// Where people and agents reach it.
    pub url: Url,
    /// Where it reaches the practice org.
    pub practice_url: Url,
    /// The practice org.
    pub practice: PracticeOrg,
    /// Its time.
    pub clock: Arc<LeadingClock>,
    /// Its OAuth app.
    pub app: OAuthApp,
    /// The secret of that app.
    pub client_secret: Option<Secret>,
    /// Its configuration.
    pub config: Config,
    pub(super) postgres: Option<PostgresDatabase>,
    pub(super) serving: Option<Serving>,
    pub(super) folder: Folder,
}

impl TestHub {
    /// A hub with everything as it is by default.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A hub to choose things about.
    pub fn builder() -> TestHubBuilder {
        TestHubBuilder::default()
    }

    /// The hub itself, for what has no door: background work, a look behind answers.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.serving.as_ref().expect("the hub runs").running.hub
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Somebody without a session.
    pub fn anonymous(&self) -> Person {
        Person::new(self.url.clone(), Browser::new(browser::client(None)))
    }

    /// Somebody who signed in with the form.
    pub async fn person(&self, who: Who) -> Person {
        let mut person = self.anonymous();
        person.sign_in(who.email(), PASSWORD).await;
        person
    }

    /// An agent of somebody, made on their page.
    pub async fn agent_of(&self, person: &mut Person, access: AgentAccess) -> Agent {
        Agent::new(
            self.url.clone(),
            person.create_agent("Test agent", access).await,
        )
    }

    /// A member who is connected as a user of the practice org, and their agent.
    pub async fn member_with_agent(&self, practice_user: &str) -> (Person, Agent) {
        let mut member = self.person(Who::Member).await;
        member.connect(self, practice_user).await;
        let agent = self
            .agent_of(&mut member, AgentAccess::ReadAndPropose)
            .await;
        (member, agent)
    }

    /// Tells the practice org of an app; one with a known client id is replaced.
    pub async fn register(&self, app: App) {
        register(&self.practice, app).await;
    }

    /// How often the practice org was asked at its token endpoint for this kind of grant.
    pub fn token_requests(&self, grant_type: &str) -> u64 {
        let counts = self.practice.running().counts().token_requests;
        counts.get(grant_type).copied().unwrap_or_default()
    }

    /// How many requests the practice org answered below a path, by method.
    pub fn requests(&self, method: &str, path: &str) -> usize {
        let journal = self.practice.running().journal();
        journal
            .iter()
            .filter(|entry| entry.method == method && entry.path.starts_with(path))
            .count()
    }

    /// Which clients wrote a record of the practice org since its seed, oldest first.
    pub fn writers(&self, record: &str) -> Vec<Option<String>> {
        let id = Id::parse(record).expect("a record id");
        let writes = self.practice.running().practice().org.writes(id);
        writes.into_iter().map(|write| write.client).collect()
    }

    /// A connection to the database beside the hub's.
    pub async fn back_door(&self) -> DatabaseConnection {
        let urls = self.config.database_urls();
        database::connect(urls.first().expect("an address")).await
    }

    /// Ends the hub and its keeper; practice org and database stay, for hosts beside it.
    pub async fn retreat(&mut self) {
        let Some(Serving {
            running,
            keeper,
            server,
            end,
        }) = self.serving.take()
        else {
            return;
        };
        // a server that ended by itself has dropped its side
        end.send(()).unwrap_or_default();
        server
            .await
            .expect("no panic")
            .expect("the server ends well");
        running.stop().await;
        if let Some(keeper) = keeper {
            keeper.stop().await;
        }
    }

    /// Ends the hub and the practice org, and takes the database away.
    pub async fn stop(mut self) {
        self.retreat().await;
        let Self {
            practice, postgres, ..
        } = self;
        practice.stop().await;
        if let Some(postgres) = postgres {
            postgres.remove().await;
        }
    }
}
