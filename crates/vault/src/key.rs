//! Keys in memory: wiped when dropped, never printed, known by an id that tells nothing about them.
//!
//! Must not know: where keys come from or what they seal.

use gatelodge_model::{Digest, Random};
use std::fmt;
use zeroize::Zeroizing;

/// Domain tag of key ids.
const ID_TAG: &str = "gatelodge.key-id.v1";

/// Bytes of a key: AES-256.
pub(crate) const KEY_LENGTH: usize = 32;

/// Bytes of a key id.
pub(crate) const ID_LENGTH: usize = 8;

/// The first bytes of a tagged hash of a key: the key is random, so its hash gives nothing away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub(crate) [u8; ID_LENGTH]);

impl KeyId {
    fn of(key: &[u8; KEY_LENGTH]) -> Self {
        let digest = Digest::of(ID_TAG, &[key]);
        let mut id = [0; ID_LENGTH];
        id.copy_from_slice(&digest.as_bytes()[..ID_LENGTH]);
        Self(id)
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut id = [0; ID_LENGTH];
        hex::decode_to_slice(text, &mut id).ok()?;
        Some(Self(id))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            id: KeyId,
            bytes: Zeroizing<[u8; KEY_LENGTH]>,
        }

        impl $name {
            /// Makes a new key.
            pub fn generate(random: &dyn Random) -> Self {
                let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
                random.fill(bytes.as_mut_slice());
                Self::from_bytes(bytes)
            }

            /// Takes over key material.
            pub fn from_bytes(bytes: Zeroizing<[u8; KEY_LENGTH]>) -> Self {
                Self { id: KeyId::of(&bytes), bytes }
            }

            /// What it is known by.
            pub fn id(&self) -> KeyId {
                self.id
            }

            pub(crate) fn bytes(&self) -> &[u8; KEY_LENGTH] {
                &self.bytes
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({}, [REDACTED])", stringify!($name), self.id)
            }
        }
    };
}

key!(
    /// The operator's key. It wraps data keys and nothing else.
    Kek
);
key!(
    /// The key of one organization and purpose. It seals records.
    DataKey
);

#[cfg(test)]
mod tests {
    use super::*;
    use gatelodge_model::clock::testing::SeededRandom;

    #[test]
    fn debug_shows_the_id_and_never_the_key() {
        // proves CRED-2, V1
        let key = Kek::generate(&SeededRandom::new(7));
        let shown = format!("{key:?}");
        assert!(shown.contains("[REDACTED]"));
        assert!(shown.contains(&key.id().to_string()));
        assert!(!shown.contains(&hex::encode(key.bytes())));
        assert!(!shown.contains(&hex::encode(&key.bytes()[..4])));
    }

    #[test]
    fn ids_tell_keys_apart_and_read_back() {
        let random = SeededRandom::new(8);
        let (first, second) = (DataKey::generate(&random), DataKey::generate(&random));
        assert_ne!(first.id(), second.id());
        assert_eq!(KeyId::parse(&first.id().to_string()), Some(first.id()));
        assert_eq!(KeyId::parse("zz"), None);
    }
}
