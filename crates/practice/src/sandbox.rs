//! The sandbox beside the org: an org of its own on the same port, made when somebody first asks for it, and made
//! anew when it is refreshed.
//!
//! Must not know which requests are for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use tokio::sync::Mutex;

use crate::error::PracticeError;
use crate::options::PracticeOptions;
use crate::server;
use crate::state::Practice;

/// The sandbox of one org.
pub(crate) struct Sandbox {
    options: PracticeOptions,
    base_url: String,
    current: Mutex<Current>,
}

/// The copy that answers now.
struct Current {
    copy: u64,
    running: Option<(Arc<Practice>, Router)>,
}

/// Which copy an org is, and of which name.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    pub(crate) number: u64,
    pub(crate) name: String,
}

impl Sandbox {
    /// The sandbox of an org with these options; with a data folder it is the copy that was there last.
    pub(crate) fn new(options: &PracticeOptions, base_url: &str) -> Self {
        let copy = options.data_dir.as_deref().map_or(1, latest_copy);
        Self {
            options: options.clone(),
            base_url: base_url.to_owned(),
            current: Mutex::new(Current {
                copy,
                running: None,
            }),
        }
    }

    /// The org and its routes.
    pub(crate) async fn get(&self) -> Result<(Arc<Practice>, Router), PracticeError> {
        let mut current = self.current.lock().await;
        if let Some(running) = &current.running {
            return Ok(running.clone());
        }
        let running = self.start(current.copy).await?;
        current.running = Some(running.clone());
        Ok(running)
    }

    /// Copies the org anew: another org id, no apps but those of the options, no grants, no tokens.
    pub(crate) async fn refresh(&self) -> Result<Arc<Practice>, PracticeError> {
        let mut current = self.current.lock().await;
        let old = current.copy;
        current.running = None;
        current.copy += 1;
        let running = self.start(current.copy).await?;
        current.running = Some(running.clone());
        if let Some(folder) = self.folder(old).filter(|folder| folder.is_dir())
            && let Err(error) = std::fs::remove_dir_all(&folder)
        {
            tracing::warn!(%error, "the folder of the old sandbox stays behind");
        }
        Ok(running.0)
    }

    async fn start(&self, copy: u64) -> Result<(Arc<Practice>, Router), PracticeError> {
        let mut options = self.options.clone();
        options.data_dir = self.folder(copy);
        options.apps.clear();
        let copy = Copy {
            number: copy,
            name: self.options.sandbox.clone(),
        };
        let base_url = self.base_url.clone();
        let practice =
            tokio::task::spawn_blocking(move || server::assemble(options, base_url, Some(&copy)))
                .await
                .map_err(|error| PracticeError::Assembly(error.to_string()))??;
        let practice = Arc::new(practice);
        let router = server::application(&practice);
        Ok((practice, router))
    }

    fn folder(&self, copy: u64) -> Option<PathBuf> {
        let folder = self.options.data_dir.as_ref()?;
        Some(folder.join(format!("sandbox-{copy}")))
    }
}

/// The number of the youngest copy in a data folder, or the first.
fn latest_copy(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_prefix("sandbox-")?.parse().ok()
    });
    numbers.max().unwrap_or(1)
}
