//! What the keeper is started with.
//!
//! Must not know: where the values come from; `server` reads the configuration.

use crate::{
    budget::BudgetSettings,
    egress::{EgressSettings, EgressSetupError},
    mail::MailSettings,
};
use gatelodge_model::{Clock, Error, Random, Secret};
use gatelodge_provider::Catalogue;
use gatelodge_store::Store;
use gatelodge_vault::{PassphraseParameters, Vault};
use std::{path::PathBuf, sync::Arc, time::Duration};
use url::Url;

/// Everything that the keeper needs.
pub struct KeeperOptions {
    /// The providers.
    pub catalogue: Arc<Catalogue>,
    /// The database.
    pub store: Store,
    /// Wraps and unwraps data keys.
    pub vault: Vault,
    /// The way out.
    pub egress: EgressSettings,
    /// How much may leave through a connection in an hour.
    pub budget: BudgetSettings,
    /// OAuth apps of the configuration file, with their secrets.
    pub configured_apps: Vec<ConfiguredApp>,
    /// The mail server; without one no mail is sent.
    pub mail: Option<MailSettings>,
    /// The keeper's own folder: what must not depend on the database. Nobody else may reach it.
    pub folder: PathBuf,
    /// Addresses under which people reach this installation; passkeys are bound to them.
    pub public_urls: Vec<Url>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// How long things may take.
    pub timeouts: Timeouts,
}

/// An OAuth app of the configuration file.
#[derive(Debug, Clone)]
pub struct ConfiguredApp {
    /// Slug of the provider.
    pub provider: String,
    /// Public identifier there.
    pub client_id: String,
    /// The secret, where it has one.
    pub client_secret: Option<Secret>,
}

/// How long things may take, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Opening a connection.
    pub connect: Duration,
    /// A call, from opening the connection to the last byte; of a download, to the end of its head.
    pub call: Duration,
    /// The next bytes of a download.
    pub piece: Duration,
    /// A download, from opening the connection to the last byte, however fast it is taken.
    pub download: Duration,
    /// An exchange or refresh. Three of them fit into the lease of a refresh.
    pub token: Duration,
    /// Revoking while a person waits (CRED-5).
    pub revoke: Duration,
    /// Delivering a webhook. Its receiver should take it and work later.
    pub webhook: Duration,
    /// Giving a message to the mail server.
    pub mail: Duration,
    /// Waiting for refreshes under way when the process ends (R15). Tokens that are nowhere durable are waited for
    /// longer.
    pub shutdown: Duration,
    /// New tokens go to disk when the database took longer than this to take them.
    pub spool_after: Duration,
    /// Between two looks at what is due.
    pub sweep: Duration,
    /// Between the moment when a new data key is stored and the one when it begins to seal: every keeper
    /// looks for new keys more often than that (V6).
    pub key_handover: Duration,
    /// What turning a new passphrase into a key costs.
    pub passphrase_cost: PassphraseCost,
}

impl Timeouts {
    /// How long an intent of another host must be seen unchanged before it is taken over.
    pub(crate) fn lease(&self) -> Duration {
        self.token * 3
    }
}

/// What turning a new passphrase into a key costs whoever guesses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PassphraseCost {
    /// About a second and 256 MiB.
    #[default]
    Full,
    /// Nearly nothing: for tests.
    Little,
}

impl PassphraseCost {
    pub(crate) fn parameters(self, random: &dyn Random) -> PassphraseParameters {
        match self {
            Self::Full => PassphraseParameters::generate(random),
            Self::Little => PassphraseParameters::with_cost(random, 8 * 1024, 1),
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(30),
            piece: Duration::from_secs(30),
            download: Duration::from_mins(15),
            token: Duration::from_secs(15),
            revoke: Duration::from_secs(5),
            webhook: Duration::from_secs(15),
            mail: Duration::from_secs(30),
            shutdown: Duration::from_secs(8),
            spool_after: Duration::from_millis(25),
            sweep: Duration::from_secs(1),
            key_handover: Duration::from_secs(15),
            passphrase_cost: PassphraseCost::Full,
        }
    }
}

/// The keeper cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings of the way out are wrong.
    #[error(transparent)]
    Egress(#[from] EgressSetupError),
    /// The keeper's own folder cannot be used.
    #[error("the keeper's own folder cannot be used: {0}")]
    Folder(std::io::Error),
    /// The database or a key cannot be used.
    #[error("{0}")]
    Storage(Error),
}
