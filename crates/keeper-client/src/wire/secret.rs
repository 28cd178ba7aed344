//! For fields with a secret: `#[serde(with = "wire::secret")]` writes it into a packet for the other end of the
//! socket, and refuses everywhere else.
//!
//! [`Secret`] itself has no `Serialize`. Must not know: which secret it is.

use super::SCOPE;
use gatelodge_model::Secret;
use serde::{Deserialize as _, Deserializer, Serializer, ser};

/// Writes it, inside a packet only.
///
/// # Errors
/// When the value is not being packed.
pub fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    let packing = SCOPE.with_borrow(|scope| matches!(scope, Some(super::Scope::Packing(_))));
    if !packing {
        return Err(ser::Error::custom(
            "a secret is written for the keeper's socket only",
        ));
    }
    serializer.serialize_str(secret.expose())
}

/// Reads it.
///
/// # Errors
/// When there is no text.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    Secret::deserialize(deserializer)
}

/// The same for a secret that may be missing: `#[serde(with = "wire::secret::optional")]`.
pub mod optional {
    use super::{Deserializer, Secret, Serializer};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Held(#[serde(with = "super")] Secret);

    /// Writes it, inside a packet only.
    ///
    /// # Errors
    /// When the value is not being packed.
    #[expect(clippy::ref_option, reason = "the form that serde asks for")]
    pub fn serialize<S: Serializer>(
        secret: &Option<Secret>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        secret.clone().map(Held).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it is neither text nor null.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Secret>, D::Error> {
        Ok(Option::<Held>::deserialize(deserializer)?.map(|held| held.0))
    }
}
