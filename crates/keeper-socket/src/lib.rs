//! The socket between the web role and the keeper: plain HTTP/1.1 over a unix socket, both ends.
//!
//! The keeper's end ([`serve`]) asks the kernel who is at the other end and does what
//! [`wire::dispatch`](gatelodge_keeper_client::wire::dispatch) does; the web role's end ([`SocketTransport`])
//! carries packets, says truly whether a request left, and has a keeper brought back when there is none. Must
//! not know: keys, rows, providers, nor any method of the keeper by name.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]
#![warn(missing_docs)]

mod client;
mod door;
mod frame;
mod gather;
mod greeting;
mod life;
mod peer;
mod server;

pub use client::{Revive, SocketKeeper, SocketTransport};
pub use door::{Door, DoorError, LONGEST_PATH};
pub use greeting::{Greeting, PROTOCOL};
pub use life::Life;
pub use peer::Peers;
pub use server::{Terms, serve};
