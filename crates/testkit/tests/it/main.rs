//! The whole product through its real doors, by theme. Each test cites what it proves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

mod judges;
