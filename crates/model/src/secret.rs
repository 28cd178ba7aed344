//! A value that cannot print itself: tokens, client secrets, PKCE verifiers, keys, passwords.
//!
//! Must not know: what kind of secret it holds. No `Display`, no `Serialize`, `Debug` says `[REDACTED]`.

use std::fmt;
use subtle_compare::constant_time_equal;
use zeroize::Zeroizing;

/// Secret text, wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Every call is a place to review: the value must go only where it is meant for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        constant_time_equal(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl Eq for Secret {}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

mod subtle_compare {
    /// Compares without telling by its duration where the difference is.
    pub(super) fn constant_time_equal(left: &[u8], right: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(left, right).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        // proves CRED-2, L1
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "[REDACTED]");
        assert_eq!(secret, Secret::new("hunter2"));
        assert_ne!(secret, Secret::new("hunter3"));
    }
}
