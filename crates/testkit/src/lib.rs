//! What tests of the whole product stand on: hubs and practice orgs on free ports, people and agents as named
//! clients over real HTTP, programs that others wrote as judges, proxies that record or harm, a scanner for secrets.
//!
//! Must not know what a single test proves, and reaches the product through its own doors only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and these are the hands of tests"
)]

pub mod authenticator;
pub mod bench;
pub mod browser;
pub mod canary;
pub mod chance;
pub mod clock;
pub mod cluster;
pub mod database;
pub mod decider;
pub mod evidence;
pub mod host;
pub mod hub;
pub mod installation;
pub mod judge;
pub mod ledger;
pub mod practice;
pub mod process;
pub mod proxy;
pub mod soak;
pub mod surroundings;
