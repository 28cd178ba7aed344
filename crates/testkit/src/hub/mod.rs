//! A whole hub in this process: the real wiring, the real HTTP server on a free port, a practice org beside it.
//!
//! Must not know what a test proves with it.

mod agent;
mod apart;
mod build;
mod groups;
mod person;
mod world;

pub use agent::Agent;
pub use build::{PASSWORD, TestHubBuilder};
pub use person::{Person, Review, connection_id, options};
pub use world::{TestHub, Who};
