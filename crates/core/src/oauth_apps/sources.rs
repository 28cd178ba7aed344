//! Where OAuth apps come from: people's groups, the organization, and the configuration of the installation (ADM-4).
//!
//! What the configuration says becomes a row of each organization, with a callback path of its own (decision 0027). Must
//! not know: configured secrets; the keeper reads them itself.

use super::{AppChoice, choose::choose, facts, origin};
use crate::{Hub, hub::event};
use gatelodge_keeper_client::{SaveOAuthApp, SecretChange};
use gatelodge_model::{
    AuditOutcome, Digest, OAuthApp, OAuthAppId, OrganizationId, Result, Serves, UserId, id::uuid_of,
};
use gatelodge_store::StoreError;
use serde_json::json;

/// An OAuth app that the configuration of the installation names for all organizations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceApp {
    /// Slug of the provider.
    pub provider: String,
    /// Name that the provider shows on its consent page.
    pub name: String,
    /// Public identifier at the provider.
    pub client_id: String,
    /// Sign-in host for everybody; none lets each person choose.
    pub auth_base_url: Option<String>,
}

/// The same id in every process, so that two that begin at once make one row.
fn id_of(organization: OrganizationId, provider: &str) -> OAuthAppId {
    let organization = organization.as_uuid();
    let digest = Digest::of(
        "gatelodge.instance-app.v1",
        &[organization.as_bytes(), provider.as_bytes()],
    );
    OAuthAppId::from_uuid(uuid_of(&digest))
}

impl Hub {
    /// The apps of an organization that people share, with what the configuration says now.
    pub(crate) async fn shared_apps(&self, organization: OrganizationId) -> Result<Vec<OAuthApp>> {
        let apps = self.store.oauth_apps().list(organization).await?;
        match self.configure_apps(organization, &apps, false).await {
            Ok(false) => Ok(apps),
            Ok(true) => Ok(self.store.oauth_apps().list(organization).await?),
            // The organization's own apps work whatever the configuration says.
            Err(error) => {
                tracing::warn!(%error, "the OAuth apps of the configuration are not taken over");
                Ok(apps)
            }
        }
    }

    /// The apps that count for a person, and why.
    pub(crate) async fn app_choice(
        &self,
        organization: OrganizationId,
        user: UserId,
        provider: &str,
    ) -> Result<AppChoice> {
        let mut apps = self.shared_apps(organization).await?;
        apps.retain(|app| app.provider == provider);
        let groups = self.store.groups().of_user(organization, user).await?;
        Ok(choose(&apps, &groups))
    }

    /// Takes the defaults of the configuration over into every organization, at the start: a secret may have changed
    /// there, which only the keeper sees.
    ///
    /// # Errors
    /// `misconfigured` for an unknown provider or a sign-in host that is none of its own; `store_unavailable`.
    pub async fn apply_configured_apps(&self) -> Result<()> {
        for organization in self.store.organizations().list().await? {
            let apps = self.store.oauth_apps().list(organization.id).await?;
            self.configure_apps(organization.id, &apps, true).await?;
        }
        Ok(())
    }

    /// Whether anything changed. With `always` the keeper is told again even where the row is as it should be.
    async fn configure_apps(
        &self,
        organization: OrganizationId,
        stored: &[OAuthApp],
        always: bool,
    ) -> Result<bool> {
        let configured = &self.settings.instance_apps;
        let mut changed = false;
        for known in stored.iter().filter(|app| app.serves == Serves::Instance) {
            let named = configured.iter().any(|app| app.provider == known.provider);
            if known.enabled && !named {
                let mut gone = known.clone();
                gone.enabled = false;
                self.write_configured(Some(known), gone).await?;
                changed = true;
            }
        }
        for app in configured {
            let wanted = self.wanted(organization, app)?;
            let known = stored.iter().find(|known| known.id == wanted.id);
            let same = known.is_some_and(|known| {
                (
                    known.enabled,
                    &known.client_id,
                    &known.name,
                    &known.auth_base_url,
                ) == (true, &wanted.client_id, &wanted.name, &wanted.auth_base_url)
            });
            if same && !always {
                continue;
            }
            self.keep_configured(known, wanted, same).await?;
            changed = true;
        }
        Ok(changed)
    }

    fn wanted(&self, organization: OrganizationId, app: &InstanceApp) -> Result<OAuthApp> {
        let provider = self.known_provider(&app.provider)?;
        let login = app
            .auth_base_url
            .as_deref()
            .map(|text| provider.parse_login_host(text))
            .transpose()?;
        let draft = self.draft(
            organization,
            id_of(organization, &app.provider),
            &app.provider,
        );
        Ok(OAuthApp {
            name: app.name.clone(),
            client_id: app.client_id.clone(),
            environment: login.as_ref().map(|login| login.environment),
            auth_base_url: login.map(|login| origin(&login.base)),
            serves: Serves::Instance,
            enabled: true,
            ..draft
        })
    }

    async fn keep_configured(
        &self,
        known: Option<&OAuthApp>,
        mut wanted: OAuthApp,
        same: bool,
    ) -> Result<()> {
        wanted.secret_fingerprint = self
            .keeper
            .save_oauth_app(SaveOAuthApp {
                organization: wanted.organization,
                app: wanted.id,
                provider: wanted.provider.clone(),
                client_id: wanted.client_id.clone(),
                client_secret: SecretChange::Configured,
            })
            .await?;
        if let Some(known) = known {
            wanted.created_at = known.created_at;
            if same && known.secret_fingerprint == wanted.secret_fingerprint {
                return Ok(());
            }
        }
        self.write_configured(known, wanted).await
    }

    async fn write_configured(&self, known: Option<&OAuthApp>, app: OAuthApp) -> Result<()> {
        let unit = self.store.begin(app.organization).await?;
        let written = match known {
            Some(_) => unit.oauth_apps().update(&app).await,
            None => unit.oauth_apps().insert(&app).await,
        };
        match written {
            Ok(()) => {}
            // Another process was faster with the same.
            Err(StoreError::Conflict { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let configured = event(
            &self.system_context(app.organization),
            "oauth_app.configured",
            app.id,
            AuditOutcome::Success,
            json!({ "before": known.map(facts), "after": facts(&app) }),
        );
        unit.commit(vec![configured]).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::{FixedClock, SeededRandom};

    #[test]
    fn each_organization_has_its_own_id_of_the_same_app() {
        // proves T9: the callback path of the default differs from organization to organization
        let (clock, random) = (FixedClock::at(1), SeededRandom::new(1));
        let here = OrganizationId::generate(&clock, &random);
        let there = OrganizationId::generate(&clock, &random);
        assert_eq!(id_of(here, "salesforce"), id_of(here, "salesforce"));
        assert_ne!(id_of(here, "salesforce"), id_of(there, "salesforce"));
        assert_ne!(id_of(here, "salesforce"), id_of(here, "github"));
    }
}
