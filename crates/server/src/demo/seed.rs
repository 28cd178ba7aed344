//! What the demo starts with: an OAuth app, two people, the first one connected, an agent for each start.
//!
//! Must not know: how pages look. Passwords are fixed and shown: this hub answers on loopback only.

use super::{practice_org::PracticeOrg, visitor::Visitor};
use crate::wiring::Running;
use anyhow::Context as _;
use gatelodge_core::{
    BeginConnect, Callback, Hub, NewUser, OAuthAppChange, OwnValues, SecretChange, SignIn,
};
use gatelodge_model::{
    AgentAccess, Asks, ExtraScopes, OAuthApp, Organization, OrganizationId, Random as _, Role,
    Secret, User,
};
use gatelodge_practice::oauth::App;
use std::net::{IpAddr, Ipv4Addr};
use url::Url;

/// Name under which the practice org shows the hub on its consent page.
pub const CLIENT_NAME: &str = "Gatelodge demo";

/// A person of the demo.
#[derive(Debug, Clone)]
pub struct Person {
    /// Shown name.
    pub name: &'static str,
    /// Sign-in name.
    pub email: &'static str,
    /// Password.
    pub password: &'static str,
    /// Rights.
    pub role: Role,
    /// The person's own user in the practice org.
    pub practice_username: &'static str,
    /// Whether this person can use the practice org now.
    pub connected: bool,
}

/// Both people.
pub type People = [Person; 2];

fn people() -> People {
    [
        Person {
            name: "Maria Lopez",
            email: "maria@gatelodge.example",
            password: "maria-keeps-the-gate",
            role: Role::Owner,
            practice_username: "maria.lopez@northwind-practice.example",
            connected: false,
        },
        Person {
            name: "Ben Carter",
            email: "ben@gatelodge.example",
            password: "ben-keeps-the-gate",
            role: Role::Member,
            practice_username: "ben.carter@northwind-practice.example",
            connected: false,
        },
    ]
}

/// What was made.
pub(super) struct Seeded {
    pub(super) people: People,
    pub(super) agent_token: Secret,
}

/// Makes what is missing; a kept folder finds its own again.
pub(super) async fn seed(
    running: &Running,
    practice: &PracticeOrg,
    hub_url: &Url,
) -> anyhow::Result<Seeded> {
    let hub = &running.hub;
    let organization = hub
        .ensure_organization("Northwind (demo)")
        .await?
        .organization;
    let people = people();
    let [first, _] = &people;
    let known = hub.find_user(first.email).await?;
    let user = match known {
        Some(user) => user,
        None => first_start(hub, practice, hub_url, &organization, &people).await?,
    };
    let (_, agent_token) = hub
        // A new one at each start: earlier ones go on working, and their tokens are kept nowhere.
        .add_agent(
            organization.id,
            user.id,
            "Demo agent",
            AgentAccess::ReadAndPropose,
        )
        .await?;
    let [mut first, mut second] = people;
    for person in [&mut first, &mut second] {
        person.connected = is_connected(running, organization.id, person.email).await?;
    }
    Ok(Seeded {
        people: [first, second],
        agent_token,
    })
}

/// In a kept folder people may have connected or disconnected since the first start.
async fn is_connected(
    running: &Running,
    organization: OrganizationId,
    email: &str,
) -> anyhow::Result<bool> {
    let Some(user) = running.hub.find_user(email).await? else {
        return Ok(false);
    };
    let connections = running
        .store
        .connections()
        .list_for_user(organization, user.id)
        .await?;
    Ok(connections
        .iter()
        .any(|connection| connection.status.is_usable()))
}

async fn first_start(
    hub: &Hub,
    practice: &PracticeOrg,
    hub_url: &Url,
    organization: &Organization,
    people: &People,
) -> anyhow::Result<User> {
    let app = install_app(hub, practice, hub_url, organization).await?;
    let mut users = Vec::new();
    for person in people {
        let new = NewUser {
            email: person.email.to_owned(),
            name: person.name.to_owned(),
            role: person.role,
        };
        users.push(
            hub.add_user_with_password(organization.id, new, Secret::new(person.password))
                .await?,
        );
    }
    let [first, _] = people;
    connect(hub, practice, hub_url, first, &app).await?;
    users.into_iter().next().context("the demo has people")
}

async fn install_app(
    hub: &Hub,
    practice: &PracticeOrg,
    hub_url: &Url,
    organization: &Organization,
) -> anyhow::Result<OAuthApp> {
    let id = hub.new_oauth_app_id();
    let client_id = format!("3MVG9gatelodge.demo.{}", id.as_uuid().simple());
    let client_secret = Secret::new(random_hex());
    let change = OAuthAppChange {
        app: id,
        name: CLIENT_NAME.to_owned(),
        client_id: client_id.clone(),
        client_secret: SecretChange::Set(client_secret.clone()),
        auth_base_url: Some(practice.url()?.origin().ascii_serialization()),
        group: None,
        asks: Asks::default(),
        scopes: ExtraScopes::default(),
        enabled: true,
        confirm: None,
    };
    let app = hub
        .install_oauth_app(organization.id, id, "salesforce", change)
        .await?;
    let callback = hub.callback_url(hub_url, &app);
    let registered = App::confidential(&client_id, client_secret.expose(), CLIENT_NAME, &callback);
    practice.register(registered).await?;
    Ok(app)
}

/// The real flow: our page's address, their sign-in, their consent, our callback.
async fn connect(
    hub: &Hub,
    practice: &PracticeOrg,
    hub_url: &Url,
    person: &Person,
    app: &OAuthApp,
) -> anyhow::Result<()> {
    let request = hub.new_request_id();
    let signed_in = hub
        .sign_in(SignIn {
            email: person.email.to_owned(),
            password: Secret::new(person.password),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            user_agent: "gatelodge demo".to_owned(),
            request,
        })
        .await?;
    let session = hub.authenticate_session(&signed_in.token, request).await?;
    let begin = BeginConnect {
        app: app.id,
        login_host: None,
        reconnect: None,
        own: OwnValues::default(),
        public_url: hub_url.clone(),
    };
    let started = hub.begin_connect(&session, begin).await?;
    let (_, password) = practice
        .sign_ins(&[person.practice_username])
        .into_iter()
        .find(|(username, _)| username == person.practice_username)
        .context("the practice org has no such user")?;
    let mut visitor = Visitor::new()?;
    let callback = visitor
        .allow(
            &started.authorize_url,
            person.practice_username,
            &password,
            hub_url,
        )
        .await?;
    hub.complete_connect(&session, Callback { url: callback })
        .await?;
    hub.sign_out(&session).await?;
    Ok(())
}

fn random_hex() -> String {
    let mut bytes = [0_u8; 32];
    crate::ambient::SystemRandom.fill(&mut bytes);
    gatelodge_model::Digest::from_bytes(bytes).to_string()
}
