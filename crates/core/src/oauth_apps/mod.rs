//! OAuth apps of the organization: what an administrator pastes so that people can connect.
//!
//! Must not know: client secrets beyond passing them on to the keeper.

mod bound;
mod check;
mod choose;
mod own;
mod sources;
mod values;

pub use bound::{BoundConnection, BoundConnections};
pub use check::{AppTest, TestStep, Verdict};
pub use choose::{AppChoice, Because};
pub use own::OwnValues;
pub use sources::InstanceApp;

use crate::{
    Hub, Person,
    hub::event,
    people::{require_admin, require_overseer},
};
use gatelodge_keeper_client::{SaveOAuthApp, SecretChange};
use gatelodge_model::{
    Asks, AuditOutcome, Error, ErrorKind, ExtraScopes, Group, GroupId, OAuthApp, OAuthAppId,
    OperationContext, OrganizationId, Result, Serves, WhoMustAct,
};
use gatelodge_provider::{LoginHost, Provider};
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

/// What an administrator saves.
#[derive(Debug, Clone)]
pub struct OAuthAppChange {
    /// Which app.
    pub app: OAuthAppId,
    /// Name that the provider shows on its consent page.
    pub name: String,
    /// Public identifier at the provider; empty where each person is asked for it.
    pub client_id: String,
    /// What happens with the secret.
    pub client_secret: SecretChange,
    /// Sign-in host for everybody; empty or none lets each person choose.
    pub auth_base_url: Option<String>,
    /// The group that it is for; none for everybody in the organization.
    pub group: Option<GroupId>,
    /// Which values each person is asked for when they connect.
    pub asks: Asks,
    /// Scopes beyond the least.
    pub scopes: ExtraScopes,
    /// Whether people can connect with it.
    pub enabled: bool,
    /// The app's name, typed by who agrees that connections are bound to it.
    pub confirm: Option<String>,
}

impl Hub {
    /// The organization's OAuth apps.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn oauth_apps(&self, person: &Person) -> Result<Vec<OAuthApp>> {
        require_overseer(person)?;
        self.shared_apps(person.context.organization).await
    }

    /// The groups that an app can be for, the first one first.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn groups_for_apps(&self, person: &Person) -> Result<Vec<Group>> {
        require_overseer(person)?;
        Ok(self
            .store
            .groups()
            .list(person.context.organization)
            .await?)
    }

    /// One OAuth app that people share.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn oauth_app(&self, person: &Person, app: OAuthAppId) -> Result<OAuthApp> {
        require_overseer(person)?;
        self.store
            .oauth_apps()
            .find(person.context.organization, app)
            .await?
            .filter(|app| !app.serves.is_personal())
            .ok_or_else(|| Error::not_found("OAuth app"))
    }

    /// Makes an empty, switched-off app, so that its callback address exists before the registration at
    /// the provider does.
    ///
    /// # Errors
    /// `forbidden`, `not_found` for an unknown provider or group.
    pub async fn start_oauth_app(
        &self,
        person: &Person,
        provider: &str,
        group: Option<GroupId>,
    ) -> Result<OAuthApp> {
        require_admin(person)?;
        let manifest = self.known_provider(provider)?.manifest();
        let mut app = self.draft(
            person.context.organization,
            self.new_oauth_app_id(),
            &manifest.slug,
        );
        app.serves = self.serves(&app, group).await?;
        self.insert_started(&person.context, &app).await?;
        Ok(app)
    }

    pub(crate) async fn insert_started(
        &self,
        context: &OperationContext,
        app: &OAuthApp,
    ) -> Result<()> {
        let unit = self.store.begin(app.organization).await?;
        unit.oauth_apps().insert(app).await?;
        let started = event(
            context,
            "oauth_app.started",
            app.id,
            AuditOutcome::Success,
            facts(app),
        );
        unit.commit(vec![started]).await?;
        Ok(())
    }

    /// Saves an app. The keeper takes the secret; the row keeps a fingerprint.
    ///
    /// # Errors
    /// `invalid_argument` naming the field, also `confirm` where connections would feel it and the name was not
    /// typed; `forbidden`, `not_found`, `step_up_needed`.
    pub async fn save_oauth_app(
        &self,
        person: &Person,
        change: OAuthAppChange,
    ) -> Result<OAuthApp> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let before = self.changeable_app(person, change.app).await?;
        let felt = self.is_felt(&before, &change)?;
        if felt {
            self.require_agreed(
                &before,
                change.confirm.as_deref(),
                "They go on with the values that they were made with, until those end at the provider; then each person reconnects.",
            )
            .await?;
        }
        let saved = self.keep_oauth_app(before.clone(), change).await?;
        let detail = json!({ "before": facts(&before), "after": facts(&saved) });
        let unit = self.store.begin(saved.organization).await?;
        unit.oauth_apps().update(&saved).await?;
        unit.commit(vec![event(
            &person.context,
            "oauth_app.changed",
            saved.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        Ok(saved)
    }

    /// Whether connections that exist would feel a change: other values than those that they carry.
    fn is_felt(&self, before: &OAuthApp, change: &OAuthAppChange) -> Result<bool> {
        let host = match self.login_host_of(before, change)? {
            Some(login) => Some(origin(&login.base)),
            None => None,
        };
        Ok(change.client_id.trim() != before.client_id
            || !matches!(change.client_secret, SecretChange::Keep)
            || host != before.auth_base_url
            || change.asks != before.asks)
    }

    fn login_host_of(&self, app: &OAuthApp, change: &OAuthAppChange) -> Result<Option<LoginHost>> {
        let provider = self.known_provider(&app.provider)?;
        let text = change.auth_base_url.as_deref().map(str::trim);
        text.filter(|text| !text.is_empty())
            .map(|text| parse_login_host(&**provider, text))
            .transpose()
    }

    async fn keep_oauth_app(&self, mut app: OAuthApp, change: OAuthAppChange) -> Result<OAuthApp> {
        let login = self.login_host_of(&app, &change)?;
        let client_id = if change.asks.client_id {
            String::new()
        } else {
            values::client_id(&change.client_id)?
        };
        let name = values::name(&change.name)?;
        values::secret_change(&change.client_secret)?;
        let manifest = self.known_provider(&app.provider)?.manifest();
        let scopes = values::scopes(manifest, change.scopes)?;
        let serves = self.serves(&app, change.group).await?;
        let client_secret = if change.asks.anything() {
            SecretChange::Clear
        } else {
            change.client_secret
        };
        app.secret_fingerprint = self
            .keeper
            .save_oauth_app(SaveOAuthApp {
                organization: app.organization,
                app: app.id,
                provider: app.provider.clone(),
                client_id: client_id.clone(),
                client_secret,
            })
            .await?;
        app.name = name;
        app.client_id = client_id;
        app.environment = login.as_ref().map(|login| login.environment);
        app.auth_base_url = login.map(|login| origin(&login.base));
        app.serves = serves;
        app.asks = change.asks;
        app.scopes = scopes;
        app.enabled = change.enabled;
        app.updated_at = self.now();
        Ok(app)
    }

    async fn serves(&self, app: &OAuthApp, group: Option<GroupId>) -> Result<Serves> {
        let Some(id) = group else {
            return Ok(match app.serves {
                Serves::Instance => Serves::Instance,
                _ => Serves::Organization,
            });
        };
        self.store
            .groups()
            .find(app.organization, id)
            .await?
            .map(|group| Serves::Group(group.id))
            .ok_or_else(|| Error::invalid("group", "There is no such group in this organization."))
    }

    /// An app that an administrator of the organization may change.
    async fn changeable_app(&self, person: &Person, app: OAuthAppId) -> Result<OAuthApp> {
        let app = self.oauth_app(person, app).await?;
        if app.serves == Serves::Instance {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "This OAuth app is the default of the installation; its values stand in the configuration file.",
            )
            .with_hint(
                WhoMustAct::Admin,
                "Set up an OAuth app of your organization: it counts before the default.",
            ));
        }
        Ok(app)
    }

    /// An app without values, switched off.
    pub(crate) fn draft(
        &self,
        organization: OrganizationId,
        id: OAuthAppId,
        provider: &str,
    ) -> OAuthApp {
        OAuthApp {
            id,
            organization,
            provider: provider.to_owned(),
            name: "Gatelodge".to_owned(),
            client_id: String::new(),
            secret_fingerprint: None,
            auth_base_url: None,
            environment: None,
            serves: Serves::Organization,
            asks: Asks::default(),
            scopes: ExtraScopes::default(),
            enabled: false,
            created_at: self.now(),
            updated_at: self.now(),
        }
    }

    /// Makes an app ready to use, from the command line of the host (demo, first set-up).
    ///
    /// # Errors
    /// As [`Hub::save_oauth_app`].
    pub async fn install_oauth_app(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
        provider: &str,
        change: OAuthAppChange,
    ) -> Result<OAuthApp> {
        let draft = self.draft(organization, app, provider);
        let saved = self.keep_oauth_app(draft, change).await?;
        let context = self.system_context(organization);
        let unit = self.store.begin(organization).await?;
        unit.oauth_apps().insert(&saved).await?;
        unit.commit(vec![event(
            &context,
            "oauth_app.installed",
            saved.id,
            AuditOutcome::Success,
            facts(&saved),
        )])
        .await?;
        Ok(saved)
    }

    /// A new id for an app, to name its callback before it is installed.
    pub fn new_oauth_app_id(&self) -> OAuthAppId {
        OAuthAppId::generate(&*self.clock, &*self.random)
    }

    /// The callback address of an app below one of the public URLs (ADM-7, ADM-8).
    #[expect(
        clippy::unused_self,
        reason = "faces ask the hub, whatever the answer is made of"
    )]
    pub fn callback_url(&self, public_url: &Url, app: &OAuthApp) -> String {
        callback_url(public_url, &app.provider, app.id)
    }

    pub(crate) fn known_provider(&self, slug: &str) -> Result<&Arc<dyn Provider>> {
        self.catalogue
            .provider(slug)
            .ok_or_else(|| Error::not_found("provider"))
    }
}

/// An app for the audit log: everything but the secret, of which only the fingerprint is there.
pub(crate) fn facts(app: &OAuthApp) -> Value {
    json!({
        "provider": app.provider,
        "name": app.name,
        "serves": app.serves.as_str(),
        "group": match app.serves {
            Serves::Group(group) => Some(group),
            _ => None,
        },
        "client_id": app.client_id,
        "secret": app.secret_fingerprint,
        "auth_base_url": app.auth_base_url,
        "asks": app.asks,
        "scopes": app.scopes,
        "enabled": app.enabled,
    })
}

/// The callback address of an app: its own path, so that one app's answer cannot be taken to another (COAT).
pub(crate) fn callback_url(public_url: &Url, provider: &str, app: OAuthAppId) -> String {
    format!(
        "{}/api/integrations/callback/{provider}/{app}",
        origin(public_url)
    )
}

pub(crate) fn parse_login_host(provider: &dyn Provider, text: &str) -> Result<LoginHost> {
    provider.parse_login_host(text)
}

/// Scheme, host and port, without a slash at the end.
pub(crate) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
