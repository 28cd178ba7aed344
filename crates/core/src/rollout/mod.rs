//! Rolling a provider out over an organization: to whom it is open, who has connected, who is missing.
//!
//! Must not know: how a connection comes about.

mod asking;
mod coverage;
mod limit;
mod overview;

pub use asking::AskedToConnect;
pub use coverage::{CoverageWish, GroupCoverage, MissingPerson, ProviderCoverage};
pub use limit::ProviderLimit;
pub use overview::{ConnectionsPage, ConnectionsWish, PersonsConnection};
