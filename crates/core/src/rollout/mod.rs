//! Rolling a provider out over an organization: to whom it is open, who has connected, who is missing.
//!
//! Must not know: how a connection comes about.

mod limit;

pub use limit::ProviderLimit;
