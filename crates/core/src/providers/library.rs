//! The library of providers: each with its state and where its OAuth app comes from (ADM-1, ADM-12).
//!
//! Must not know: pages.

use crate::{Hub, Person, oauth_apps::AppChoice, people::require_overseer};
use gatelodge_model::{Error, OAuthApp, Result, Serves, Switch};

/// All providers, or those that a search finds.
#[derive(Debug, Clone)]
pub struct Library {
    /// Whether integrations as a whole are on.
    pub integrations_on: bool,
    /// In the order of the catalogue.
    pub entries: Vec<ProviderEntry>,
}

/// A provider in the library.
#[derive(Debug, Clone)]
pub struct ProviderEntry {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// In a sentence.
    pub summary: String,
    /// Products that the same sign-in serves.
    pub products: Vec<String>,
    /// What it can do.
    pub capabilities: Vec<String>,
    /// Whether its own switch is on.
    pub on: bool,
    /// The switch that keeps it from being used; none where it can be.
    pub off: Option<Switch>,
    /// Its OAuth apps that people share: of groups, the organization, the installation.
    pub apps: Vec<OAuthApp>,
}

impl ProviderEntry {
    /// Whether values are missing before anybody can connect.
    pub fn setup_required(&self) -> bool {
        !self.apps.iter().any(OAuthApp::is_usable)
    }

    /// Where most people's OAuth app comes from; none while nobody has one.
    pub fn source(&self) -> Option<Serves> {
        let has = |serves: Serves| {
            let mut usable = self.apps.iter().filter(|app| app.is_usable());
            usable.any(|app| app.serves == serves)
        };
        [Serves::Organization, Serves::Instance]
            .into_iter()
            .find(|serves| has(*serves))
    }

    fn matches(&self, search: &str) -> bool {
        let texts = [&self.slug, &self.name, &self.summary];
        let all = texts
            .into_iter()
            .chain(&self.products)
            .chain(&self.capabilities);
        let wanted = search.to_lowercase();
        wanted
            .split_whitespace()
            .all(|word| all.clone().any(|text| text.to_lowercase().contains(word)))
    }
}

impl Hub {
    /// The providers that a search finds; all of them where it is empty.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub async fn providers(&self, person: &Person, search: &str) -> Result<Library> {
        require_overseer(person)?;
        let organization = &person.organization;
        let apps = self.shared_apps(organization.id).await?;
        let entries = self.catalogue.providers().map(|provider| {
            let manifest = provider.manifest();
            ProviderEntry {
                slug: manifest.slug.clone(),
                name: manifest.name.clone(),
                summary: manifest.summary.clone(),
                products: manifest.products.clone(),
                capabilities: manifest.capabilities.clone(),
                on: !organization.off.providers.contains(&manifest.slug),
                off: organization.off.by(&manifest.slug),
                apps: apps
                    .iter()
                    .filter(|app| app.provider == manifest.slug)
                    .cloned()
                    .collect(),
            }
        });
        Ok(Library {
            integrations_on: !organization.off.integrations,
            entries: entries.filter(|entry| entry.matches(search)).collect(),
        })
    }

    /// One provider.
    ///
    /// # Errors
    /// `not_found`; as [`Hub::providers`].
    pub async fn provider_entry(&self, person: &Person, slug: &str) -> Result<ProviderEntry> {
        let library = self.providers(person, "").await?;
        library
            .entries
            .into_iter()
            .find(|entry| entry.slug == slug)
            .ok_or_else(|| Error::not_found("provider"))
    }

    /// Which apps of a provider count for somebody of the organization, and why, in words.
    ///
    /// # Errors
    /// `invalid_argument` when nobody has this e-mail; `forbidden`, `not_found` for an unknown provider.
    pub async fn app_choice_of(
        &self,
        person: &Person,
        provider: &str,
        email: &str,
    ) -> Result<(AppChoice, String)> {
        require_overseer(person)?;
        let name = &self.known_provider(provider)?.manifest().name;
        let organization = person.context.organization;
        let user = self
            .store
            .users()
            .find_by_email(&email.trim().to_lowercase())
            .await?
            .filter(|user| user.organization == organization && user.removed_at.is_none())
            .ok_or_else(|| {
                Error::invalid(
                    "email",
                    "Nobody in this organization has this e-mail address.",
                )
            })?;
        let choice = self.app_choice(organization, user.id, provider).await?;
        let words = choice.in_words(Some(&user.name), name);
        Ok((choice, words))
    }
}
