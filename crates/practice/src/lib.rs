//! The practice org: a Salesforce that runs on a laptop over real HTTP and HTTPS, so that anyone can try
//! Gatelodge, test an agent and break things on purpose without an account. Beside it, smaller practice servers of
//! other vendors, one module each on the ground of [`vendor`].
//!
//! It must not know the connectors it is used to test: it shares the SOQL parser with one of them and nothing else.
#![recursion_limit = "256"]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod admin;
mod ambient;
pub mod bulk;
mod clock;
pub mod compaction;
mod connection;
mod error;
pub mod faults;
pub mod files;
mod hosts;
pub mod hubspot;
pub mod journal;
pub mod oauth;
mod options;
pub mod org;
mod owner_files;
mod pages;
pub mod persistence;
pub mod rest;
mod sandbox;
mod server;
mod site;
mod sites;
pub mod slack;
pub mod snapshots;
mod sockets;
mod state;
mod tls;
pub mod usage;
pub mod vendor;
mod watch;
mod wire;

pub use ambient::{Clock, Random, SystemClock, SystemRandomness};
pub use clock::ShiftedClock;
pub use error::PracticeError;
pub use options::{PracticeOptions, TlsOptions};
pub use server::{RunningPractice, start};
pub use state::Practice;
