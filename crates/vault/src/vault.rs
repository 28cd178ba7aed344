//! Wraps and unwraps data keys with the operator's key, and seals and opens records with data keys.
//!
//! Must not know: which rows exist.

use crate::{
    error::{KeyError, VaultError},
    key::{DataKey, KEY_LENGTH, Kek, KeyId},
    provider::KeyProvider,
    record::{self, Context, key_id_of},
    ring::KeyRing,
};
use gatelodge_model::{Digest, OrganizationId, Random};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// Domain tag of key-check values.
const CHECK_TAG: &str = "gatelodge.key-check.v1";

/// The operator's keys at work. Clones share them: what is unlocked for one is unlocked for all.
#[derive(Clone)]
pub struct Vault {
    ring: Arc<KeyRing>,
    sources: Arc<[Arc<dyn KeyProvider>]>,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({:?})", self.ring.all())
    }
}

fn check_value_of(kek: &Kek) -> String {
    let digest = Digest::of(CHECK_TAG, &[kek.bytes()]);
    format!("v1:{}:{digest}", kek.id())
}

/// The key that a stored key-check value belongs to, as far as it can be read.
pub fn key_of_check_value(stored: &str) -> Option<KeyId> {
    stored
        .strip_prefix("v1:")
        .and_then(|rest| rest.split_once(':'))
        .filter(|(_, digest)| digest.parse::<Digest>().is_ok())
        .and_then(|(id, _)| KeyId::parse(id))
}

/// The place of a wrapped data key.
fn place_of(organization: OrganizationId, purpose: &str, epoch: i64) -> Context {
    Context::new(organization, "data_keys", &purpose, "wrapped", epoch)
}

impl Vault {
    /// Fetches the key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn unlock(provider: &dyn KeyProvider, random: Arc<dyn Random>) -> Result<Self, KeyError> {
        Ok(Self::new(provider.kek()?, random))
    }

    /// Takes over a key.
    pub fn new(kek: Kek, random: Arc<dyn Random>) -> Self {
        Self {
            ring: Arc::new(KeyRing::of(kek)),
            sources: Arc::new([]),
            random,
        }
    }

    /// Without a key: nothing seals or opens until one is added.
    pub fn sealed(random: Arc<dyn Random>) -> Self {
        Self {
            ring: Arc::new(KeyRing::default()),
            sources: Arc::new([]),
            random,
        }
    }

    /// Remembers where keys may be found later: a key that is put there while the keeper runs is taken up
    /// when it is needed.
    #[must_use]
    pub fn with_sources(mut self, sources: Vec<Arc<dyn KeyProvider>>) -> Self {
        self.sources = sources.into();
        self
    }

    /// Adds the key of this id if it is held by now or a source has it; whether it is held then.
    pub fn look_for(&self, id: KeyId) -> bool {
        self.holds(id)
            || self
                .sources
                .iter()
                .any(|source| self.take_from(source.as_ref(), id))
    }

    /// Adds a source's key if it has this id; whether it has.
    pub fn take_from(&self, source: &dyn KeyProvider, id: KeyId) -> bool {
        match source.kek() {
            Ok(kek) if kek.id() == id => {
                self.ring.add(kek);
                true
            }
            _ => false,
        }
    }

    /// Where keys may be found.
    pub fn sources(&self) -> &[Arc<dyn KeyProvider>] {
        &self.sources
    }

    /// Whether there is no key.
    pub fn is_sealed(&self) -> bool {
        self.ring.current().is_none()
    }

    /// The id of the key that wraps; `None` while sealed.
    pub fn kek_id(&self) -> Option<KeyId> {
        self.ring.current().map(|kek| kek.id())
    }

    /// The ids of all keys in memory, the one that wraps first.
    pub fn held(&self) -> Vec<KeyId> {
        self.ring.all().iter().map(Kek::id).collect()
    }

    /// Whether a key is in memory.
    pub fn holds(&self, id: KeyId) -> bool {
        self.ring.find(id).is_some()
    }

    /// Adds a key that unwraps; the first one also wraps.
    pub fn add(&self, kek: Kek) {
        self.ring.add(kek);
    }

    /// Makes a held key the one that wraps; whether it is held.
    pub fn prefer(&self, id: KeyId) -> bool {
        self.ring.prefer(id)
    }

    /// Forgets a key that does not wrap any more.
    pub fn forget(&self, id: KeyId) {
        self.ring.forget(id);
    }

    /// Forgets every key.
    pub fn seal_up(&self) {
        self.ring.clear();
    }

    /// What to keep beside the data, so that another key is noticed before it does anything; `None` while
    /// sealed.
    pub fn check_value(&self) -> Option<String> {
        self.ring.current().as_ref().map(check_value_of)
    }

    /// The key-check value of a held key.
    pub fn check_value_of(&self, id: KeyId) -> Option<String> {
        self.ring.find(id).as_ref().map(check_value_of)
    }

    /// Compares the keys with the kept value, and lets the one that it names wrap.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] names both keys; [`KeyError::DamagedCheck`], [`KeyError::Sealed`].
    pub fn verify_check_value(&self, stored: &str) -> Result<(), KeyError> {
        let given = self.kek_id().ok_or(KeyError::Sealed)?;
        let fitting = self
            .ring
            .all()
            .iter()
            .find(|kek| stored == check_value_of(kek))
            .map(Kek::id);
        if let Some(fitting) = fitting {
            self.ring.prefer(fitting);
            return Ok(());
        }
        match key_of_check_value(stored) {
            Some(expected) if !self.holds(expected) => Err(KeyError::WrongKey { expected, given }),
            _ => Err(KeyError::DamagedCheck { given }),
        }
    }

    /// Makes a data key and wraps it for its place.
    ///
    /// # Errors
    /// [`VaultError::Seal`], [`VaultError::Sealed`].
    pub fn new_data_key(
        &self,
        organization: OrganizationId,
        purpose: &str,
        epoch: i64,
    ) -> Result<(DataKey, Vec<u8>), VaultError> {
        let key = DataKey::generate(self.random.as_ref());
        let wrapped = self.wrap_key(&key, organization, purpose, epoch)?;
        Ok((key, wrapped))
    }

    /// Wraps a data key for its place.
    ///
    /// # Errors
    /// [`VaultError::Seal`].
    pub fn wrap_key(
        &self,
        key: &DataKey,
        organization: OrganizationId,
        purpose: &str,
        epoch: i64,
    ) -> Result<Vec<u8>, VaultError> {
        let kek = self.ring.current().ok_or(VaultError::Sealed)?;
        record::seal(
            kek.bytes(),
            kek.id(),
            &place_of(organization, purpose, epoch),
            key.bytes(),
            self.random.as_ref(),
        )
    }

    /// Unwraps a data key at its place.
    ///
    /// # Errors
    /// [`VaultError::Integrity`] for a changed or moved one, and for one that a key wrapped which is not held
    /// ([`crate::key_id_of`] tells which); [`VaultError::Sealed`].
    pub fn unwrap_key(
        &self,
        wrapped: &[u8],
        organization: OrganizationId,
        purpose: &str,
        epoch: i64,
    ) -> Result<DataKey, VaultError> {
        let place = place_of(organization, purpose, epoch);
        let wrapping = self.ring.current().ok_or(VaultError::Sealed)?;
        let kek = key_id_of(wrapped)
            .and_then(|id| self.ring.find(id))
            .unwrap_or(wrapping);
        let opened = record::open(kek.bytes(), kek.id(), &place, wrapped)?;
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        if opened.len() != KEY_LENGTH {
            return Err(VaultError::Integrity);
        }
        bytes.copy_from_slice(&opened);
        Ok(DataKey::from_bytes(bytes))
    }

    /// Seals a record for its place.
    ///
    /// # Errors
    /// [`VaultError::Seal`].
    pub fn seal(
        &self,
        key: &DataKey,
        context: &Context,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        record::seal(
            key.bytes(),
            key.id(),
            context,
            plaintext,
            self.random.as_ref(),
        )
    }

    /// Opens a record at its place.
    ///
    /// # Errors
    /// [`VaultError::Integrity`].
    #[expect(
        clippy::unused_self,
        reason = "whoever opens records holds an unlocked vault"
    )]
    pub fn open(
        &self,
        key: &DataKey,
        context: &Context,
        record: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        record::open(key.bytes(), key.id(), context, record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::{
        Error, ErrorKind,
        clock::testing::{FixedClock, SeededRandom},
    };
    use proptest::prelude::*;

    fn vault(seed: u64) -> Vault {
        let random = Arc::new(SeededRandom::new(seed));
        Vault::new(Kek::generate(random.as_ref()), random)
    }

    fn organization(seed: u64) -> OrganizationId {
        OrganizationId::generate(&FixedClock::at(0), &SeededRandom::new(seed))
    }

    fn place(generation: i64) -> Context {
        Context::new(
            organization(1),
            "credentials",
            &"con_1",
            "record",
            generation,
        )
    }

    #[test]
    fn another_key_is_refused_by_name() {
        // proves V3
        let (ours, other) = (vault(1), vault(2));
        let stored = ours.check_value().unwrap();
        assert!(ours.verify_check_value(&stored).is_ok());
        let error = other.verify_check_value(&stored).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, KeyError::WrongKey { .. }));
        assert!(message.contains(&ours.kek_id().unwrap().to_string()));
        assert!(message.contains(&other.kek_id().unwrap().to_string()));
        for damaged in ["", "v1:", "v1:00:11", &stored[..stored.len() - 1]] {
            let error = ours.verify_check_value(damaged).unwrap_err();
            assert!(matches!(error, KeyError::DamagedCheck { .. }), "{damaged}");
        }
    }

    #[test]
    fn data_keys_unwrap_only_at_their_place_and_with_their_key() {
        // proves T7, V2
        let (vault, other) = (vault(3), vault(4));
        let (key, wrapped) = vault
            .new_data_key(organization(1), "credentials", 1)
            .unwrap();
        let back = vault
            .unwrap_key(&wrapped, organization(1), "credentials", 1)
            .unwrap();
        assert_eq!(back.id(), key.id());
        let foreign = [
            vault.unwrap_key(&wrapped, organization(2), "credentials", 1),
            vault.unwrap_key(&wrapped, organization(1), "customer_data", 1),
            vault.unwrap_key(&wrapped, organization(1), "credentials", 2),
            other.unwrap_key(&wrapped, organization(1), "credentials", 1),
        ];
        for result in foreign {
            assert_eq!(result.unwrap_err(), VaultError::Integrity);
        }
    }

    #[test]
    fn while_keys_are_replaced_both_unwrap_and_the_checked_one_wraps() {
        // proves V6
        let (old, new) = (vault(11), vault(12));
        let here = organization(1);
        let (key, wrapped) = old.new_data_key(here, "credentials", 1).unwrap();
        let both = old.clone();
        both.add(new.ring.current().unwrap());
        assert_eq!(both.kek_id(), old.kek_id());
        both.verify_check_value(&new.check_value().unwrap())
            .unwrap();
        assert_eq!(both.kek_id(), new.kek_id());
        let back = both.unwrap_key(&wrapped, here, "credentials", 1).unwrap();
        assert_eq!(back.id(), key.id());
        let again = both.wrap_key(&back, here, "credentials", 1).unwrap();
        let opened = new.unwrap_key(&again, here, "credentials", 1).unwrap();
        assert_eq!(opened.id(), key.id());
    }

    #[test]
    fn without_a_key_nothing_seals_or_opens() {
        // proves V4
        let open = vault(13);
        let here = organization(1);
        let (_, wrapped) = open.new_data_key(here, "credentials", 1).unwrap();
        let sealed = Vault::sealed(Arc::new(SeededRandom::new(1)));
        assert!(sealed.is_sealed() && sealed.check_value().is_none());
        let made = sealed.new_data_key(here, "credentials", 1);
        assert_eq!(made.unwrap_err(), VaultError::Sealed);
        let opened = sealed.unwrap_key(&wrapped, here, "credentials", 1);
        assert_eq!(opened.unwrap_err(), VaultError::Sealed);
        let shared = sealed.clone();
        sealed.add(open.ring.current().unwrap());
        assert!(shared.unwrap_key(&wrapped, here, "credentials", 1).is_ok());
        open.seal_up();
        assert!(open.is_sealed());
    }

    #[test]
    fn an_integrity_fault_reaches_callers_as_such() {
        assert_eq!(
            Error::from(VaultError::Integrity).kind(),
            ErrorKind::Integrity
        );
    }

    proptest! {
        #[test]
        fn records_round_trip_and_show_nothing(plaintext in proptest::collection::vec(any::<u8>(), 0..300)) {
            // proves CRED-1, V1
            let vault = vault(5);
            let key = DataKey::generate(&SeededRandom::new(6));
            let record = vault.seal(&key, &place(1), &plaintext).unwrap();
            prop_assert_eq!(key_id_of(&record), Some(key.id()));
            prop_assert_eq!(&*vault.open(&key, &place(1), &record).unwrap(), &plaintext);
            if plaintext.len() >= 8 {
                prop_assert!(!record.windows(plaintext.len()).any(|window| window == plaintext));
            }
            // The same text twice: other nonce, other bytes.
            prop_assert_ne!(vault.seal(&key, &place(1), &plaintext).unwrap(), record);
        }

        #[test]
        fn any_changed_bit_is_noticed(
            plaintext in proptest::collection::vec(any::<u8>(), 0..80),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
        ) {
            // proves V2
            let vault = vault(5);
            let key = DataKey::generate(&SeededRandom::new(6));
            let mut record = vault.seal(&key, &place(1), &plaintext).unwrap();
            let at = at.index(record.len());
            record[at] ^= 1 << bit;
            prop_assert_eq!(vault.open(&key, &place(1), &record).unwrap_err(), VaultError::Integrity);
        }

        #[test]
        fn a_cut_or_longer_record_is_noticed(
            plaintext in proptest::collection::vec(any::<u8>(), 0..80),
            at in any::<prop::sample::Index>(),
        ) {
            // proves V2
            let vault = vault(5);
            let key = DataKey::generate(&SeededRandom::new(6));
            let mut record = vault.seal(&key, &place(1), &plaintext).unwrap();
            let cut = at.index(record.len());
            prop_assert_eq!(vault.open(&key, &place(1), &record[..cut]).unwrap_err(), VaultError::Integrity);
            record.push(0);
            prop_assert_eq!(vault.open(&key, &place(1), &record).unwrap_err(), VaultError::Integrity);
        }

        #[test]
        fn a_record_opens_at_its_own_place_only(
            row in "[a-z_]{0,6}", generation in any::<i64>(), seed in 2_u64..1000, which in 0_usize..6,
        ) {
            // proves T7, V2
            let vault = vault(5);
            let key = DataKey::generate(&SeededRandom::new(6));
            let here = Context::new(organization(1), "credentials", &row, "record", generation);
            let record = vault.seal(&key, &here, b"secret").unwrap();
            let elsewhere = match which {
                0 => Context { organization: organization(seed), ..here },
                1 => Context { table: "sealed_records", ..here },
                2 => Context { row: format!("{row}x"), ..here },
                3 => Context { column: "other", ..here },
                4 => Context { generation: generation.wrapping_add(1), ..here },
                // The border between two parts moves; the text behind each other stays the same.
                _ => Context { table: "credential", row: format!("s{row}"), ..here },
            };
            prop_assert_eq!(vault.open(&key, &elsewhere, &record).unwrap_err(), VaultError::Integrity);
            let other = DataKey::generate(&SeededRandom::new(seed + 6));
            let home = Context::new(organization(1), "credentials", &row, "record", generation);
            prop_assert_eq!(vault.open(&other, &home, &record).unwrap_err(), VaultError::Integrity);
        }
    }
}
