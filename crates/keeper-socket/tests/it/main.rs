//! The socket with both of its ends, and with clients that do not keep to the rules. What is behind it is played.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod breaking;
mod calls;
mod manners;
mod played;
