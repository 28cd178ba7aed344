//! Why a file is no backup that can be used, in words for whoever holds it.
//!
//! Must not know: where the file is.

use gatelodge_store::StoreError;

/// A backup cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is no age file.
    #[error("this is no backup of Gatelodge: it does not begin as an age file does")]
    Foreign,
    /// Another key.
    #[error("this identity does not open the backup; it was encrypted to another recipient")]
    WrongIdentity,
    /// It opens, and is something else.
    #[error("the file opens, but it holds no backup of Gatelodge")]
    NoBackup,
    /// A program of another time wrote it.
    #[error("a newer Gatelodge wrote this backup (format {found}; this one reads up to {newest})")]
    Newer {
        /// Its format.
        found: u32,
        /// Ours.
        newest: u32,
    },
    /// It ends too early.
    #[error("the backup ends too early: it was cut off. Nothing was restored")]
    Truncated,
    /// A part is not what was written.
    #[error("the backup was changed or damaged ({0}). Nothing was restored")]
    Damaged(String),
    /// A recipient cannot be read.
    #[error("'{0}' is no age recipient; one looks like age1…, and 'age-keygen' makes it")]
    Recipient(String),
    /// There is nobody to encrypt to.
    #[error("no recipient is given: add --recipient age1… or [backup] recipients")]
    NoRecipient,
    /// An identity file cannot be read.
    #[error("there is no age identity in {0}; one looks like AGE-SECRET-KEY-1…")]
    Identity(String),
    /// The file system.
    #[error("the file cannot be written or read: {0}")]
    File(std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// What a failed read of the decrypted stream means.
    pub(super) fn reading(cause: std::io::Error) -> Self {
        match cause.kind() {
            std::io::ErrorKind::UnexpectedEof => Self::Truncated,
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::Other => {
                Self::Damaged(cause.to_string())
            }
            _ => Self::File(cause),
        }
    }
}
