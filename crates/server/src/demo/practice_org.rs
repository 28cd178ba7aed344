//! The practice org of the demo: an own one in this process, or one that runs already.
//!
//! Must not know: the hub.

use super::place::Folder;
use anyhow::{Context as _, ensure};
use gatelodge_practice::{PracticeOptions, RunningPractice, oauth::App};
use url::Url;

/// Where the demo's people have their accounts.
pub(super) enum PracticeOrg {
    /// Started and ended with the demo.
    Own(RunningPractice),
    /// Somebody else's process on this machine.
    Other(Url),
}

impl PracticeOrg {
    pub(super) async fn start(place: &Folder, port: u16) -> anyhow::Result<Self> {
        let options = PracticeOptions {
            port,
            data_dir: place.keeps().then(|| place.practice_dir()),
            ..PracticeOptions::new()
        };
        let running = gatelodge_practice::start(options).await.context(
            "choose another port for the practice org with --practice-port, or any free one with --practice-port 0",
        )?;
        Ok(Self::Own(running))
    }

    /// Its address.
    pub(super) fn url(&self) -> anyhow::Result<Url> {
        Ok(match self {
            Self::Own(running) => running.url().parse()?,
            Self::Other(url) => url.clone(),
        })
    }

    /// Registers the hub as an OAuth app.
    pub(super) async fn register(&self, app: App) -> anyhow::Result<()> {
        match self {
            Self::Own(running) => {
                let practice = running.practice();
                practice.oauth.save_app(&practice.log, app).wait().await?;
            }
            Self::Other(url) => {
                let address = url.join("/practice/admin/apps")?;
                let answer = super::visitor::client()?
                    .post(address)
                    .json(&app)
                    .send()
                    .await?;
                ensure!(
                    answer.status().is_success(),
                    "the practice org at {url} did not take the demo's OAuth app: {}",
                    answer.status()
                );
            }
        }
        Ok(())
    }

    /// Username and password pairs to show, as far as they are known.
    pub(super) fn sign_ins(&self, wanted: &[&str]) -> Vec<(String, String)> {
        match self {
            Self::Own(running) => running.sign_ins(),
            // The practice org's documented default.
            Self::Other(_) => wanted
                .iter()
                .map(|username| {
                    let part = username.split('@').next().unwrap_or_default();
                    ((*username).to_owned(), format!("practice-{part}"))
                })
                .collect(),
        }
    }

    pub(super) async fn shutdown(self) {
        if let Self::Own(running) = self {
            running.shutdown().await;
        }
    }
}
