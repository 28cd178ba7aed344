//! OAuth apps of the organization: what an administrator pastes so that people can connect.
//!
//! Must not know: client secrets beyond passing them on to the keeper.

use crate::{Hub, Person, hub::event, people::require_admin};
use gatelodge_keeper_client::{SaveOAuthApp, SecretChange};
use gatelodge_model::{
    AuditOutcome, Error, ErrorKind, OAuthApp, OAuthAppId, OperationContext, OrganizationId, Result,
    WhoMustAct,
};
use gatelodge_provider::{LoginHost, Provider};
use serde_json::json;
use std::sync::Arc;
use url::Url;

/// What an administrator saves.
#[derive(Debug, Clone)]
pub struct OAuthAppChange {
    /// Which app.
    pub app: OAuthAppId,
    /// Name that the provider shows on its consent page.
    pub name: String,
    /// Public identifier at the provider.
    pub client_id: String,
    /// What happens with the secret.
    pub client_secret: SecretChange,
    /// Sign-in host for everybody; empty or none lets each person choose.
    pub auth_base_url: Option<String>,
    /// Whether people can connect with it.
    pub enabled: bool,
}

impl Hub {
    /// The organization's OAuth apps.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn oauth_apps(&self, person: &Person) -> Result<Vec<OAuthApp>> {
        if !person.role().reads_audit() {
            require_admin(person)?;
        }
        Ok(self
            .store
            .oauth_apps()
            .list(person.context.organization)
            .await?)
    }

    /// One OAuth app.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn oauth_app(&self, person: &Person, app: OAuthAppId) -> Result<OAuthApp> {
        if !person.role().reads_audit() {
            require_admin(person)?;
        }
        self.store
            .oauth_apps()
            .find(person.context.organization, app)
            .await?
            .ok_or_else(|| Error::not_found("OAuth app"))
    }

    /// Makes an empty, switched-off app, so that its callback address exists before the registration at
    /// the provider does.
    ///
    /// # Errors
    /// `forbidden`, `not_found` for an unknown provider.
    pub async fn start_oauth_app(&self, person: &Person, provider: &str) -> Result<OAuthApp> {
        require_admin(person)?;
        let manifest = self.known_provider(provider)?.manifest();
        let app = self.new_oauth_app(person.context.organization, &manifest.slug);
        self.insert_started(&person.context, &app).await?;
        Ok(app)
    }

    /// An app without values, switched off.
    pub(crate) fn new_oauth_app(&self, organization: OrganizationId, provider: &str) -> OAuthApp {
        OAuthApp {
            id: self.new_oauth_app_id(),
            organization,
            provider: provider.to_owned(),
            name: "Gatelodge".to_owned(),
            client_id: String::new(),
            secret_fingerprint: None,
            auth_base_url: None,
            environment: None,
            enabled: false,
            created_at: self.now(),
            updated_at: self.now(),
        }
    }

    pub(crate) async fn insert_started(
        &self,
        context: &OperationContext,
        app: &OAuthApp,
    ) -> Result<()> {
        let unit = self.store.begin(app.organization).await?;
        unit.oauth_apps().insert(app).await?;
        let detail = json!({ "provider": app.provider });
        let started = event(
            context,
            "oauth_app.started",
            app.id,
            AuditOutcome::Success,
            detail,
        );
        unit.commit(vec![started]).await?;
        Ok(())
    }

    /// Saves an app. The keeper takes the secret; the row keeps a fingerprint.
    ///
    /// # Errors
    /// `invalid_argument` naming the field, `forbidden`, `not_found`, `step_up_needed`.
    pub async fn save_oauth_app(
        &self,
        person: &Person,
        change: OAuthAppChange,
    ) -> Result<OAuthApp> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let before = self.oauth_app(person, change.app).await?;
        let saved = self.keep_oauth_app(before.clone(), change).await?;
        let detail = json!({
            "provider": saved.provider,
            "client_id": { "before": before.client_id, "after": saved.client_id },
            "secret": { "before": before.secret_fingerprint, "after": saved.secret_fingerprint },
            "auth_base_url": { "before": before.auth_base_url, "after": saved.auth_base_url },
            "enabled": { "before": before.enabled, "after": saved.enabled },
        });
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

    async fn keep_oauth_app(&self, mut app: OAuthApp, change: OAuthAppChange) -> Result<OAuthApp> {
        let provider = Arc::clone(self.known_provider(&app.provider)?);
        let client_id = change.client_id.trim().to_owned();
        if client_id.is_empty()
            || client_id.len() > 512
            || client_id.chars().any(char::is_whitespace)
        {
            return Err(Error::invalid(
                "client_id",
                "Paste the client id (consumer key): one word, at most 512 characters.",
            ));
        }
        let name = change.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 120 {
            return Err(Error::invalid(
                "name",
                "The app's name has 1 to 120 characters.",
            ));
        }
        if let SecretChange::Set(secret) = &change.client_secret
            && (secret.is_empty() || secret.expose().len() > 1024)
        {
            return Err(Error::invalid(
                "client_secret",
                "A client secret has 1 to 1,024 characters.",
            ));
        }
        let login = match change
            .auth_base_url
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            Some(text) => Some(parse_login_host(&*provider, text)?),
            None => None,
        };
        app.secret_fingerprint = self
            .keeper
            .save_oauth_app(SaveOAuthApp {
                organization: app.organization,
                app: app.id,
                provider: app.provider.clone(),
                client_id: client_id.clone(),
                client_secret: change.client_secret,
            })
            .await?;
        app.name = name;
        app.client_id = client_id;
        app.environment = login.as_ref().map(|login| login.environment);
        app.auth_base_url = login.map(|login| origin(&login.base));
        app.enabled = change.enabled;
        app.updated_at = self.now();
        Ok(app)
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
        let draft = OAuthApp {
            id: app,
            name: change.name.clone(),
            ..self.new_oauth_app(organization, provider)
        };
        let saved = self.keep_oauth_app(draft, change).await?;
        let context = self.system_context(organization);
        let unit = self.store.begin(organization).await?;
        unit.oauth_apps().insert(&saved).await?;
        let detail = json!({ "provider": saved.provider, "client_id": saved.client_id });
        unit.commit(vec![event(
            &context,
            "oauth_app.installed",
            saved.id,
            AuditOutcome::Success,
            detail,
        )])
        .await?;
        Ok(saved)
    }

    /// A new id for an app, to name its callback before it is installed.
    pub fn new_oauth_app_id(&self) -> OAuthAppId {
        OAuthAppId::generate(&*self.clock, &*self.random)
    }

    /// Deletes an app that no connection uses.
    ///
    /// # Errors
    /// `conflict` with the number of connections, `forbidden`, `step_up_needed`, `not_found`.
    pub async fn delete_oauth_app(&self, person: &Person, app: OAuthAppId) -> Result<()> {
        require_admin(person)?;
        self.require_step_up(person)?;
        let app = self.oauth_app(person, app).await?;
        let organization = person.context.organization;
        let connections = self.store.connections().list(organization).await?;
        let bound = connections
            .iter()
            .filter(|connection| connection.oauth_app == app.id && connection.status.is_usable())
            .count();
        if bound > 0 {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("{bound} connections use this OAuth app. They would stop working when their access ends."),
            )
            .with_hint(WhoMustAct::Admin, "Switch the app off instead, or disconnect those accounts first."));
        }
        let unit = self.store.begin(organization).await?;
        unit.oauth_apps().delete(app.id).await?;
        let deleted = event(
            &person.context,
            "oauth_app.deleted",
            app.id,
            AuditOutcome::Success,
            json!({}),
        );
        unit.commit(vec![deleted]).await?;
        self.keeper.delete_oauth_app(organization, app.id).await?;
        Ok(())
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
