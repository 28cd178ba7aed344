//! What the pages are given when they are built.
//!
//! Must not know: how the hub was wired.

use gatelodge_core::Hub;
use std::{net::IpAddr, sync::Arc};

/// Options of the pages.
#[derive(Debug, Clone, Copy)]
pub struct WebOptions {
    /// Whether cookies are marked `Secure` and named with the `__Host-` prefix. False only where every
    /// public URL is plain http on the loopback interface.
    pub secure_cookies: bool,
}

impl WebOptions {
    /// Name of the session cookie (RFC 6265bis §4.1.3.2 for the prefix).
    pub const fn session_cookie(self) -> &'static str {
        if self.secure_cookies {
            "__Host-gatelodge"
        } else {
            "gatelodge"
        }
    }

    /// Name of the cookie that carries where a person leaves for, for a few minutes.
    pub(crate) const fn departure_cookie(self) -> &'static str {
        if self.secure_cookies {
            "__Host-gatelodge-departure"
        } else {
            "gatelodge-departure"
        }
    }
}

/// State of the pages.
#[derive(Clone)]
pub struct WebState {
    /// The use cases.
    pub hub: Arc<Hub>,
    /// Options.
    pub options: WebOptions,
}

/// The address a request came from, where the server knows it better than the socket does (a trusted
/// proxy in front). Put into the request's extensions by the server; the socket's address counts otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);
