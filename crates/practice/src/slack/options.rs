//! What a tester may choose about a practice Slack before it starts.
//!
//! Holds plain values; it must not know how any of them is carried out.

use chrono::TimeDelta;

use super::SlackApp;
use crate::vendor::{Allowance, VendorOptions};

/// Everything that can be set about a practice Slack.
#[derive(Clone, Debug)]
pub struct SlackOptions {
    /// What every vendor's practice server has.
    pub server: VendorOptions,
    /// Apps known from the start.
    pub apps: Vec<SlackApp>,
    /// Messages of one app into one channel: about one per second, short bursts are let through.
    pub posts_per_channel: Allowance,
    /// Messages of one app into one workspace.
    pub posts_per_workspace: Allowance,
    /// A refresh token that comes a second time also ends the pair that replaced it.
    pub reuse_ends_the_pair: bool,
    /// Refuse a text above 40,000 characters with `msg_too_long` instead of cutting it short with a warning.
    pub refuse_long_text: bool,
}

impl SlackOptions {
    /// The defaults, with no app.
    pub fn new() -> Self {
        Self {
            server: VendorOptions::new(),
            apps: Vec::new(),
            posts_per_channel: Allowance {
                requests: 5,
                window: TimeDelta::seconds(5),
            },
            posts_per_workspace: Allowance {
                requests: 300,
                window: TimeDelta::minutes(1),
            },
            reuse_ends_the_pair: true,
            refuse_long_text: true,
        }
    }
}

impl Default for SlackOptions {
    fn default() -> Self {
        Self::new()
    }
}
