//! The program as an operator meets it: real processes, their files, messages and ends.
//!
//! Each test has its own folder and free ports. Must not know the inside of the hub.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod audit;
mod browser;
mod config;
mod console;
mod database;
mod demo;
mod deploy;
mod doctor;
mod ending;
mod figures;
mod hardening;
mod init;
mod keeper_process;
mod keys;
mod people;
mod practice;
mod practice_orders;
mod program;
mod proxies;
mod recovery;
mod salesforce_app;
mod serving;
mod soql;
mod tls;
