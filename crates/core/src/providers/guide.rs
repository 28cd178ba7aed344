//! The setup guide of a provider with the values of this installation to copy.
//!
//! Must not know: secrets; nothing in a guide is one.

use crate::{
    Hub, OwnAddress, Person, ScopeView, oauth_apps::callback_url, people::require_overseer,
};
use gatelodge_model::{OAuthApp, OAuthAppId, Result};
use gatelodge_provider::Guide;

/// A guide and its values.
#[derive(Debug, Clone)]
pub struct SetupGuide {
    /// The provider's slug.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// The guide.
    pub guide: Guide,
    /// The OAuth app that is being set up; none where the organization has none, or several and none was named.
    pub app: Option<OAuthApp>,
    /// The organization's OAuth apps of this provider.
    pub apps: Vec<OAuthApp>,
    /// The callback addresses of the app, one for each public address.
    pub callbacks: Vec<String>,
    /// The scopes that are asked for.
    pub scopes: Vec<ScopeView>,
    /// Where this installation's requests come from.
    pub own_addresses: Vec<OwnAddress>,
    /// The command that writes the app as files.
    pub command: String,
}

impl Hub {
    /// The setup guide of a provider, for one of the organization's apps.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit; `not_found` for an unknown provider, or an app that
    /// is not one of it.
    pub async fn setup_guide(
        &self,
        person: &Person,
        provider: &str,
        app: Option<OAuthAppId>,
    ) -> Result<SetupGuide> {
        require_overseer(person)?;
        let provider = self.known_provider(provider)?;
        let manifest = provider.manifest();
        let mut apps = self.oauth_apps(person).await?;
        apps.retain(|known| known.provider == manifest.slug);
        let app = match (app, apps.as_slice()) {
            (Some(id), _) => Some(
                apps.iter()
                    .find(|known| known.id == id)
                    .cloned()
                    .ok_or_else(|| gatelodge_model::Error::not_found("OAuth app"))?,
            ),
            (None, [only]) => Some(only.clone()),
            (None, _) => None,
        };
        let callbacks = app
            .as_ref()
            .map_or_else(Vec::new, |app| self.callbacks_of(app));
        let slug = &manifest.slug;
        let named = app
            .as_ref()
            .map_or_else(String::new, |app| format!(" --app {}", app.id));
        Ok(SetupGuide {
            provider: slug.clone(),
            name: manifest.name.clone(),
            guide: Guide::parse(provider.guide())?,
            command: format!(
                "gatelodge {slug} app{named} --contact-email {} --out {slug}-app",
                person.user().email
            ),
            app,
            apps,
            callbacks,
            scopes: self.scopes_of(slug),
            own_addresses: self.settings().way_out.own_addresses.clone(),
        })
    }

    /// The callback addresses of an app, one for each public address.
    pub(crate) fn callbacks_of(&self, app: &OAuthApp) -> Vec<String> {
        let urls = self.settings().public_urls.iter();
        urls.map(|url| callback_url(url, &app.provider, app.id))
            .collect()
    }
}
