//! The pages of Gatelodge: rendered on the server, every action a form that works without script.
//!
//! Calls the use cases of `core` and renders their answers. Must not know: the store, the keeper, any
//! provider's code, any HTTP client. The server that mounts these pages checks the Host header first,
//! adds time limits, and puts a `RequestId` (and a [`ClientAddress`] behind a trusted proxy) into the
//! request's extensions.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod assets;
mod cookies;
mod extract;
mod fallback;
mod fault;
mod pages;
mod parts;
mod respond;
mod routes;
mod security;
mod state;
mod step_up;
mod text;
mod visitor;

pub use routes::{RouteEntry, Who, router, routes};
pub use security::CONTENT_SECURITY_POLICY;
pub use state::{ClientAddress, WebOptions, WebState};
