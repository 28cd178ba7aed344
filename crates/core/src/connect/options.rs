//! What a person can connect with: the OAuth apps that count for them, with sign-in hosts, scopes and the reason.
//!
//! Must not know: what happens after the choice.

use super::view::ScopeView;
use crate::{
    Hub, Person,
    oauth_apps::{origin, parse_login_host},
};
use gatelodge_model::{
    Connection, Environment, Error, ErrorKind, OAuthApp, OAuthAppId, Result, Serves, WhoMustAct,
};
use gatelodge_provider::Provider;

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
    /// Whether values that the app leaves blank are kept from the last time, so that they may be left empty.
    pub kept_values: bool,
    /// What will be asked for, and why.
    pub scopes: Vec<ScopeView>,
    /// Why it is this app, in words.
    pub because: String,
}

/// What a person can connect with now.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// The apps that count for the person.
    pub options: Vec<ConnectOption>,
    /// What keeps providers from being connected, in words.
    pub off: Vec<String>,
}

/// An app that counts for a person.
pub(super) struct Counting {
    pub(super) app: OAuthApp,
    /// The person's own values that a renewed connection has already.
    pub(super) kept: Option<OAuthApp>,
    because: String,
    pub(super) source: &'static str,
}

impl Hub {
    /// What the person can connect with; to renew a connection, the app it is bound to, as long as that is there.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn connect_options(
        &self,
        person: &Person,
        renewed: Option<&Connection>,
    ) -> Result<ConnectOptions> {
        let mut found = ConnectOptions::default();
        let closed = self
            .closed_providers(person.context.organization, person.user.id)
            .await?;
        for provider in self.catalogue.providers() {
            let manifest = provider.manifest();
            if renewed.is_some_and(|renewed| renewed.provider != manifest.slug) {
                continue;
            }
            if let Err(error) = self.require_on(&person.organization, &manifest.slug) {
                found.off.push(error.message().to_owned());
                continue;
            }
            if closed.contains(&manifest.slug) {
                continue;
            }
            for counting in self.counting(person, &manifest.slug, renewed).await? {
                found
                    .options
                    .push(self.connect_option(&**provider, counting)?);
            }
        }
        Ok(found)
    }

    fn connect_option(&self, provider: &dyn Provider, counting: Counting) -> Result<ConnectOption> {
        let Counting {
            app, kept, because, ..
        } = counting;
        let fixed = match &app.auth_base_url {
            Some(text) => Some(parse_login_host(provider, text)?),
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
        Ok(ConnectOption {
            provider: app.provider.clone(),
            provider_name: provider.manifest().name.clone(),
            choices,
            asks_login_host: fixed.is_none(),
            kept_values: kept.is_some(),
            scopes: self.scopes_of_app(&app),
            because,
            app,
        })
    }

    /// The apps of a provider that count for a person. A connection stays bound to its app, so that renewing it goes
    /// through the same one as long as people can connect with that.
    async fn counting(
        &self,
        person: &Person,
        provider: &str,
        renewed: Option<&Connection>,
    ) -> Result<Vec<Counting>> {
        let organization = person.context.organization;
        if let Some(renewed) = renewed {
            let apps = self.store.oauth_apps();
            let bound = apps.find(organization, renewed.oauth_app).await?;
            let (shared, kept) = match bound {
                Some(app) => match app.serves {
                    Serves::Person { user, fills } if user == person.user.id => {
                        (apps.find(organization, fills).await?, Some(app))
                    }
                    Serves::Person { .. } => (None, None),
                    _ => (Some(app), None),
                },
                None => (None, None),
            };
            if let Some(app) = shared.filter(OAuthApp::is_usable) {
                return Ok(vec![Counting {
                    because: "This connection was made through it and stays bound to it."
                        .to_owned(),
                    source: "bound",
                    app,
                    kept,
                }]);
            }
        }
        let choice = self
            .app_choice(organization, person.user.id, provider)
            .await?;
        let because = choice.in_words(None, self.provider_name(provider));
        let source = choice.code();
        let counting = choice.apps.into_iter().map(|app| Counting {
            app,
            kept: None,
            because: because.clone(),
            source,
        });
        Ok(counting.collect())
    }

    /// The app of a wish, if it counts for the person.
    pub(super) async fn wanted_app(
        &self,
        person: &Person,
        wanted: OAuthAppId,
        renewed: Option<&Connection>,
    ) -> Result<Counting> {
        let app = self
            .store
            .oauth_apps()
            .find(person.context.organization, wanted)
            .await?
            .filter(|app| !app.serves.is_personal())
            .ok_or_else(|| Error::not_found("OAuth app"))?;
        self.require_on(&person.organization, &app.provider)?;
        self.require_open_provider(person.context.organization, person.user.id, &app.provider)
            .await?;
        if renewed.is_some_and(|renewed| renewed.provider != app.provider) {
            return Err(Error::not_found("connection of this provider"));
        }
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
        self.counting(person, &app.provider, renewed)
            .await?
            .into_iter()
            .find(|counting| counting.app.id == wanted)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Forbidden,
                    "Another OAuth app counts for you. Nothing was begun.",
                )
                .with_hint(
                    WhoMustAct::Person,
                    "Begin again from the Connections page: it offers the one that counts and says why.",
                )
            })
    }
}
