//! Whether this installation may send at all (R16): a copy that was restored from a backup must not, because
//! one refresh with an old token ends the grant that the original still uses.
//!
//! What lets an installation send is a record that only the keeper can seal, bound to the installation's
//! identity; a restore gives a copy another identity and no such record. Nothing in clear can open the door.
//! Must not know: what is sent.

use crate::{
    egress::Door,
    failure,
    sealing::{ACTIVATION, Place, Sealing},
};
use gatelodge_model::{
    AttentionReason, Clock, ConnectionId, Error, ErrorKind, OrganizationId, Random, SealedId,
    UserId, id::new_uuid,
};
use gatelodge_store::{
    Instance, Restored, Store,
    keeper::{KeeperStore, SealedRecord},
};
use gatelodge_vault::Vault;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use uuid::Uuid;

/// The record belongs to the installation, not to an organization.
const NO_ORGANIZATION: OrganizationId = OrganizationId::from_uuid(Uuid::nil());

/// Such a record is sealed once.
const GENERATION: i64 = 1;

/// Keeps a restored copy from sending.
pub(crate) struct Quarantine {
    store: KeeperStore,
    sealing: Arc<Sealing>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// Never closed again: only a restore makes a copy, and it needs an empty database.
    open: AtomicBool,
}

impl Quarantine {
    pub(crate) fn new(
        store: KeeperStore,
        sealing: Arc<Sealing>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            store,
            sealing,
            clock,
            random,
            open: AtomicBool::new(false),
        }
    }

    /// Looks at every try while it is closed, so that an activation counts without a restart.
    pub(crate) async fn pass(&self) -> Result<(), Error> {
        if self.open.load(Ordering::Acquire) {
            return Ok(());
        }
        let instance = self.instance().await?.ok_or_else(failure::restored_copy)?;
        if !self.is_activated(&instance).await? {
            return Err(failure::restored_copy());
        }
        self.open.store(true, Ordering::Release);
        Ok(())
    }

    /// The installation. A database without any credential has nothing to protect and gets its name now; one
    /// that has credentials and no name was filled by somebody else.
    async fn instance(&self) -> Result<Option<Instance>, Error> {
        let settings = self.store.store().settings();
        if let Some(instance) = settings.instance().await? {
            return Ok(Some(instance));
        }
        if self.store.credentials().any().await? {
            return Ok(None);
        }
        let first = self
            .activated(new_uuid(self.clock.as_ref(), self.random.as_ref()))
            .await?;
        Ok(Some(settings.instance_or(&first).await?))
    }

    async fn is_activated(&self, instance: &Instance) -> Result<bool, Error> {
        let Some(id) = instance.activation else {
            return Ok(false);
        };
        let record = self
            .store
            .sealed_records()
            .load(NO_ORGANIZATION, id)
            .await?
            .filter(|record| record.kind == ACTIVATION);
        let Some(record) = record else {
            return Ok(false);
        };
        let opened = self
            .sealing
            .open(
                Place::Activation,
                NO_ORGANIZATION,
                &id,
                GENERATION,
                &record.record,
            )
            .await;
        match opened {
            Ok(bytes) => Ok(*bytes == *leave(instance.id)),
            Err(error) if error.kind() == ErrorKind::Integrity => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Seals the leave to send for an identity.
    async fn activated(&self, instance: Uuid) -> Result<Instance, Error> {
        let id = SealedId::generate(self.clock.as_ref(), self.random.as_ref());
        let sealed = self
            .sealing
            .seal(
                Place::Activation,
                NO_ORGANIZATION,
                &id,
                GENERATION,
                &leave(instance),
            )
            .await?;
        self.store
            .sealed_records()
            .insert(SealedRecord {
                id,
                organization: NO_ORGANIZATION,
                kind: ACTIVATION.to_owned(),
                user: UserId::from_uuid(Uuid::nil()),
                agent: None,
                record: sealed.record,
                created_at: self.clock.now(),
                purge_after: None,
            })
            .await?;
        Ok(Instance {
            id: instance,
            activation: Some(id),
            restored: None,
        })
    }
}

#[async_trait::async_trait]
impl Door for Quarantine {
    async fn pass(&self) -> Result<(), Error> {
        Self::pass(self).await
    }
}

fn leave(instance: Uuid) -> Vec<u8> {
    format!("this installation may send: {instance}").into_bytes()
}

/// Lets a restored copy send, and tells where it came from. It takes the operator's key, so it is done on the
/// console and nowhere else. A keeper that runs meanwhile notices it at its next try. Before that, `spent` connections
/// are ended: the original has replaced their tokens, and whoever tries one of those ends the grant that lives.
///
/// # Errors
/// `conflict` for an installation that may send already, `store_unavailable`, or what is wrong with the key.
pub async fn activate(
    store: Store,
    vault: Vault,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    spent: &[(OrganizationId, ConnectionId)],
) -> Result<Option<Restored>, Error> {
    let store = KeeperStore::new(store);
    let sealing = Arc::new(Sealing::new(vault, store.clone()));
    let quarantine = Quarantine::new(store, sealing, clock, random);
    let before = quarantine.instance().await?;
    if let Some(instance) = &before
        && quarantine.is_activated(instance).await?
    {
        return Err(Error::new(
            ErrorKind::Conflict,
            "This installation is no restored copy, or it was activated before.",
        ));
    }
    let id = match &before {
        Some(instance) => instance.id,
        None => new_uuid(quarantine.clock.as_ref(), quarantine.random.as_ref()),
    };
    let credentials = quarantine.store.credentials();
    for (organization, connection) in spent {
        credentials
            .end(*organization, *connection, AttentionReason::LostRotation)
            .await?;
    }
    let activated = quarantine.activated(id).await?;
    quarantine
        .store
        .store()
        .settings()
        .set_instance(&activated)
        .await?;
    Ok(before.and_then(|instance| instance.restored))
}
