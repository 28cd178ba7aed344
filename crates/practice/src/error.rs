//! Why a practice org could not start or stop.

use std::path::PathBuf;

use crate::org::SeedError;
use crate::org::schema::SchemaError;
use crate::persistence::LogError;

/// A practice org could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PracticeError {
    /// Another program listens on the port.
    #[error("port {port} is already in use; choose another one, or 0 for any free port")]
    PortTaken {
        /// The port that was asked for.
        port: u16,
    },
    /// The listening socket could not be opened for another reason.
    #[error("cannot listen on the loopback interface, port {port}: {source}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error("cannot use the practice folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The append log cannot be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A file of the owner cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    OwnerFile {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The owner's objects and fields are not well formed.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The owner's records cannot be loaded.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The schema changed, and the kept records do not fit it any more.
    #[error("the schema does not fit the kept records: {0}")]
    Misfit(String),
    /// The records could not be put together.
    #[error("cannot put the practice org together: {0}")]
    Assembly(String),
    /// A certificate could not be made or loaded.
    #[error("cannot set up HTTPS for the practice org: {0}")]
    Tls(String),
}
