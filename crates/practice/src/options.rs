//! What the owner of a practice org may choose before it starts.
//!
//! Holds plain values; it must not know how any of them is carried out.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::ambient::{Clock, Random, SystemClock, SystemRandomness};
use crate::oauth::{App, GRANTS_PER_USER_AND_APP};

/// Where the practice certificate authority is kept.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// Folder of `practice-ca.pem`; absent means the data folder, or else a temporary folder.
    pub directory: Option<PathBuf>,
}

/// Everything that can be set about a practice org.
#[derive(Clone)]
pub struct PracticeOptions {
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// Host name in the addresses the org hands out. It always listens on loopback only.
    pub host: String,
    /// The My Domain name: with it the org also answers as `<name>.my.salesforce.com` and the like, to clients
    /// whose resolver sends them here.
    pub my_domain: String,
    /// Name of the one sandbox, `<my domain>--<name>.sandbox.my.salesforce.com`.
    pub sandbox: String,
    /// Believe `X-Forwarded-For` about where a request comes from.
    pub trust_forwarded_for: bool,
    /// Serve HTTPS instead of HTTP.
    pub tls: Option<TlsOptions>,
    /// Folder that keeps apps, grants and records; absent means everything is gone at the end.
    pub data_dir: Option<PathBuf>,
    /// A longer log that is mostly history is compacted at the start; in bytes.
    pub compact_from: u64,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The source of ids and tokens.
    pub random: Arc<dyn Random>,
    /// Mount the administration interface for tests under `/practice/admin`.
    pub admin: bool,
    /// What the administration interface asks for as bearer token; absent lets every program of this machine in.
    pub admin_token: Option<String>,
    /// OAuth apps known from the start. One from the data folder with the same client id wins.
    pub apps: Vec<App>,
    /// Passwords by username where the readable default is not wanted.
    pub passwords: BTreeMap<String, String>,
    /// Allow `grant_type=password`; real orgs made since Summer '23 refuse it.
    pub allow_password_grant: bool,
    /// Security token that SOAP and password logins must append to the password.
    pub security_token: Option<String>,
    /// Life of an access token without use (an org's session timeout).
    pub session_timeout: Duration,
    /// How long a bulk job waits before it begins and again before it works, for tests that look in between.
    pub bulk_delay: Duration,
    /// Bulk query jobs per 24 hours.
    pub daily_bulk_queries: u64,
    /// Requests per 24 hours that `Sforce-Limit-Info` announces.
    pub daily_request_limit: u64,
    /// Grants that one user can have for one app; another one silently ends the oldest. A real org allows five.
    pub grants_per_user_and_app: usize,
    /// Most live records; a create beyond it answers `STORAGE_LIMIT_EXCEEDED`.
    pub most_records: Option<usize>,
    /// File with own objects, fields and rules.
    pub schema: Option<PathBuf>,
    /// CSV file, or folder of CSV files, with own records; loaded once into a data folder.
    pub seed: Option<PathBuf>,
    /// Requests per 24 hours that each app may make, where apps have an allowance of their own.
    pub daily_request_limit_per_app: Option<u64>,
}

impl PracticeOptions {
    /// The defaults: any free port on localhost, HTTP, nothing kept, system clock and randomness.
    pub fn new() -> Self {
        Self {
            port: 0,
            host: "localhost".to_owned(),
            my_domain: "acme".to_owned(),
            sandbox: "uat".to_owned(),
            trust_forwarded_for: false,
            tls: None,
            data_dir: None,
            compact_from: 4 * 1024 * 1024,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandomness),
            admin: true,
            admin_token: None,
            apps: Vec::new(),
            passwords: BTreeMap::new(),
            allow_password_grant: false,
            security_token: None,
            session_timeout: Duration::from_hours(2),
            bulk_delay: Duration::ZERO,
            daily_bulk_queries: 10_000,
            daily_request_limit: 15_000,
            grants_per_user_and_app: GRANTS_PER_USER_AND_APP,
            most_records: None,
            schema: None,
            seed: None,
            daily_request_limit_per_app: None,
        }
    }
}

impl Default for PracticeOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PracticeOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PracticeOptions")
            .field("port", &self.port)
            .field("host", &self.host)
            .field("tls", &self.tls)
            .field("data_dir", &self.data_dir)
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}
