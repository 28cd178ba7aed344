//! Tool calls: the one execution boundary (design invariant 3), for every face.
//!
//! Must not know: which face asks, or how a provider is spoken to.

mod arguments;
mod can_use;
mod choose;
mod execute;
mod export;
mod hub_tools;
mod list;
mod measured;
mod offered;
mod read;
mod trial;

pub(crate) use arguments::without_common as split_arguments;
pub use can_use::{UseAnswer, UseDiagnosis, UseQuestion, UseStep, UseVerdict};
pub use execute::{Answer, ToolCall};
pub use trial::TrialResult;
