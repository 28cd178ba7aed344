//! `[metrics]`: who may read figures, and where.
//!
//! Must not know: which figures there are.

use super::{Config, addresses, check::ConfigProblem};
use anyhow::Context as _;
use gatelodge_model::Secret;
use serde::{Deserialize, Serialize};
use std::{fs, net::SocketAddr, path::PathBuf};

/// Shorter tokens can be guessed.
const SHORTEST_TOKEN: usize = 16;

/// `[metrics]`: figures for Prometheus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// A file with the token that `/metrics` asks for.
    pub token_file: Option<PathBuf>,
    /// A listener of its own, where no token is asked for.
    #[serde(deserialize_with = "addresses::optional_socket")]
    pub listen: Option<SocketAddr>,
}

impl Config {
    /// The token of `/metrics`, where one is configured.
    ///
    /// # Errors
    /// When its file cannot be read or holds none worth the name.
    pub fn metrics_token(&self) -> anyhow::Result<Option<Secret>> {
        let Some(file) = self
            .metrics
            .as_ref()
            .and_then(|one| one.token_file.as_ref())
        else {
            return Ok(None);
        };
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read", path.display()))?;
        let token = text.trim();
        anyhow::ensure!(
            token.len() >= SHORTEST_TOKEN,
            "{} holds fewer than {SHORTEST_TOKEN} characters; 'openssl rand -hex 32' makes a good token",
            path.display()
        );
        Ok(Some(Secret::new(token)))
    }

    pub(super) fn metrics_problems(&self) -> Vec<ConfigProblem> {
        let mut problems = Vec::new();
        let Some(metrics) = &self.metrics else {
            return problems;
        };
        if let Err(cause) = self.metrics_token() {
            problems.push(ConfigProblem {
                setting: "metrics.token_file",
                message: format!("{cause:#}"),
            });
        }
        if metrics.token_file.is_none() && metrics.listen.is_none() {
            problems.push(ConfigProblem {
                setting: "metrics",
                message: "needs token_file or listen, or both; figures are not for everybody"
                    .into(),
            });
        }
        if metrics.listen == Some(self.server.listen) && self.server.listen.port() != 0 {
            problems.push(ConfigProblem {
                setting: "metrics.listen",
                message: "is the address of [server] listen; give it another port".into(),
            });
        }
        problems
    }
}
