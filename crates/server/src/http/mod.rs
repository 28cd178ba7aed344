//! The HTTP server: one router of three faces, host check, request ids, health, graceful end.
//!
//! Must not know: what the faces answer.

mod client;
mod health;
mod host;
mod measure;
mod request_id;
mod serve;
pub mod tls;

pub use client::Proxies;
pub use serve::{Front, Listening, application, listen, operators};
