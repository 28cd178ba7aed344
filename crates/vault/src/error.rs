//! How keys and seals fail.
//!
//! Must not know: key material; no message holds any.

use crate::key::KeyId;
use gatelodge_model::{Error, ErrorKind, WhoMustAct};
use std::path::PathBuf;

/// Why there is no usable key. The program refuses to start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No such file.
    #[error("there is no key file at {}. Make one with `gatelodge init`, or put the one of this installation there; without it nothing that was sealed can be opened", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("the key file {} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Others than its owner can read or write the file.
    #[error("the key file {} has mode {mode:04o}: others than its owner can reach it. Run: chmod 600 {}", path.display(), path.display())]
    WrongPermissions {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file lies beside what it protects.
    #[error("the key file {} lies inside the data folder {}: whoever copies that folder has both. Move the key elsewhere", path.display(), data_folder.display())]
    InsideDataFolder {
        /// The file.
        path: PathBuf,
        /// The folder.
        data_folder: PathBuf,
    },
    /// Neither base64 nor hexadecimal.
    #[error("the key from {source_name} is neither base64 nor hexadecimal")]
    Malformed {
        /// Where it came from.
        source_name: String,
    },
    /// Another number of bytes: half written, or not a key.
    #[error(
        "the key from {source_name} has {found} bytes; it must have exactly 32, written as base64 or hexadecimal"
    )]
    WrongLength {
        /// Where it came from.
        source_name: String,
        /// How many bytes there are.
        found: usize,
    },
    /// It exists already; a key is never overwritten.
    #[error("there is a key file at {} already; it is not overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It is not the key of this database.
    #[error(
        "the key {given} is not the one that this database was sealed with ({expected}). Provide the key {expected}"
    )]
    WrongKey {
        /// The key of this database.
        expected: KeyId,
        /// The key that was provided.
        given: KeyId,
    },
    /// No key is in memory.
    #[error("the keeper is sealed: no key was given yet")]
    Sealed,
    /// A passphrase cannot be turned into a key.
    #[error("the passphrase cannot be turned into a key: {cause}")]
    Derivation {
        /// What is missing.
        cause: String,
    },
    /// Too short for a key.
    #[error("the passphrase has {characters} characters; a new one needs at least {least}")]
    ShortPassphrase {
        /// How many it has.
        characters: usize,
        /// How many are needed.
        least: usize,
    },
    /// The service manager gave no such credential.
    #[error(
        "there is no systemd credential: $CREDENTIALS_DIRECTORY is not set. Add to the unit: LoadCredential={name}:/path/of/the/key"
    )]
    NoCredentialsDirectory {
        /// Its name.
        name: &'static str,
    },
    /// The environment has no key.
    #[error("the environment variable {name} holds no key")]
    NotInEnvironment {
        /// Its name.
        name: &'static str,
    },
    /// The stored key-check value cannot be read.
    #[error(
        "the key-check value in the database is damaged, so the key {given} cannot be checked. Restore the database from its backup"
    )]
    DamagedCheck {
        /// The key that was provided.
        given: KeyId,
    },
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::new(ErrorKind::Misconfigured, error.to_string())
    }
}

/// Why a record does not open or was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// It was changed, moved to another place, is an old one, or was sealed with another key: these
    /// cannot be told apart.
    #[error("the record does not open: changed, moved, outdated, or sealed with another key")]
    Integrity,
    /// The cryptographic library refused to work.
    #[error("the record could not be sealed")]
    Seal,
    /// No key is in memory.
    #[error("the keeper is sealed")]
    Sealed,
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Integrity => {
                Self::new(ErrorKind::Integrity, "A stored record does not open. It was not used.")
                    .with_context("cause", error)
                    .with_hint(
                        WhoMustAct::Operator,
                        "Check whether database and key belong together, and whether rows were changed or restored.",
                    )
            }
            VaultError::Seal => Self::internal(error),
            VaultError::Sealed => Self::sealed(),
        }
    }
}
