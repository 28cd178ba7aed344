//! What leaves this installation, where to and why: the list for people who keep firewalls, and the addresses
//! that it comes from.
//!
//! Must not know: how anything is sent, or how the list is shown.

use crate::{Hub, Person, people::require_admin};
use gatelodge_model::Result;
use serde::Serialize;

/// Everything that leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WayOut {
    /// Where to, one line each.
    pub destinations: Vec<Destination>,
    /// Where from.
    pub own_addresses: Vec<OwnAddress>,
    /// Private ranges that the configuration file opens.
    pub private_ranges: Vec<String>,
    /// The proxy that opens the connections.
    pub proxy: Option<String>,
}

/// A line of a firewall list. Everything is outgoing TCP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destination {
    /// Name of a host; `*.` stands for every name below.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Its class, such as `provider` or `sign_in`.
    pub class: &'static str,
    /// Why, for people.
    pub why: String,
}

/// An address that providers see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnAddress {
    /// An address or range.
    pub address: String,
    /// Whether the configuration names it; otherwise it is what this machine has, and a NAT may change it.
    pub configured: bool,
}

impl Hub {
    /// What leaves this installation.
    ///
    /// # Errors
    /// `forbidden` for people who neither administer nor audit.
    pub fn way_out(&self, person: &Person) -> Result<&WayOut> {
        if !person.role().reads_audit() {
            require_admin(person)?;
        }
        Ok(&self.settings().way_out)
    }
}
