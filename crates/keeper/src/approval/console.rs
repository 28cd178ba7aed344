//! What only the operator's console may do about approvals. It proves itself by having the key that all records
//! are sealed with, which the web role never has; no call of the keeper's trait leads here.
//!
//! Must not know: terminals, or how people and organizations are found.

use super::{
    ceremony::hash_of_code,
    folder::Folder,
    passkey::Enrolled,
    pins::Pins,
    records::{Records, Ring, Seal, Ticket, on_disk},
    view,
};
use crate::sealing::Sealing;
use gatelodge_keeper_client::{PasskeyHolder, PasskeyView};
use gatelodge_model::{
    Clock, Error, ErrorKind, OrganizationId, Random, Result, Secret, Timestamp, WhoMustAct,
};
use gatelodge_store::{Store, keeper::KeeperStore};
use gatelodge_vault::Vault;
use std::{path::PathBuf, sync::Arc};

/// How long a code is good.
const CODE_LIFE: chrono::TimeDelta = chrono::TimeDelta::minutes(30);

/// For how many passkeys a code is good: one to use, one to have when the first is lost.
const CODE_USES: u8 = 2;

/// Letters and digits that are not taken for each other.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Letters of a code; 5 bits each.
const CODE_LETTERS: usize = 24;

/// The operator's console.
pub struct Console {
    store: KeeperStore,
    sealing: Sealing,
    pins: Pins,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What the console shows of a person's passkeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsolePasskeys {
    /// The passkeys, oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// Until when a code is good, where there is one.
    pub code_until: Option<Timestamp>,
}

impl Console {
    /// Opens the console with the keeper's key and folder.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(
        store: Store,
        vault: Vault,
        folder: PathBuf,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> std::io::Result<Self> {
        let store = KeeperStore::new(store);
        Ok(Self {
            sealing: Sealing::new(vault, store.clone()),
            pins: Pins::new(Folder::open(folder)?),
            store,
            clock,
            random,
        })
    }

    fn records(&self) -> Records<'_> {
        Records {
            store: &self.store,
            sealing: &self.sealing,
            pins: &self.pins,
        }
    }

    /// Makes a code with which a person can enrol passkeys for a while. An older one ends.
    ///
    /// # Errors
    /// `integrity_error`, `store_unavailable`.
    pub async fn allow(&self, holder: PasskeyHolder) -> Result<(Secret, Timestamp)> {
        let mut bytes = [0; CODE_LETTERS];
        self.random.fill(&mut bytes);
        let letters: Vec<char> = bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
            .collect();
        let groups: Vec<String> = letters
            .chunks(6)
            .map(|group| group.iter().collect())
            .collect();
        let code = Secret::new(groups.join("-"));
        let expires_at = self.clock.now() + CODE_LIFE;
        let ticket = Ticket {
            code: hash_of_code(holder, &code),
            expires_at,
            left: CODE_USES,
        };
        self.records()
            .change::<Ring, _>(holder.organization, holder.user, |ring| {
                ring.ticket = Some(ticket.clone());
                ring.roster += 1;
                Ok(())
            })
            .await?;
        Ok((code, expires_at))
    }

    /// A person's passkeys.
    ///
    /// # Errors
    /// `integrity_error`, `store_unavailable`.
    pub async fn list(&self, holder: PasskeyHolder) -> Result<ConsolePasskeys> {
        let ring = self
            .records()
            .read::<Ring>(holder.organization, holder.user)
            .await?
            .value;
        let now = self.clock.now();
        Ok(ConsolePasskeys {
            passkeys: ring.passkeys.iter().map(view).collect(),
            code_until: ring
                .ticket
                .map(|ticket| ticket.expires_at)
                .filter(|end| *end > now),
        })
    }

    /// Removes a passkey, by its id or the name that only one has; also the last one. A waiting code ends with it.
    ///
    /// # Errors
    /// `not_found`; `conflict` when several have the name.
    pub async fn revoke(&self, holder: PasskeyHolder, passkey: &str) -> Result<PasskeyView> {
        self.records()
            .change::<Ring, _>(holder.organization, holder.user, |ring| {
                let meant =
                    |enrolled: &Enrolled| enrolled.id() == passkey || enrolled.name == passkey;
                let mut places = (0..ring.passkeys.len()).filter(|at| meant(&ring.passkeys[*at]));
                let place = places.next().ok_or_else(|| Error::not_found("passkey"))?;
                if places.next().is_some() {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        "Several passkeys have this name.",
                    )
                    .with_hint(
                        WhoMustAct::Operator,
                        "Give the id of the one that is meant.",
                    ));
                }
                ring.ticket = None;
                ring.roster += 1;
                Ok(view(&ring.passkeys.remove(place)))
            })
            .await
    }

    /// Switches sealed approvals on or off; whether that changed anything.
    ///
    /// # Errors
    /// `integrity_error`, `store_unavailable`.
    pub async fn set_sealed(&self, organization: OrganizationId, sealed: bool) -> Result<bool> {
        let now = self.clock.now();
        self.records()
            .change::<Seal, _>(organization, (), |seal| {
                let changes = seal.sealed != sealed;
                *seal = Seal {
                    sealed,
                    changed_at: Some(now),
                    changed_by: None,
                };
                Ok(changes)
            })
            .await
    }

    /// Whether an organization's approvals are sealed.
    ///
    /// # Errors
    /// `integrity_error`, `store_unavailable`.
    pub async fn is_sealed(&self, organization: OrganizationId) -> Result<bool> {
        let seal = self.records().read::<Seal>(organization, ()).await?;
        Ok(seal.value.sealed)
    }

    /// Takes the records of an organization as they are now, on this host: after a backup was restored on purpose.
    ///
    /// # Errors
    /// `misconfigured` when the folder cannot be used, `integrity_error` for a record that does not open.
    pub async fn accept(&self, organization: OrganizationId) -> Result<()> {
        let pins = self.pins.clone();
        on_disk(move || pins.forget(organization)).await?;
        self.records().see_all().await
    }
}
