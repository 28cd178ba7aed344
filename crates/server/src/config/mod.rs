//! The configuration file: one struct per section, defaults, environment overrides, and checks with clear
//! messages.
//!
//! `GATELODGE_SECTION__NAME` overrides `name` in `[section]`. Must not know: what the values are used for.

mod addresses;
mod check;
mod leaving;
mod listening;
mod metrics;
mod misfit;
mod oauth_apps;
mod print;
mod sample;
mod sections;

pub use check::{ConfigProblem, Problems};
pub(crate) use check::{make_data_folder, public_url_problem};
pub use listening::{ProxyHeader, Tls};
pub use metrics::Metrics;
pub use oauth_apps::ConfiguredOAuthApp;
pub use sample::SAMPLE;
pub use sections::{
    Backup, Budget, Data, Database, Egress, Keeper, KeySource, Keys, Log, LogFormat, Mail,
    MailProtection, MissingKey, Retention, Server,
};

use anyhow::{Context as _, bail};
use figment::{
    Figment,
    providers::{Env, Format as _, Toml},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Variables of the environment that override settings begin with this, and part section from name by that.
const PREFIX: &str = "GATELODGE_";
const SEPARATOR: &str = "__";

/// The whole configuration.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Listening and addresses.
    pub server: Server,
    /// Where files are kept.
    pub data: Data,
    /// Which database.
    pub database: Database,
    /// The key that protects all others.
    pub keys: Keys,
    /// The process that holds the keys.
    pub keeper: Keeper,
    /// What may be reached besides the providers' public hosts.
    pub egress: Egress,
    /// The server that sends mail.
    pub mail: Mail,
    /// OAuth apps for all organizations.
    pub oauth_apps: Vec<ConfiguredOAuthApp>,
    /// How much may leave in an hour.
    pub budget: Budget,
    /// After how many days things are deleted.
    pub retention: Retention,
    /// Who can open backups.
    pub backup: Backup,
    /// Log lines.
    pub log: Log,
    /// Figures for Prometheus; none where the section is missing.
    pub metrics: Option<Metrics>,
    /// The folder of the file; relative paths start there.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// The settings of the environment.
fn environment() -> Env {
    // GATELODGE_CONFIG, GATELODGE_KEY and the like are no settings
    Env::prefixed(PREFIX)
        .filter(|name| name.as_str().contains(SEPARATOR))
        .split(SEPARATOR)
}

/// What a command without a configuration file logs: what `GATELODGE_LOG__LEVEL` says, or this.
pub(crate) fn log_level(otherwise: &str) -> String {
    Figment::from(environment())
        .extract_inner("log.level")
        .unwrap_or_else(|_| otherwise.to_owned())
}

impl Config {
    /// Reads a file and the environment.
    ///
    /// # Errors
    /// When the file cannot be read, or a key or value does not fit; the message says where.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Self::read_with_sources(path).map(|(config, _)| config)
    }

    /// As [`Config::read`], with what tells where each value comes from.
    fn read_with_sources(path: &Path) -> anyhow::Result<(Self, Figment)> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!(
                "the configuration {} cannot be read; 'gatelodge init' writes one",
                path.display()
            )
        })?;
        let figment = Figment::new()
            .merge(Toml::string(&text))
            .merge(environment());
        let mut config: Self = match figment.extract() {
            Ok(config) => config,
            Err(error) => bail!("{}", misfit::in_words(error, path)),
        };
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        config.folder = std::path::absolute(folder)?;
        Ok((config, figment))
    }

    /// The data folder, absolute.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.join(&self.data.dir)
    }

    /// The key file, absolute.
    pub fn key_file(&self) -> PathBuf {
        self.folder.join(&self.keys.file)
    }

    /// The keeper's own folder, absolute.
    pub fn keeper_dir(&self) -> PathBuf {
        self.folder.join(&self.keeper.dir)
    }

    /// The keeper's socket, absolute.
    pub fn keeper_socket(&self) -> PathBuf {
        self.folder.join(&self.keeper.socket)
    }

    /// The embedded database's file, where no other database is configured.
    pub fn database_file(&self) -> Option<PathBuf> {
        self.database
            .urls
            .is_empty()
            .then(|| self.data_dir().join("gatelodge.db"))
    }

    /// The database addresses: those configured, or SQLite in the data folder.
    pub fn database_urls(&self) -> Vec<String> {
        match self.database_file() {
            Some(file) => vec![format!("sqlite://{}?mode=rwc", file.display())],
            None => self.database.urls.clone(),
        }
    }
}
