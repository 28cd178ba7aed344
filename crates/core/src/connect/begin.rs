//! The first half of connecting: what can be chosen, and the way to the provider's consent page.
//!
//! Must not know: the PKCE verifier; the keeper makes and keeps it.

use super::view::ScopeView;
use crate::{
    Hub, Person,
    hub::event,
    oauth_apps::{callback_url, origin, parse_login_host},
    token::{self, TokenKind},
};
use gatelodge_keeper_client::BeginAuthorization;
use gatelodge_model::{
    AuditOutcome, AuthorizationFlow, AuthorizationFlowId, Connection, ConnectionId,
    ConnectionStatus, Environment, Error, ErrorKind, FlowStatus, OAuthApp, OAuthAppId, Result,
    WhoMustAct,
};
use gatelodge_provider::LoginHost;
use serde_json::json;
use std::sync::Arc;
use url::Url;

/// A sign-in host to choose.
#[derive(Debug, Clone)]
pub struct LoginChoice {
    /// What to send back.
    pub value: String,
    /// In words.
    pub label: String,
    /// What it means.
    pub environment: Environment,
}

/// An OAuth app that a person can connect with.
#[derive(Debug, Clone)]
pub struct ConnectOption {
    /// The app.
    pub app: OAuthApp,
    /// Slug of the provider.
    pub provider: String,
    /// Its name.
    pub provider_name: String,
    /// Sign-in hosts to choose from; one when the app fixes it.
    pub choices: Vec<LoginChoice>,
    /// Whether another sign-in host may be typed.
    pub asks_login_host: bool,
    /// What will be asked for, and why.
    pub scopes: Vec<ScopeView>,
}

/// A person's wish to connect.
#[derive(Debug, Clone)]
pub struct BeginConnect {
    /// With which app.
    pub app: OAuthAppId,
    /// Where to sign in; ignored when the app fixes it.
    pub login_host: Option<String>,
    /// The connection to renew; none for a new one.
    pub reconnect: Option<ConnectionId>,
    /// The public URL on which the person is.
    pub public_url: Url,
}

/// An open attempt.
#[derive(Debug, Clone)]
pub struct Started {
    /// The provider's consent page.
    pub authorize_url: Url,
    /// Its host, to show before the person leaves.
    pub provider_host: String,
    /// Name under which the provider shows us.
    pub app_name: String,
    /// What will be asked for, and why.
    pub scopes: Vec<ScopeView>,
}

impl Hub {
    /// What the person can connect with.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn connect_options(&self, person: &Person) -> Result<Vec<ConnectOption>> {
        let apps = self
            .store
            .oauth_apps()
            .list(person.context.organization)
            .await?;
        let closed = self
            .closed_providers(person.context.organization, person.user.id)
            .await?;
        let mut options = Vec::new();
        for app in apps
            .into_iter()
            .filter(|app| app.enabled && !closed.contains(&app.provider))
        {
            let Some(provider) = self.catalogue.provider(&app.provider) else {
                continue;
            };
            let fixed = match &app.auth_base_url {
                Some(text) => Some(parse_login_host(&**provider, text)?),
                None => None,
            };
            let offered = provider
                .login_choices()
                .into_iter()
                .map(|(login, label)| LoginChoice {
                    value: origin(&login.base),
                    label: label.to_owned(),
                    environment: login.environment,
                });
            let choices = match &fixed {
                Some(login) => {
                    let value = origin(&login.base);
                    let known = offered.into_iter().find(|choice| choice.value == value);
                    vec![known.unwrap_or_else(|| LoginChoice {
                        label: login.base.host_str().unwrap_or_default().to_owned(),
                        environment: login.environment,
                        value,
                    })]
                }
                None => offered.collect(),
            };
            options.push(ConnectOption {
                provider: app.provider.clone(),
                provider_name: provider.manifest().name.clone(),
                choices,
                asks_login_host: fixed.is_none(),
                scopes: self.scopes_of(&app.provider),
                app,
            });
        }
        Ok(options)
    }

    /// Opens an attempt and gives the address of the provider's consent page.
    ///
    /// # Errors
    /// `invalid_argument` for a sign-in host that is not the provider's, `not_found` for an unknown app or
    /// connection, `provider_disabled` for an app that is switched off.
    pub async fn begin_connect(&self, person: &Person, begin: BeginConnect) -> Result<Started> {
        self.may_begin(person, &begin)?;
        let organization = person.context.organization;
        let app = self
            .store
            .oauth_apps()
            .find(organization, begin.app)
            .await?
            .ok_or_else(|| Error::not_found("OAuth app"))?;
        if !app.enabled {
            return Err(Error::new(
                ErrorKind::ProviderDisabled,
                "This OAuth app is switched off.",
            )
            .with_hint(
                WhoMustAct::Admin,
                "An administrator can switch it on under Admin, OAuth apps.",
            ));
        }
        self.require_open_provider(organization, person.user.id, &app.provider)
            .await?;
        let provider = Arc::clone(self.known_provider(&app.provider)?);
        let login = match app.auth_base_url.as_deref().or(begin.login_host.as_deref()) {
            Some(text) => parse_login_host(&*provider, text)?,
            None => {
                return Err(Error::invalid(
                    "login_host",
                    "Choose production, sandbox or your own domain first.",
                ));
            }
        };
        let connection = self
            .connection_to_make(person, &app, &login, begin.reconnect)
            .await?;
        let state = token::generate(TokenKind::OAuthState, &*self.random);
        let flow = AuthorizationFlow {
            id: AuthorizationFlowId::generate(&*self.clock, &*self.random),
            organization,
            user: person.user.id,
            session: person.session.id,
            provider: app.provider.clone(),
            oauth_app: app.id,
            connection: connection.id,
            state_digest: token::digest(TokenKind::OAuthState, &state),
            redirect_uri: callback_url(&begin.public_url, &app.provider, app.id),
            login_host: login.base.host_str().map(str::to_owned),
            status: FlowStatus::Pending,
            created_at: self.now(),
            expires_at: self.after(self.settings.flow_lifetime),
        };
        let authorize_url = self
            .keeper
            .begin_authorization(BeginAuthorization {
                organization,
                flow: flow.id,
                connection: connection.id,
                user: connection.user,
                provider: app.provider.clone(),
                oauth_app: app.id,
                login_base: login.base.clone(),
                environment: login.environment,
                redirect_uri: flow.redirect_uri.clone(),
                state,
            })
            .await?;
        let unit = self.store.begin(organization).await?;
        if begin.reconnect.is_none() {
            unit.connections().insert(&connection).await?;
        }
        unit.flows().insert(&flow).await?;
        let detail = json!({
            "provider": app.provider,
            "oauth_app": app.id,
            "environment": login.environment.as_str(),
            "login_host": login.base.host_str(),
            "reconnect": begin.reconnect.is_some(),
        });
        let begun = event(
            &person.context,
            "connection.begun",
            connection.id,
            AuditOutcome::Success,
            detail,
        );
        unit.commit(vec![begun]).await?;
        self.recent_connections.forget();
        Ok(Started {
            provider_host: login.base.host_str().unwrap_or_default().to_owned(),
            scopes: self.scopes_of(&app.provider),
            app_name: app.name,
            authorize_url,
        })
    }

    fn may_begin(&self, person: &Person, begin: &BeginConnect) -> Result<()> {
        if !person.role().connects() {
            return Err(Error::new(
                ErrorKind::Forbidden,
                "An auditor reads and keeps no connections.",
            ));
        }
        if !self.settings.public_urls.contains(&begin.public_url) {
            return Err(Error::new(
                ErrorKind::Misconfigured,
                "This address is not one of the configured public URLs.",
            )
            .with_hint(
                WhoMustAct::Operator,
                "Add it to public_urls, or open Gatelodge under a configured address.",
            ));
        }
        Ok(())
    }

    async fn connection_to_make(
        &self,
        person: &Person,
        app: &OAuthApp,
        login: &LoginHost,
        reconnect: Option<ConnectionId>,
    ) -> Result<Connection> {
        if let Some(id) = reconnect {
            let connection = self.connection(person, id).await?;
            if connection.provider != app.provider {
                return Err(Error::not_found("connection of this provider"));
            }
            return Ok(connection);
        }
        Ok(Connection {
            id: ConnectionId::generate(&*self.clock, &*self.random),
            organization: person.context.organization,
            user: person.user.id,
            provider: app.provider.clone(),
            oauth_app: app.id,
            environment: login.environment,
            status: ConnectionStatus::Pending,
            account: None,
            // Where the person signs in, until the account's own host is known.
            host: login.base.host_str().map(str::to_owned),
            granted_scopes: Vec::new(),
            created_at: self.now(),
            status_changed_at: self.now(),
            version: 1,
        })
    }
}
