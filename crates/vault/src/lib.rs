//! Keys and seals: a key of the operator's (KEK) wraps one data key per organization and purpose; a data
//! key seals records, each with a key of its own that is bound to the record's place.
//!
//! Must not know: where rows are stored, what is inside a record, who may have it opened. No clock, and
//! randomness is passed in.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

pub mod error;
pub mod key;
pub mod passphrase;
pub mod provider;
pub mod record;
mod ring;
pub mod vault;

pub use error::{KeyError, VaultError};
pub use key::{DataKey, Kek, KeyId};
pub use passphrase::{PassphraseParameters, SHORTEST_PASSPHRASE, check_new_passphrase};
pub use provider::{KeyFile, KeyProvider, KeyText};
pub use record::{Context, key_id_of};
pub use vault::{Vault, key_of_check_value};
