//! Model Context Protocol at `/mcp`: the face for agents. It parses, asks `core`, and renders, nothing else.
//!
//! Streamable HTTP without sessions, revisions 2026-07-28 and 2025-11-25 (older ones as far as the protocol
//! library serves them). Must not know: stores, providers, keys, or any rule about who may do what beyond
//! "an agent's token is needed here".

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod answer;
mod body;
mod catalogue;
mod door;
mod handler;
mod instructions;
mod refusal;
mod routes;

pub use routes::{Route, Who, router, routes};

use gatelodge_core::Hub;
use std::sync::Arc;

/// What the face needs.
#[derive(Clone)]
pub struct McpState {
    /// Use cases.
    pub hub: Arc<Hub>,
    /// `host` or `host:port` under which the hub is reached; another `Host` is refused.
    pub allowed_hosts: Vec<String>,
    /// Origins of our own pages; another `Origin` is refused, a missing one is not.
    pub allowed_origins: Vec<String>,
}
