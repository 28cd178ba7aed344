//! The sections of the configuration, with their defaults.
//!
//! Must not know: the file's place.

use super::addresses;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf};
use url::Url;

/// `[server]`: listening and addresses.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Where to listen.
    #[serde(deserialize_with = "addresses::socket")]
    pub listen: SocketAddr,
    /// Addresses under which people reach this installation. Callbacks, links and the Host check use them.
    #[serde(deserialize_with = "addresses::urls")]
    pub public_urls: Vec<Url>,
    /// Name of the organization that the first start makes.
    pub organization: String,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            public_urls: Vec::new(),
            organization: "My organization".to_owned(),
        }
    }
}

/// `[data]`: where files are kept.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Data {
    /// The data folder.
    pub dir: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("data"),
        }
    }
}

/// `[database]`: which database.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://…` addresses; the first that takes writes is used. Empty: SQLite in the data folder.
    pub urls: Vec<String>,
    /// Connections at most.
    pub max_connections: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            urls: Vec::new(),
            max_connections: 16,
        }
    }
}

/// `[keys]`: the key that protects all others.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// A file with mode 0600 outside the data folder.
    pub file: PathBuf,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            file: PathBuf::from("keys/gatelodge.key"),
        }
    }
}

/// `[egress]`: what may be reached besides the providers' public hosts.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Egress {
    /// Practice orgs that people may connect to, such as `http://localhost:8421`. Loopback is reachable for
    /// these addresses only.
    #[serde(deserialize_with = "addresses::urls")]
    pub practice_orgs: Vec<Url>,
    /// Further certificate authorities, PEM files.
    pub extra_ca_files: Vec<PathBuf>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For a terminal.
    Text,
}

/// `[log]`: log lines.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `json` or `text`.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, `trace`, or per module as in `info,gatelodge_keeper=debug`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            level: "info".to_owned(),
        }
    }
}
