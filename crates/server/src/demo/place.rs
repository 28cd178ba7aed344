//! Where the demo keeps its files: a temporary folder, or one that is kept and found again.
//!
//! Must not know: what is kept.

use crate::{ambient::SystemRandom, config::SAMPLE};
use anyhow::Context as _;
use gatelodge_vault::KeyFile;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;
use url::Url;

/// Ports of the last start: connections hold the practice org's address, so it must not move.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Ports {
    pub(super) hub: u16,
    pub(super) practice: u16,
}

/// The folder.
pub(super) struct Folder {
    folder: PathBuf,
    temporary: Option<TempDir>,
}

impl Folder {
    pub(super) fn open(kept: Option<&Path>) -> anyhow::Result<Self> {
        let Some(folder) = kept else {
            let temporary = tempfile::Builder::new()
                .prefix("gatelodge-demo-")
                .tempdir()?;
            return Ok(Self {
                folder: temporary.path().to_owned(),
                temporary: Some(temporary),
            });
        };
        fs::create_dir_all(folder).with_context(|| {
            format!(
                "{} cannot be made or written; choose another --data-dir",
                folder.display()
            )
        })?;
        Ok(Self {
            folder: std::path::absolute(folder)?,
            temporary: None,
        })
    }

    pub(super) fn keeps(&self) -> bool {
        self.temporary.is_none()
    }

    pub(super) fn practice_dir(&self) -> PathBuf {
        self.folder.join("practice")
    }

    fn ports_file(&self) -> PathBuf {
        self.folder.join("demo.json")
    }

    /// The ports asked for; where any free one is fine, those of the last start.
    pub(super) fn ports(&self, hub: u16, practice: u16) -> Ports {
        let last: Option<Ports> = fs::read(self.ports_file())
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ports {
            hub: if hub == 0 {
                last.map_or(0, |last| last.hub)
            } else {
                hub
            },
            practice: if practice == 0 {
                last.map_or(0, |last| last.practice)
            } else {
                practice
            },
        }
    }

    pub(super) fn remember(&self, hub: &Url, practice: &Url) -> anyhow::Result<()> {
        let ports = Ports {
            hub: hub.port().unwrap_or(80),
            practice: practice.port().unwrap_or(80),
        };
        fs::write(self.ports_file(), serde_json::to_vec(&ports)?)?;
        Ok(())
    }

    /// Writes the configuration of the demo: loopback is reachable for the practice org only.
    pub(super) fn write_config(&self, hub: &Url, practice: &Url) -> anyhow::Result<PathBuf> {
        let authority = format!("127.0.0.1:{}", hub.port().unwrap_or(80));
        let text = SAMPLE
            .replace("{listen}", &authority)
            .replace("{public_url}", &hub.origin().ascii_serialization())
            .replace(
                "practice_orgs = []",
                &format!(
                    "practice_orgs = [\"{}\"]",
                    practice.origin().ascii_serialization()
                ),
            )
            .replace(
                "organization = \"My organization\"",
                "organization = \"Northwind (demo)\"",
            );
        let path = self.folder.join("gatelodge.toml");
        fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        let key = self.folder.join("keys/gatelodge.key");
        if !key.exists() {
            KeyFile::new(key, Some(self.folder.join("data"))).create(&SystemRandom)?;
        }
        Ok(path)
    }
}
