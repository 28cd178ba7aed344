//! The only holder of keys and the only door to the outside: credentials and their refresh, the egress
//! guard, and what is sealed for an organization.
//!
//! Everybody else sees only the trait `gatelodge_keeper_client::Keeper`. Must not know: people, sessions,
//! policy, pages.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

mod app_check;
mod approval;
mod authorization;
mod budget;
mod call;
mod credential;
mod credentials;
mod download;
mod egress;
mod failure;
mod flow;
mod journal;
mod keeper;
mod keys;
mod mail;
mod oauth_apps;
mod options;
mod pending;
mod place;
mod probe;
mod purge;
mod quarantine;
mod redact;
mod refresh;
mod revocation;
mod sealed;
mod sealed_place;
mod sealing;
mod slot;
mod soap_session;
mod spool;
mod timeline;
mod token_endpoint;
mod webhook;
mod webhook_signature;

pub use approval::{Console, ConsolePasskeys};
pub use budget::BudgetSettings;
pub use egress::{
    AddressRange, DestinationClass, EgressGuard, EgressSettings, EgressSetupError, InvalidRange,
};
pub use keeper::InProcessKeeper;
pub use keys::{KEY_CHECK, PASSPHRASE, key_file_in_use};
pub use mail::{MailSecurity, MailSettings};
pub use options::{ConfiguredApp, KeeperOptions, PassphraseCost, StartError, Timeouts};
pub use quarantine::activate;
pub use refresh::RefreshFigures;
