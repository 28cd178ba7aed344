//! The HTTP server: one router of three faces, host check, request ids, health, graceful end.
//!
//! Must not know: what the faces answer.

mod health;
mod host;
mod request_id;
mod serve;

pub use serve::{Listening, application, listen};
