//! What a tester may choose about a practice HubSpot before it starts.
//!
//! Holds plain values; it must not know how any of them is carried out.

use chrono::TimeDelta;

use super::HubSpotApp;
use crate::vendor::{Allowance, VendorOptions};

/// Everything that can be set about a practice HubSpot.
#[derive(Clone, Debug)]
pub struct HubSpotOptions {
    /// What every vendor's practice server has.
    pub server: VendorOptions,
    /// Apps known from the start.
    pub apps: Vec<HubSpotApp>,
    /// Contacts in the first account.
    pub contacts: u64,
    /// Requests of one app in one account.
    pub burst: Allowance,
    /// Requests of a private app.
    pub private_burst: Allowance,
    /// Requests of a private app on one day.
    pub private_daily: Allowance,
    /// Searches of one app in one account; they count apart.
    pub searches: Allowance,
    /// The token address of the first version still works, as it does until its end on 16 February 2027.
    pub old_token_works: bool,
    /// A mail is accepted as `PENDING`, and its result is only in its status.
    pub sends_later: bool,
}

impl HubSpotOptions {
    /// The defaults, with no app.
    pub fn new() -> Self {
        Self {
            server: VendorOptions::new(),
            apps: Vec::new(),
            contacts: 120,
            burst: Allowance {
                requests: 110,
                window: TimeDelta::seconds(10),
            },
            private_burst: Allowance {
                requests: 190,
                window: TimeDelta::seconds(10),
            },
            private_daily: Allowance {
                requests: 650_000,
                window: TimeDelta::days(1),
            },
            searches: Allowance {
                requests: 5,
                window: TimeDelta::seconds(1),
            },
            old_token_works: false,
            sends_later: false,
        }
    }
}

impl Default for HubSpotOptions {
    fn default() -> Self {
        Self::new()
    }
}
