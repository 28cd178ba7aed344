//! The egress guard: the only door through which the product reaches other hosts (design section 3, rule 2).
//!
//! A destination is vetted as text when it becomes an [`Origin`], every address that its name resolves to
//! is vetted when a connection opens, and the path, headers, size and duration of each exchange are
//! bounded here. Must not know: tokens' meaning, providers, storage.

mod address;
mod arriving;
mod class;
mod client;
mod door;
mod exchange;
mod origin;
mod ranges;
mod request;
mod resolver;

#[cfg(test)]
mod corpus;

pub(crate) use arriving::Pieces;
pub use class::DestinationClass;
pub use client::{EgressGuard, EgressSettings, EgressSetupError};
pub(crate) use door::Door;
pub(crate) use exchange::{Body, Exchange, SendFailure};
pub(crate) use origin::{Origin, denied, host_of};
pub use ranges::{AddressRange, InvalidRange};
pub(crate) use request::target;
