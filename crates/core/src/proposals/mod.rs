//! Proposals: made from a writing tool call, decided by a person, executed once, settled honestly.
//!
//! Must not know: pages, agents' protocols. An approval needs a `Person`, which only a browser session gives.

mod decide;
mod direct;
mod edit;
mod execute;
mod expire;
mod list;
mod nonce;
mod propose;
mod reconcile;
mod review;
mod sealed;
mod second_look;
mod view;
mod wait;

pub use decide::Confirmation;
pub use list::{ProposalEntry, ProposalFilter};
pub use review::{Live, PasskeyDemand, Review};
pub use second_look::SecondReview;
pub use view::{ProposalView, WriteAnswer, WriteStatus};

pub(crate) use execute::Ending;
pub(crate) use propose::Proposing;
