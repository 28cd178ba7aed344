//! What a tester may choose about any vendor's practice server before it starts.
//!
//! Holds plain values; it must not know how any of them is carried out.

use std::fmt;
use std::sync::Arc;

use crate::ambient::{Clock, Random, SystemClock, SystemRandomness};
use crate::options::TlsOptions;

/// Everything that can be set about every vendor's practice server.
#[derive(Clone)]
pub struct VendorOptions {
    /// Port to listen on; 0 takes any free one.
    pub port: u16,
    /// Host name in the addresses that the server hands out. It always listens on loopback only.
    pub host: String,
    /// Serve HTTPS instead of HTTP.
    pub tls: Option<TlsOptions>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The source of ids and tokens.
    pub random: Arc<dyn Random>,
    /// Answer orders of testers under `/practice/admin` and on the start page.
    pub admin: bool,
    /// What the administration interface asks for as bearer token; absent lets every program of this machine in.
    pub admin_token: Option<String>,
}

impl VendorOptions {
    /// The defaults: any free port on localhost, HTTP, system clock and randomness.
    pub fn new() -> Self {
        Self {
            port: 0,
            host: "localhost".to_owned(),
            tls: None,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandomness),
            admin: true,
            admin_token: None,
        }
    }
}

impl Default for VendorOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for VendorOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VendorOptions")
            .field("port", &self.port)
            .field("host", &self.host)
            .field("tls", &self.tls)
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}
