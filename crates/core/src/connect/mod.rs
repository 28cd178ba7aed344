//! Connecting, renewing and ending a person's link to an account at a provider.
//!
//! Must not know: tokens, verifiers, browsers; the keeper holds the first two, faces speak to the third.

mod attention;
mod begin;
mod callback;
mod disconnect;
mod doctor;
mod events;
mod options;
mod view;
mod watch;

pub use begin::{BeginConnect, Started};
pub(crate) use callback::APP_SETTLES;
pub use callback::{Callback, ConnectFailure};
pub use disconnect::Disconnected;
pub use doctor::{Diagnosis, DiagnosisView};
pub use events::ConnectionEventView;
pub use options::{ConnectOption, ConnectOptions, LoginChoice};
pub use view::{ConnectionView, ScopeView};
pub use watch::Checked;
pub(crate) use watch::Watch;
