//! `[server.tls]` and what is believed of proxies: how connections arrive, and which folders must be apart.
//!
//! Must not know: sockets.

use super::{Config, check::ConfigProblem};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// `[server.tls]`: certificate and key of the listener.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate with its chain, PEM.
    pub cert_file: PathBuf,
    /// Its private key, PEM.
    pub key_file: PathBuf,
}

/// Where trusted proxies write who asks. Only one of the two is read: a proxy that writes one of them hands on
/// what a stranger wrote in the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, with `X-Forwarded-Proto` and `X-Forwarded-Host`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl Config {
    /// The certificate and its key, absolute.
    pub fn tls_files(&self) -> Option<Tls> {
        self.server.tls.as_ref().map(|tls| Tls {
            cert_file: self.folder.join(&tls.cert_file),
            key_file: self.folder.join(&tls.key_file),
        })
    }

    pub(super) fn listening_problems(&self) -> Vec<ConfigProblem> {
        let mut problems = Vec::new();
        // The web role may read its data folder, and must find nothing of the keeper's there.
        for (setting, path) in [
            ("keeper.dir", self.keeper_dir()),
            ("keeper.socket", self.keeper_socket()),
        ] {
            if is_beneath(&path, &self.data_dir()) {
                problems.push(ConfigProblem {
                    setting,
                    message: format!(
                        "{} lies in the data folder, which the hub may read; give the keeper a folder of its own",
                        path.display()
                    ),
                });
            }
        }
        let Some(tls) = self.tls_files() else {
            return problems;
        };
        if let Err(cause) = crate::http::tls::read(&tls) {
            problems.push(ConfigProblem {
                setting: "server.tls",
                message: format!("{cause:#}"),
            });
        }
        // The web role reads these folders again when a certificate was renewed.
        let key = self.key_file();
        for file in [&tls.cert_file, &tls.key_file] {
            let linked = file.canonicalize().unwrap_or_else(|_| file.clone());
            let holds_key = [file.parent(), linked.parent()]
                .into_iter()
                .flatten()
                .any(|folder| is_beneath(&key, folder));
            if holds_key {
                problems.push(ConfigProblem {
                    setting: "server.tls",
                    message: format!(
                        "{} lies in the folder of the key file; the web role must reach the one and not the other, so give it a folder of its own",
                        file.display()
                    ),
                });
            }
        }
        problems
    }
}

fn is_beneath(path: &Path, folder: &Path) -> bool {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.starts_with(folder)
}
