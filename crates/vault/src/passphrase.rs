//! The operator's key from a passphrase: Argon2id (RFC 9106) with salt and cost that are kept beside the
//! data, so that the same passphrase gives the same key again.
//!
//! Must not know: who types it, or how often somebody may try.

use crate::{
    error::KeyError,
    key::{KEY_LENGTH, Kek},
};
use argon2::{Algorithm, Argon2, Params, Version};
use gatelodge_model::{Random, Secret};
use std::fmt;
use zeroize::Zeroizing;

/// 256 MiB and four passes: about a second, and more than RFC 9106 §4 asks for, because the result protects
/// everything and is computed once per start.
const MEMORY_KIB: u32 = 256 * 1024;
const PASSES: u32 = 4;
const LANES: u32 = 1;

/// Bounds of what is read back: a changed row must not make us allocate the machine away, nor make guessing
/// cheap.
const MEMORY_BOUNDS: std::ops::RangeInclusive<u32> = 8 * 1024..=4 * 1024 * 1024;
const PASSES_BOUNDS: std::ops::RangeInclusive<u32> = 1..=64;

const SALT_LENGTH: usize = 16;

/// The shortest passphrase that a new key is made from.
pub const SHORTEST_PASSPHRASE: usize = 16;

/// Salt and cost. Not secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassphraseParameters {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: [u8; SALT_LENGTH],
}

impl PassphraseParameters {
    /// New salt, the cost of today.
    pub fn generate(random: &dyn Random) -> Self {
        Self::with_cost(random, MEMORY_KIB, PASSES)
    }

    /// New salt and a cost of the caller's: for tests, which derive many keys.
    pub fn with_cost(random: &dyn Random, memory_kib: u32, passes: u32) -> Self {
        let mut salt = [0; SALT_LENGTH];
        random.fill(&mut salt);
        Self {
            memory_kib,
            passes,
            lanes: LANES,
            salt,
        }
    }

    /// Reads the stored form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("v1:argon2id:")?.split(':');
        let mut number = || parts.next()?.parse::<u32>().ok();
        let (memory_kib, passes, lanes) = (number()?, number()?, number()?);
        let mut salt = [0; SALT_LENGTH];
        hex::decode_to_slice(parts.next()?, &mut salt).ok()?;
        let sound = MEMORY_BOUNDS.contains(&memory_kib)
            && PASSES_BOUNDS.contains(&passes)
            && lanes == LANES
            && parts.next().is_none();
        sound.then_some(Self {
            memory_kib,
            passes,
            lanes,
            salt,
        })
    }

    /// The key of a passphrase. Takes about a second and much memory: not for an async thread.
    ///
    /// # Errors
    /// [`KeyError::Derivation`] when the memory is not to be had.
    pub fn kek(&self, passphrase: &Secret) -> Result<Kek, KeyError> {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_LENGTH))
            .map_err(|cause| KeyError::Derivation {
                cause: cause.to_string(),
            })?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(
                passphrase.expose().as_bytes(),
                &self.salt,
                bytes.as_mut_slice(),
            )
            .map_err(|cause| KeyError::Derivation {
                cause: cause.to_string(),
            })?;
        Ok(Kek::from_bytes(bytes))
    }
}

impl fmt::Display for PassphraseParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "v1:argon2id:{}:{}:{}:{}",
            self.memory_kib,
            self.passes,
            self.lanes,
            hex::encode(self.salt)
        )
    }
}

/// Whether a passphrase may become a key.
///
/// # Errors
/// [`KeyError::ShortPassphrase`].
pub fn check_new_passphrase(passphrase: &Secret) -> Result<(), KeyError> {
    let characters = passphrase.expose().chars().count();
    if characters < SHORTEST_PASSPHRASE {
        return Err(KeyError::ShortPassphrase {
            characters,
            least: SHORTEST_PASSPHRASE,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::SeededRandom;

    #[test]
    fn the_same_words_give_the_same_key_and_others_another() {
        // proves V3
        let random = SeededRandom::new(1);
        let parameters = PassphraseParameters::with_cost(&random, 8 * 1024, 1);
        let stored = parameters.to_string();
        let back = PassphraseParameters::parse(&stored).unwrap();
        assert_eq!(back, parameters);
        let words = Secret::new("correct horse battery staple");
        let key = parameters.kek(&words).unwrap();
        assert_eq!(back.kek(&words).unwrap().id(), key.id());
        let other = Secret::new("correct horse battery stapler");
        assert_ne!(back.kek(&other).unwrap().id(), key.id());
        let elsewhere = PassphraseParameters::with_cost(&random, 8 * 1024, 1);
        assert_ne!(elsewhere.kek(&words).unwrap().id(), key.id());
        assert!(!stored.contains("horse"));
    }

    #[test]
    fn a_changed_row_makes_neither_a_cheap_nor_an_endless_key() {
        let salt = "00".repeat(SALT_LENGTH);
        for text in [
            format!("v1:argon2id:1:1:1:{salt}"),
            format!("v1:argon2id:4294967295:1:1:{salt}"),
            format!("v1:argon2id:8192:0:1:{salt}"),
            format!("v1:argon2id:8192:1000:1:{salt}"),
            format!("v1:argon2id:8192:1:9:{salt}"),
            format!("v1:argon2id:8192:1:1:{salt}:x"),
            "v1:argon2id:8192:1:1:00".to_owned(),
            "v2".to_owned(),
        ] {
            assert_eq!(PassphraseParameters::parse(&text), None, "{text}");
        }
        assert!(PassphraseParameters::parse(&format!("v1:argon2id:8192:1:1:{salt}")).is_some());
    }

    #[test]
    fn a_short_passphrase_is_not_taken() {
        assert!(check_new_passphrase(&Secret::new("fifteen letters")).is_err());
        assert!(check_new_passphrase(&Secret::new("sixteen letters!")).is_ok());
    }
}
