//! Wraps and unwraps data keys with the operator's key, and seals and opens records with data keys.
//!
//! Must not know: which rows exist.

use crate::{
    error::{KeyError, VaultError},
    key::{DataKey, KEY_LENGTH, Kek, KeyId},
    provider::KeyProvider,
    record::{self, Context},
};
use gatelodge_model::{Digest, OrganizationId, Random};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// Domain tag of key-check values.
const CHECK_TAG: &str = "gatelodge.key-check.v1";

/// The operator's key at work.
#[derive(Clone)]
pub struct Vault {
    kek: Kek,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({:?})", self.kek)
    }
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
        Self { kek, random }
    }

    /// The id of the operator's key.
    pub fn kek_id(&self) -> KeyId {
        self.kek.id()
    }

    /// What to keep beside the data, so that another key is noticed before it does anything.
    pub fn check_value(&self) -> String {
        let digest = Digest::of(CHECK_TAG, &[self.kek.bytes()]);
        format!("v1:{}:{digest}", self.kek.id())
    }

    /// Compares the key with the kept value.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] names both keys; [`KeyError::DamagedCheck`].
    pub fn verify_check_value(&self, stored: &str) -> Result<(), KeyError> {
        if stored == self.check_value() {
            return Ok(());
        }
        let given = self.kek.id();
        let expected = stored
            .strip_prefix("v1:")
            .and_then(|rest| rest.split_once(':'))
            .filter(|(_, digest)| digest.parse::<Digest>().is_ok())
            .and_then(|(id, _)| KeyId::parse(id));
        match expected {
            Some(expected) if expected != given => Err(KeyError::WrongKey { expected, given }),
            _ => Err(KeyError::DamagedCheck { given }),
        }
    }

    /// Makes a data key and wraps it for its place.
    ///
    /// # Errors
    /// [`VaultError::Seal`].
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
        record::seal(
            self.kek.bytes(),
            self.kek.id(),
            &place_of(organization, purpose, epoch),
            key.bytes(),
            self.random.as_ref(),
        )
    }

    /// Unwraps a data key at its place.
    ///
    /// # Errors
    /// [`VaultError::Integrity`] for a changed or moved one, and for one that another key wrapped
    /// ([`crate::key_id_of`] tells which).
    pub fn unwrap_key(
        &self,
        wrapped: &[u8],
        organization: OrganizationId,
        purpose: &str,
        epoch: i64,
    ) -> Result<DataKey, VaultError> {
        let place = place_of(organization, purpose, epoch);
        let opened = record::open(self.kek.bytes(), self.kek.id(), &place, wrapped)?;
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
        let stored = ours.check_value();
        assert!(ours.verify_check_value(&stored).is_ok());
        let error = other.verify_check_value(&stored).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, KeyError::WrongKey { .. }));
        assert!(message.contains(&ours.kek_id().to_string()));
        assert!(message.contains(&other.kek_id().to_string()));
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
            prop_assert_eq!(crate::key_id_of(&record), Some(key.id()));
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
