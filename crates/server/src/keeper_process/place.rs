//! Where a keeper's files are: its socket, its lock, its log, in one folder that only its user may enter.
//!
//! Must not know: what is in them.

use crate::config::Config;
use anyhow::Context as _;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// A log of a keeper that the hub had started is set aside when it is longer.
const LOG_BYTES: u64 = 8 * 1024 * 1024;

/// The files of one keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    socket: PathBuf,
}

impl Place {
    /// As a configuration says.
    pub fn of(config: &Config) -> Self {
        Self {
            socket: config.keeper_socket(),
        }
    }

    /// The socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The lock that the living keeper holds.
    pub fn lock(&self) -> PathBuf {
        self.socket.with_extension("lock")
    }

    /// The log of a keeper that the hub had started.
    pub fn log(&self) -> PathBuf {
        self.socket.with_extension("log")
    }

    /// Makes the folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn make(&self) -> anyhow::Result<()> {
        let folder = self.socket.parent().unwrap_or_else(|| Path::new("."));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))
    }

    /// Opens the log to write at its end; a long one is set aside first.
    pub(super) fn open_log(&self) -> anyhow::Result<File> {
        let path = self.log();
        if fs::metadata(&path).is_ok_and(|found| found.len() > LOG_BYTES) {
            fs::rename(&path, self.socket.with_extension("log.1"))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} cannot be written", path.display()))
    }
}
