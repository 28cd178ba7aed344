//! Loads, opens and stores connections' credentials, and remembers opened ones.
//!
//! Must not know: when a credential is refreshed or revoked.

use crate::{
    credential::Credential,
    egress::DestinationClass,
    failure,
    keeper::Inner,
    refresh::after_success,
    sealing::Place,
    slot::{Opened, Version},
};
use gatelodge_keeper_client::KeeperResult;
use gatelodge_model::{ConnectionId, Error, ErrorKind, OrganizationId, WhoMustAct};
use gatelodge_provider::Provider;
use gatelodge_store::keeper::{Adopted, CredentialRow, NewRecord, PendingRevocationRow};
use std::sync::Arc;
use tokio::time::Instant;
use url::Url;

/// How often a concurrent change is met before giving up.
const ATTEMPTS: usize = 5;

impl Inner {
    /// The opened credential, from memory where it is.
    pub(crate) async fn credential(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> KeeperResult<Arc<Opened>> {
        let slot = self.slots.of(organization, connection);
        if let Some(opened) = slot.opened() {
            return Ok(opened);
        }
        let row = self
            .row(organization, connection)
            .await?
            .ok_or_else(failure::not_connected)?;
        let opened = self.open_row(&row).await?;
        slot.state().opened = Some(Arc::clone(&opened));
        Ok(opened)
    }

    pub(crate) async fn row(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<Option<CredentialRow>, Error> {
        Ok(self
            .store
            .credentials()
            .load(organization, connection)
            .await?)
    }

    /// Opens a stored row and vets where it leads, because catalogue and settings may have changed.
    pub(crate) async fn open_row(&self, row: &CredentialRow) -> KeeperResult<Arc<Opened>> {
        let credential = self.unseal(row).await.map_err(failure::integrity)?;
        let provider = self.provider(&credential.provider)?;
        self.opened(
            row.organization,
            row.connection,
            version_of(row),
            None,
            credential,
            provider,
        )
    }

    /// The record of a row, without vetting.
    pub(crate) async fn unseal(&self, row: &CredentialRow) -> Result<Credential, Error> {
        let bytes = self
            .sealing
            .open(
                Place::Credential,
                row.organization,
                &row.connection,
                row.generation,
                &row.record,
            )
            .await?;
        Credential::from_bytes(&bytes)
    }

    pub(crate) fn opened(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        version: Version,
        granted_here: Option<Instant>,
        credential: Credential,
        provider: Arc<dyn Provider>,
    ) -> KeeperResult<Arc<Opened>> {
        let instance = &credential.instance_url;
        if !self.accepts(provider.as_ref(), &credential.login_base, instance) {
            let name = provider.manifest().name.clone();
            return Err(failure::host_refused(
                &name,
                instance.host_str().unwrap_or_default(),
            ));
        }
        let instance = self.egress.vet(DestinationClass::Provider, instance)?;
        Ok(Arc::new(Opened {
            organization,
            connection,
            version,
            granted_here,
            credential,
            instance,
            provider,
        }))
    }

    /// Whether an API base belongs to the provider and to the world that was signed in to: a practice org
    /// never leads to a real one, nor the other way round (O11).
    pub(crate) fn accepts(
        &self,
        provider: &dyn Provider,
        login_base: &Url,
        instance: &Url,
    ) -> bool {
        provider.accepts_instance(instance)
            && self
                .egress
                .vet(DestinationClass::Provider, instance)
                .is_ok()
            && self.egress.is_practice(login_base) == self.egress.is_practice(instance)
    }

    pub(crate) fn provider(&self, slug: &str) -> Result<Arc<dyn Provider>, Error> {
        self.catalogue.provider(slug).cloned().ok_or_else(|| {
            Error::new(
                ErrorKind::Misconfigured,
                format!("There is no provider '{slug}' in this version of Gatelodge."),
            )
        })
    }

    /// Stores the credential of a grant that was held in place of whatever is there, and gives what was there. One
    /// that does not open cannot be revoked and is given as none.
    pub(crate) async fn adopt_grant(
        &self,
        held: &PendingRevocationRow,
        credential: &Credential,
    ) -> Result<Option<Credential>, Error> {
        let (organization, connection) = (held.organization, held.connection);
        let bytes = credential.to_bytes()?;
        let provider = self.provider(&credential.provider)?;
        let profile = &provider.manifest().refresh;
        for _ in 0..ATTEMPTS {
            let row = self.row(organization, connection).await?;
            let previous = match &row {
                Some(row) => self.unseal_if_whole(row).await?,
                None => None,
            };
            let generation = row.map_or(1, |row| row.generation + 1);
            let sealed = self
                .sealing
                .seal(
                    Place::Credential,
                    organization,
                    &connection,
                    generation,
                    &bytes,
                )
                .await?;
            let new = NewRecord {
                record: sealed.record,
                key_id: sealed.key_id,
                provider: credential.provider.clone(),
                at: self.clock.now(),
                next_refresh_at: after_success(credential, profile, self.random.as_ref()),
            };
            let revocations = self.store.pending_revocations();
            match revocations.adopt(held, generation, new).await? {
                Adopted::Stored => {
                    self.slots.of(organization, connection).forget();
                    return Ok(previous);
                }
                Adopted::OtherGeneration => {}
                Adopted::Ending => {
                    return Err(Error::new(
                        ErrorKind::StateInvalid,
                        "Connecting took so long that the access is being ended again.",
                    )
                    .with_hint(WhoMustAct::Person, "Begin again from the connections page."));
                }
            }
        }
        Err(Error::new(
            ErrorKind::Conflict,
            "The credential is being changed by somebody else at the same time.",
        ))
    }

    async fn unseal_if_whole(&self, row: &CredentialRow) -> Result<Option<Credential>, Error> {
        match self.unseal(row).await {
            Ok(credential) => Ok(Some(credential)),
            Err(error) if error.kind() == ErrorKind::Integrity => {
                tracing::warn!(connection = %row.connection, "a credential that does not open is replaced");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Deletes a credential and forgets it.
    pub(crate) async fn delete_credential(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<bool, Error> {
        let existed = self
            .store
            .credentials()
            .delete(organization, connection)
            .await?;
        self.slots.of(organization, connection).forget();
        Ok(existed)
    }
}

pub(crate) fn version_of(row: &CredentialRow) -> Version {
    (row.generation, row.updated_at)
}
