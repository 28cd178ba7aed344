//! Values that an app leaves blank and each person gives when they connect (ADM-13). They become an OAuth app of that
//! one connection, which nobody else sees; the callback address is that of the app whose blanks they fill.
//!
//! Must not know: secrets beyond passing them on to the keeper.

use super::values;
use crate::{Hub, Person};
use gatelodge_keeper_client::{SaveOAuthApp, SecretChange};
use gatelodge_model::{Error, OAuthApp, OAuthAppId, OrganizationId, Result, Secret, Serves};
use gatelodge_store::Unit;

/// What a person gave; empty where nothing was asked.
#[derive(Debug, Clone, Default)]
pub struct OwnValues {
    /// Client id of a registration of their own.
    pub client_id: String,
    /// Client secret.
    pub client_secret: Option<Secret>,
}

impl OwnValues {
    fn client_secret(&self) -> Option<&Secret> {
        self.client_secret
            .as_ref()
            .filter(|secret| !secret.is_empty())
    }

    fn is_empty(&self) -> bool {
        self.client_id.trim().is_empty() && self.client_secret().is_none()
    }
}

impl Hub {
    /// The app to connect with: the shared one, or one of this person's with the blanks filled. `kept` is the one that
    /// the connection had before; what is left empty stays as it is there. The keeper has the values then, the row is
    /// the caller's to write.
    pub(crate) async fn app_with_own_values(
        &self,
        person: &Person,
        shared: &OAuthApp,
        kept: Option<OAuthApp>,
        own: &OwnValues,
    ) -> Result<OAuthApp> {
        let asks = shared.asks;
        if !asks.anything() {
            return Ok(shared.clone());
        }
        let mut app = match kept {
            Some(kept) if own.is_empty() => return Ok(kept),
            Some(kept) => kept,
            None => OAuthApp {
                id: self.new_oauth_app_id(),
                client_id: String::new(),
                secret_fingerprint: None,
                serves: Serves::Person {
                    user: person.user.id,
                    fills: shared.id,
                },
                created_at: self.now(),
                ..shared.clone()
            },
        };
        if !asks.client_id {
            app.client_id.clone_from(&shared.client_id);
        } else if app.client_id.is_empty() || !own.client_id.trim().is_empty() {
            app.client_id = values::client_id(&own.client_id)?;
        }
        let client_secret = match own.client_secret() {
            Some(secret) => {
                values::secret(secret)?;
                SecretChange::Set(secret.clone())
            }
            None if asks.client_secret && app.secret_fingerprint.is_none() => {
                return Err(Error::invalid(
                    "client_secret",
                    "Paste the client secret: this OAuth app asks each person for it.",
                ));
            }
            None => SecretChange::Keep,
        };
        app.updated_at = self.now();
        app.secret_fingerprint = self
            .keeper
            .save_oauth_app(SaveOAuthApp {
                organization: app.organization,
                app: app.id,
                provider: app.provider.clone(),
                client_id: app.client_id.clone(),
                client_secret,
            })
            .await?;
        Ok(app)
    }

    /// Forgets a person's values with the connection that they were for; whether there were any.
    pub(crate) async fn forget_own_values(
        &self,
        unit: &Unit,
        organization: OrganizationId,
        app: OAuthAppId,
    ) -> Result<Option<OAuthAppId>> {
        let found = unit.oauth_apps().find(organization, app).await?;
        let personal = found.filter(|app| app.serves.is_personal());
        if let Some(app) = &personal {
            unit.oauth_apps().delete(app.id).await?;
        }
        Ok(personal.map(|app| app.id))
    }

    /// The keeper's part of [`Hub::forget_own_values`], once the rows are gone.
    pub(crate) async fn forget_sealed_values(
        &self,
        organization: OrganizationId,
        app: Option<OAuthAppId>,
    ) -> Result<()> {
        if let Some(app) = app {
            self.keeper.delete_oauth_app(organization, app).await?;
        }
        Ok(())
    }
}
