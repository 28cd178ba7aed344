//! REST as its callers meet it: real requests through the router, a real hub behind it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests fail by panicking"
)]

mod client;
mod document;
mod refusals;
mod small_hub;
mod tools;
