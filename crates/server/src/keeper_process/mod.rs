//! The keeper as a process of its own: its place and lock, how the hub has it started, how it lives and ends.
//!
//! It is not the hub's child but a session of its own, so that nothing that happens to the hub reaches it. The
//! hub asks a small process, made before the hub gave up its own rights, to start one. Must not know: what the
//! keeper does.

mod build;
mod ensure;
mod lock;
mod place;
mod run;
mod starter;

pub use build::build;
pub use ensure::{Ensure, connect, end};
pub use lock::KeeperLock;
pub use place::Place;
pub use run::run;
pub use starter::{Starter, run_starter};
