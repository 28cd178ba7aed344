//! A real hub on SQLite with a keeper in memory and a provider of notes: enough to go through a face as its
//! callers do, without any network.
//!
//! Must not know: which face is tested.

mod keeper;
mod notes;

use gatelodge_core::{Hub, HubParts, NewUser, Settings, provider::Catalogue};
use gatelodge_model::{
    Actor, AgentAccess, Asks, AuditOutcome, Clock, Connection, ConnectionId, ConnectionStatus,
    Environment, ExternalAccount, ExtraScopes, Face, NewAuditEvent, OAuthApp, OAuthAppId,
    OrganizationId, Random, RequestId, Role, Secret, Serves, UserId,
    clock::testing::{FixedClock, SeededRandom},
};
use gatelodge_store::{DatabaseOptions, Store};
use std::sync::Arc;
use tempfile::TempDir;

/// Where the hub says that it is.
pub(crate) const PUBLIC_URL: &str = "https://hub.example.com";

/// A hub with one person who is connected.
pub(crate) struct SmallHub {
    pub(crate) hub: Arc<Hub>,
    organization: OrganizationId,
    user: UserId,
    _folder: TempDir,
}

impl SmallHub {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(1_790_000_000_000));
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(11));
        let file = folder.path().join("hub.db");
        let options = DatabaseOptions {
            urls: vec![format!("sqlite://{}", file.display())],
            max_connections: 2,
        };
        let store = Store::connect(&options, Arc::clone(&clock), Arc::clone(&random))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        let hub = Hub::new(HubParts {
            store: store.clone(),
            keeper: Arc::new(keeper::MemoryKeeper::new(
                Arc::clone(&clock),
                Arc::clone(&random),
            )),
            catalogue: Arc::new(Catalogue::new(vec![notes::provider()]).unwrap()),
            clock: Arc::clone(&clock),
            random: Arc::clone(&random),
            settings: Settings {
                public_urls: vec![PUBLIC_URL.parse().unwrap()],
                ..Settings::default()
            },
        });
        let organization = hub
            .ensure_organization("Acme")
            .await
            .unwrap()
            .organization
            .id;
        let new = NewUser {
            email: "ada@example.com".into(),
            name: "Ada".into(),
            role: Role::Member,
        };
        let (user, _link) = hub.add_user(organization, new).await.unwrap();
        connect(&store, &*clock, &*random, organization, user.id).await;
        Self {
            hub,
            organization,
            user: user.id,
            _folder: folder,
        }
    }

    /// The token of a new agent.
    pub(crate) async fn agent(&self, name: &str, access: AgentAccess) -> Secret {
        let (_, token) = self
            .hub
            .add_agent(self.organization, self.user, name, access)
            .await
            .unwrap();
        token
    }
}

async fn connect(
    store: &Store,
    clock: &dyn Clock,
    random: &dyn Random,
    organization: OrganizationId,
    user: UserId,
) {
    let now = clock.now();
    let app = OAuthApp {
        id: OAuthAppId::generate(clock, random),
        organization,
        provider: notes::SLUG.into(),
        name: "Notes".into(),
        client_id: "client".into(),
        secret_fingerprint: None,
        auth_base_url: None,
        environment: None,
        serves: Serves::Organization,
        asks: Asks::default(),
        scopes: ExtraScopes::default(),
        enabled: true,
        created_at: now,
        updated_at: now,
    };
    let connection = Connection {
        id: ConnectionId::generate(clock, random),
        organization,
        user,
        provider: notes::SLUG.into(),
        oauth_app: app.id,
        environment: Environment::Practice,
        status: ConnectionStatus::Active,
        account: Some(ExternalAccount {
            organization_id: "o1".into(),
            organization_name: None,
            user_id: "u1".into(),
            username: "ada@notes.example.com".into(),
            display_name: None,
        }),
        host: Some("notes.example.com".into()),
        granted_scopes: vec![],
        created_at: now,
        status_changed_at: now,
        version: 1,
    };
    let unit = store.begin(organization).await.unwrap();
    unit.oauth_apps().insert(&app).await.unwrap();
    unit.connections().insert(&connection).await.unwrap();
    let connected = NewAuditEvent {
        organization,
        actor: Actor::System,
        via: Face::Job,
        request: RequestId::generate(clock, random),
        action: "connection.created",
        target: connection.id.to_string(),
        outcome: AuditOutcome::Success,
        detail: serde_json::json!({}),
    };
    unit.commit(vec![connected]).await.unwrap();
}
