//! OAuth apps as the keeper holds them: client id and secret, sealed.
//!
//! Must not know: who administers them, or which connections use them; a connection carries its own copy of
//! the values that it was issued with (CON-30).

use crate::{
    credential::{BoundApp, from_bytes, optional_secret, to_bytes},
    keeper::Inner,
    sealing::Place,
};
use gatelodge_keeper_client::{KeeperResult, SaveOAuthApp, SecretChange};
use gatelodge_model::{Digest, Error, ErrorKind, OAuthAppId, OrganizationId, Secret};
use gatelodge_store::{StoreError, keeper::OAuthAppSecret};
use serde::{Deserialize, Serialize};

/// How often a concurrent change is met before giving up.
const ATTEMPTS: usize = 5;

/// Domain tag of fingerprints.
const FINGERPRINT_TAG: &str = "gatelodge.oauth-app-secret.v1";

/// How many digits of the hash people see.
const FINGERPRINT_DIGITS: usize = 8;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct AppRecord {
    provider: String,
    client_id: String,
    #[serde(serialize_with = "optional_secret")]
    client_secret: Option<Secret>,
}

impl Inner {
    pub(crate) async fn save_oauth_app(&self, app: SaveOAuthApp) -> KeeperResult<Option<String>> {
        for _ in 0..ATTEMPTS {
            let stored = self.load_oauth_app(app.organization, app.app).await?;
            let generation = stored.as_ref().map_or(1, |(_, generation)| generation + 1);
            let client_secret = match &app.client_secret {
                SecretChange::Keep => stored.and_then(|(record, _)| record.client_secret),
                SecretChange::Clear => None,
                SecretChange::Set(secret) => Some(secret.clone()),
                SecretChange::Configured => self.configured_secret(&app)?,
            };
            let fingerprint = client_secret.as_ref().map(fingerprint);
            let bytes = to_bytes(&AppRecord {
                provider: app.provider.clone(),
                client_id: app.client_id.clone(),
                client_secret,
            })?;
            let sealed = self
                .sealing
                .seal(
                    Place::OAuthApp,
                    app.organization,
                    &app.app,
                    generation,
                    &bytes,
                )
                .await?;
            let secret = OAuthAppSecret {
                generation,
                record: sealed.record,
            };
            let saved = self
                .store
                .oauth_app_secrets()
                .save(app.organization, app.app, secret)
                .await;
            match saved {
                Ok(()) => return Ok(fingerprint),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(Error::from(error).into()),
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "The OAuth app is being changed by somebody else at the same time.",
        )
        .into())
    }

    /// The secret that the configuration file names for a client id.
    fn configured_secret(&self, app: &SaveOAuthApp) -> Result<Option<Secret>, Error> {
        self.configured_apps
            .iter()
            .find(|known| known.provider == app.provider && known.client_id == app.client_id)
            .map(|known| known.client_secret.clone())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Misconfigured,
                    "The keeper's configuration does not name this OAuth app.",
                )
                .with_hint(
                    gatelodge_model::WhoMustAct::Operator,
                    "Start hub and keeper with the same [[oauth_apps]], then look again.",
                )
            })
    }

    pub(crate) async fn delete_oauth_app(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
    ) -> KeeperResult<()> {
        self.store
            .oauth_app_secrets()
            .delete(organization, app)
            .await
            .map_err(Error::from)?;
        Ok(())
    }

    /// The values of an OAuth app now, for a new flow with that provider.
    pub(crate) async fn bound_app(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
        provider: &str,
    ) -> Result<BoundApp, Error> {
        let record = self.load_oauth_app(organization, app).await?;
        let record = record
            .map(|(record, _)| record)
            .filter(|record| record.provider == provider);
        let Some(record) = record else {
            return Err(Error::new(
                ErrorKind::Misconfigured,
                "The keeper does not know this OAuth app.",
            )
            .with_hint(
                gatelodge_model::WhoMustAct::Admin,
                "Save the OAuth app again, with its client id and secret.",
            ));
        };
        Ok(BoundApp {
            id: app,
            client_id: record.client_id,
            client_secret: record.client_secret,
        })
    }

    async fn load_oauth_app(
        &self,
        organization: OrganizationId,
        app: OAuthAppId,
    ) -> Result<Option<(AppRecord, i64)>, Error> {
        let Some(row) = self
            .store
            .oauth_app_secrets()
            .load(organization, app)
            .await?
        else {
            return Ok(None);
        };
        let bytes = self
            .sealing
            .open(
                Place::OAuthApp,
                organization,
                &app,
                row.generation,
                &row.record,
            )
            .await?;
        Ok(Some((from_bytes(&bytes)?, row.generation)))
    }
}

fn fingerprint(secret: &Secret) -> String {
    let digest = Digest::of(FINGERPRINT_TAG, &[secret.expose().as_bytes()]).to_string();
    digest.chars().take(FINGERPRINT_DIGITS).collect()
}
