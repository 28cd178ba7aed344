//! The first half of connecting: what can be chosen, and the way to the provider's consent page.
//!
//! Must not know: the PKCE verifier; the keeper makes and keeps it.

use super::view::ScopeView;
use crate::{
    Hub, Person,
    hub::event,
    oauth_apps::{OwnValues, callback_url, parse_login_host},
    token::{self, TokenKind},
};
use gatelodge_keeper_client::BeginAuthorization;
use gatelodge_model::{
    AuditOutcome, AuthorizationFlow, AuthorizationFlowId, Connection, ConnectionId,
    ConnectionStatus, Error, ErrorKind, FlowStatus, OAuthApp, OAuthAppId, Result, WhoMustAct,
};
use gatelodge_provider::LoginHost;
use serde_json::json;
use std::sync::Arc;
use url::Url;

/// A person's wish to connect.
#[derive(Debug, Clone)]
pub struct BeginConnect {
    /// With which app.
    pub app: OAuthAppId,
    /// Where to sign in; ignored when the app fixes it.
    pub login_host: Option<String>,
    /// The connection to renew; none for a new one.
    pub reconnect: Option<ConnectionId>,
    /// What the app leaves blank.
    pub own: OwnValues,
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
    /// Slug of the provider.
    pub provider: String,
    /// Name under which the provider shows us.
    pub app_name: String,
    /// What will be asked for, and why.
    pub scopes: Vec<ScopeView>,
}

impl Hub {
    /// Opens an attempt and gives the address of the provider's consent page.
    ///
    /// # Errors
    /// `invalid_argument` for a sign-in host that is not the provider's and for a blank value that was not given,
    /// `not_found` for an unknown app or connection, `forbidden` for an app that does not count for the person,
    /// `provider_disabled` for what is switched off.
    pub async fn begin_connect(&self, person: &Person, begin: BeginConnect) -> Result<Started> {
        self.may_begin(person, &begin)?;
        let organization = person.context.organization;
        let renewed = match begin.reconnect {
            Some(id) => Some(self.connection(person, id).await?),
            None => None,
        };
        let counting = self.wanted_app(person, begin.app, renewed.as_ref()).await?;
        let shared = counting.app;
        let provider = Arc::clone(self.known_provider(&shared.provider)?);
        let login = match shared
            .auth_base_url
            .as_deref()
            .or(begin.login_host.as_deref())
        {
            Some(text) => parse_login_host(&*provider, text)?,
            None => {
                return Err(Error::invalid(
                    "login_host",
                    "Choose production, sandbox or your own domain first.",
                ));
            }
        };
        let is_new = counting.kept.is_none();
        let app = self
            .app_with_own_values(person, &shared, counting.kept, &begin.own)
            .await?;
        let connection = renewed.unwrap_or_else(|| self.connection_to_make(person, &app, &login));
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
            // Blanks are filled in an app that is registered; its path is the registered one.
            redirect_uri: callback_url(&begin.public_url, &app.provider, shared.id),
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
                extra_scopes: shared.scopes.names.clone(),
                redirect_uri: flow.redirect_uri.clone(),
                state,
            })
            .await?;
        let unit = self.store.begin(organization).await?;
        if begin.reconnect.is_none() {
            unit.connections().insert(&connection).await?;
        }
        if app.serves.is_personal() {
            if is_new {
                unit.oauth_apps().insert(&app).await?;
            } else {
                unit.oauth_apps().update(&app).await?;
            }
        }
        unit.flows().insert(&flow).await?;
        let detail = json!({
            "provider": app.provider,
            "oauth_app": shared.id,
            "because": counting.source,
            "own_values": app.serves.is_personal(),
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
            scopes: self.scopes_of_app(&shared),
            provider: shared.provider,
            app_name: shared.name,
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

    fn connection_to_make(&self, person: &Person, app: &OAuthApp, login: &LoginHost) -> Connection {
        Connection {
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
        }
    }
}
