//! The program: command line, configuration, wiring, and the HTTP server that joins the three faces.
//!
//! The only place that knows every crate. Must not know: rules; those live in `core` and `keeper`.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

pub mod ambient;
pub mod backup;
pub mod bridge;
pub mod checkup;
pub mod cli;
pub mod commands;
pub mod config;
#[cfg(feature = "practice")]
pub mod demo;
pub mod figures;
pub mod hardening;
pub mod http;
pub mod keeper_process;
pub mod logging;
pub mod memory;
mod passphrase;
pub mod sole;
mod way_out;
pub mod wiring;
