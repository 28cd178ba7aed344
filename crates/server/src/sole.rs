//! One serving process a folder: SQLite serves one node, and a second process would take up the first one's
//! executions. The lock is the operating system's, so it ends with the process, however that ends.
//!
//! Must not know: what is served. PostgreSQL needs no such lock; its rows hold leases.

use crate::config::Config;
use anyhow::{Context as _, bail};
use std::fs::{File, OpenOptions, TryLockError};

/// Held while this process serves the folder.
#[derive(Debug)]
pub struct SoleProcess(Option<File>);

impl SoleProcess {
    /// Takes the folder of a configuration.
    ///
    /// # Errors
    /// When another process serves it, or the lock file cannot be made.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        if !config.database.urls.is_empty() {
            return Ok(Self(None));
        }
        let path = config.data_dir().join("serving.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("{} cannot be opened", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(Some(file))),
            Err(TryLockError::WouldBlock) => bail!(
                "another Gatelodge serves {} already; stop it first. Several hosts need PostgreSQL (database.urls)",
                config.data_dir().display()
            ),
            Err(TryLockError::Error(cause)) => {
                Err(cause).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }

    /// Whether a lock is held at all.
    pub fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_served_by_one_process() {
        let config = Config {
            folder: tempfile::tempdir().unwrap().keep(),
            ..Config::default()
        };
        std::fs::create_dir_all(config.data_dir()).unwrap();
        let first = SoleProcess::of(&config).unwrap();
        assert!(first.is_held());
        let refused = SoleProcess::of(&config).unwrap_err().to_string();
        assert!(refused.contains("another Gatelodge"), "{refused}");
        drop(first);
        assert!(SoleProcess::of(&config).unwrap().is_held());
    }
}
