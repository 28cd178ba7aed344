//! Connecting, renewing and ending a person's link to an account at a provider.
//!
//! Must not know: tokens, verifiers, browsers; the keeper holds the first two, faces speak to the third.

mod begin;
mod callback;
mod disconnect;
mod view;

pub use begin::{BeginConnect, ConnectOption, LoginChoice, Started};
pub use callback::Callback;
pub use disconnect::Disconnected;
pub use view::{ConnectionView, ScopeView};
