//! What is stored and for how long: one list, from which the purge works and of which pages and the REST API tell.
//!
//! Must not know: how rows are deleted, or how the list is shown.

mod kinds;
mod purge;
mod stored;

pub use stored::StoredKind;

/// How many days things are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "the names of the settings, with their unit"
)]
pub struct Retention {
    /// What agents asked to write and what came of it, sealed.
    pub proposals_days: u32,
    /// The record of requests to providers.
    pub calls_days: u32,
    /// Timelines of connections.
    pub timeline_days: u32,
    /// What people were told.
    pub notices_days: u32,
    /// Messages by mail and webhook that were delivered or given up.
    pub messages_days: u32,
    /// Sessions, links and attempts that are over, and failed sign-ins.
    pub sign_in_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            proposals_days: 90,
            calls_days: 90,
            timeline_days: 90,
            notices_days: 90,
            messages_days: 30,
            sign_in_days: 30,
        }
    }
}
