//! REST under `/api/v1`: the face for programs. It parses, asks `core`, and renders, nothing else.
//!
//! Every refusal is `application/problem+json` (RFC 9457) with our request id. Must not know: stores,
//! providers, keys, or any rule about who may do what beyond "an agent's token is needed here".

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod arguments;
mod connections;
mod door;
mod exports;
mod openapi;
mod proposals;
mod refusal;
mod routes;
mod stored;
mod tools;

pub use routes::{Route, Who, router, routes};

use gatelodge_core::Hub;
use std::sync::Arc;

/// What the face needs.
#[derive(Clone)]
pub struct ApiState {
    /// Use cases.
    pub hub: Arc<Hub>,
}
