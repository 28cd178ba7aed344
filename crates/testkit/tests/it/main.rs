//! The whole product through its real doors, by theme. Each test cites what it proves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod apart;
mod app_checks;
mod app_setup;
mod app_sources;
mod asking;
mod audit;
mod batches;
mod bench_pages;
mod browser;
mod budgets;
mod canary;
mod connect;
mod connect_faults;
mod crash;
mod deciding;
mod disconnect;
mod doctor;
mod exporting;
mod failover;
mod files;
mod first_day;
mod first_query;
mod guides;
mod hosts;
mod judges;
mod keeping;
mod matrix;
mod mcp_clients;
mod moving;
mod oauth_apps;
mod openapi;
mod outcomes;
mod panic;
mod passkeys;
mod people;
mod policy;
mod practice_pages;
mod proposals;
mod providers;
mod recovery;
mod restoring;
mod rollout;
mod rotation;
mod routes;
mod shutdown;
mod step_up;
mod taken_over;
mod telling;
mod tool_errors;
mod tools;
mod trials;
mod vendor_pages;
