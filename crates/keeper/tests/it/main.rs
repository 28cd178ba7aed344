//! The keeper through its trait, against a small server on loopback that plays a provider: it counts what
//! arrives, and says yes, no, or nothing as a test wants it.
//!
//! Must not know: the inside of the keeper.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "tests fail by panicking"
)]

mod answers;
mod approval;
#[expect(
    unreachable_pub,
    reason = "the same file is part of the testkit, where others use it"
)]
#[path = "../../../testkit/src/authenticator.rs"]
mod authenticator;
mod bench;
mod bodies;
mod budget;
mod calls;
mod connect;
mod declared;
mod deliver;
mod downloads;
mod durable;
mod evidence;
mod fleet;
mod keys;
mod kills;
mod mailbox;
mod measure;
mod names;
mod peers;
mod pki;
mod probe;
mod provider;
mod proxy;
mod receiver;
mod recovery;
mod refresh;
mod rough;
mod sealed;
mod sealed_methods;
mod sealed_start;
mod secure;
mod server;
mod socket;
mod tampering;
mod traps;
mod write;
