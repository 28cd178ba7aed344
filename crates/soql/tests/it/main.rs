//! The two languages from outside: statements with their verdicts, printed trees, the vendor's own
//! parser as judge.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod corpus;
mod differential;
mod grammar;
mod round_trip;
mod tree;
