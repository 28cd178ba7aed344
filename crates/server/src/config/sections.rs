//! The sections of the configuration, with their defaults.
//!
//! Must not know: the file's place.

use super::{
    addresses,
    listening::{ProxyHeader, Tls},
};
use ipnet::IpNet;
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
    /// Certificate and key, where this process ends TLS itself.
    pub tls: Option<Tls>,
    /// Networks of the proxies in front, which alone are believed about who asks.
    #[serde(deserialize_with = "addresses::networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// In which header those proxies say it.
    pub proxy_header: ProxyHeader,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            public_urls: Vec::new(),
            organization: "My organization".to_owned(),
            tls: None,
            trusted_proxies: Vec::new(),
            proxy_header: ProxyHeader::default(),
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

/// Where the operator's key comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// The key file, or the variable `GATELODGE_KEY` where that is set.
    #[default]
    File,
    /// The systemd credential `gatelodge.key`.
    Systemd,
    /// The variable `GATELODGE_KEY`.
    Environment,
    /// A passphrase: the keeper starts sealed, and `gatelodge unlock` asks for it.
    Passphrase,
}

/// What a start does without the key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingKey {
    /// It ends with a message.
    #[default]
    Refuse,
    /// It waits for `gatelodge unlock`, and answers everything with `sealed` until then.
    StartSealed,
}

/// `[keys]`: the key that protects all others.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Where the key comes from.
    pub source: KeySource,
    /// A file with mode 0600 outside the data folder.
    pub file: PathBuf,
    /// Earlier key files that still open while a key is being replaced.
    pub previous_files: Vec<PathBuf>,
    /// What a start does when the key is not there.
    pub missing: MissingKey,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            source: KeySource::File,
            file: PathBuf::from("keys/gatelodge.key"),
            previous_files: Vec::new(),
            missing: MissingKey::Refuse,
        }
    }
}

/// `[keeper]`: the process that holds the keys.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keeper {
    /// Its own folder, with what must not depend on the database: the hashes of what was sent, and which
    /// records about approvals this host saw. Only the keeper may be able to reach it.
    pub dir: PathBuf,
    /// Its socket; lock and log lie beside it.
    pub socket: PathBuf,
    /// Whether the hub has one started where none runs.
    pub spawn: bool,
    /// Seconds that it stays after its last client is gone.
    pub grace_seconds: u64,
    /// Numbers of users besides its own whose processes may speak with it.
    pub allowed_users: Vec<u32>,
    /// The longest request that it takes.
    pub request_bytes: usize,
}

impl Default for Keeper {
    fn default() -> Self {
        Self {
            dir: PathBuf::from("keeper"),
            socket: PathBuf::from("keeper/keeper.sock"),
            spawn: true,
            grace_seconds: 10,
            allowed_users: Vec::new(),
            request_bytes: 64 * 1024 * 1024,
        }
    }
}

/// `[egress]`: what may be reached besides the providers' public hosts, and by which way.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Egress {
    /// Practice orgs that people may connect to, such as `http://localhost:8421`. Loopback is reachable for
    /// these addresses only.
    #[serde(deserialize_with = "addresses::urls")]
    pub practice_orgs: Vec<Url>,
    /// Receivers on this machine that webhooks may go to, for trying.
    #[serde(deserialize_with = "addresses::urls")]
    pub practice_receivers: Vec<Url>,
    /// The only hosts that webhooks may go to; empty: every public one that an administrator names.
    pub webhook_hosts: Vec<String>,
    /// Further certificate authorities, PEM files.
    pub extra_ca_files: Vec<PathBuf>,
    /// Ranges of private addresses that may be reached, such as `10.20.0.0/16`.
    pub private_ranges: Vec<String>,
    /// A proxy that opens connections (HTTP CONNECT), such as `http://proxy.example.com:3128`.
    pub proxy: Option<Url>,
    /// Addresses from which this installation reaches providers, for their lists of trusted ranges.
    pub own_addresses: Vec<String>,
    /// The longest answer of a provider that is handed on while it arrives, unpacked.
    pub download_bytes: usize,
}

impl Default for Egress {
    fn default() -> Self {
        Self {
            practice_orgs: Vec::new(),
            practice_receivers: Vec::new(),
            webhook_hosts: Vec::new(),
            extra_ca_files: Vec::new(),
            private_ranges: Vec::new(),
            proxy: None,
            own_addresses: Vec::new(),
            download_bytes: 1024 * 1024 * 1024,
        }
    }
}

/// `[mail]`: the server that sends mail.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// Name or address of the server. Empty: no mail is sent.
    pub host: String,
    /// Its port; 0 takes the usual one of the security.
    pub port: u16,
    /// `starttls`, `tls`, or `none` for a relay on this machine.
    pub security: MailProtection,
    /// Who the mail is from, such as `Gatelodge <gatelodge@example.com>`.
    pub from: String,
    /// Name to sign in with; empty where the server asks for none.
    pub username: String,
    /// File with the password, mode 0600. A relative path begins at the configuration's folder.
    pub password_file: PathBuf,
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailProtection {
    /// Begins in clear and must change to TLS.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// In clear.
    None,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 0,
            security: MailProtection::default(),
            from: String::new(),
            username: String::new(),
            password_file: PathBuf::new(),
        }
    }
}

/// `[budget]`: how much may leave through a connection in an hour. 0 is no limit.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Records in answers.
    pub rows: u64,
    /// Requests.
    pub calls: u64,
    /// Bytes of answers.
    pub bytes: u64,
    /// At how many per cent people are told.
    pub alert_percent: u8,
    /// How often a day an owner or administrator may give a held connection its hour's budget again.
    pub releases: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            rows: 100_000,
            calls: 20_000,
            bytes: 2 * 1024 * 1024 * 1024,
            alert_percent: 80,
            releases: 3,
        }
    }
}

/// `[retention]`: after how many days things are deleted.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[expect(
    clippy::struct_field_names,
    reason = "settings carry their unit in their name"
)]
pub struct Retention {
    /// What agents asked to write and what came of it.
    pub proposals_days: u32,
    /// The record of requests to providers.
    pub calls_days: u32,
    /// Timelines of connections.
    pub timeline_days: u32,
    /// What people were told.
    pub notices_days: u32,
    /// Messages by mail and webhook that were delivered or given up.
    pub messages_days: u32,
    /// Sessions, links and attempts that are over, and failed sign-ins.
    pub sign_in_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        let usual = gatelodge_core::Retention::default();
        Self {
            proposals_days: usual.proposals_days,
            calls_days: usual.calls_days,
            timeline_days: usual.timeline_days,
            notices_days: usual.notices_days,
            messages_days: usual.messages_days,
            sign_in_days: usual.sign_in_days,
        }
    }
}

impl Retention {
    /// The fewest days that each may have: what is still needed must not go.
    pub(crate) fn too_short(&self) -> Vec<(&'static str, u32)> {
        [
            // a proposal may wait for a month
            ("retention.proposals_days", self.proposals_days, 32),
            ("retention.calls_days", self.calls_days, 1),
            ("retention.timeline_days", self.timeline_days, 1),
            // messages about a notice are tried for days
            ("retention.notices_days", self.notices_days, 7),
            ("retention.messages_days", self.messages_days, 1),
            ("retention.sign_in_days", self.sign_in_days, 1),
        ]
        .into_iter()
        .filter(|(_, days, least)| days < least)
        .map(|(setting, _, least)| (setting, least))
        .collect()
    }
}

impl From<&Retention> for gatelodge_core::Retention {
    fn from(section: &Retention) -> Self {
        Self {
            proposals_days: section.proposals_days,
            calls_days: section.calls_days,
            timeline_days: section.timeline_days,
            notices_days: section.notices_days,
            messages_days: section.messages_days,
            sign_in_days: section.sign_in_days,
        }
    }
}

/// `[backup]`: who can open backups.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// `age1…` recipients, besides those of the command line.
    pub recipients: Vec<String>,
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
