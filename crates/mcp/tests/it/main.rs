//! The protocol as its clients speak it: real requests through the router, a real hub behind it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests fail by panicking"
)]

mod client;
mod doors;
mod revisions;
mod tools;

#[path = "../../../api/tests/it/small_hub/mod.rs"]
mod small_hub;
