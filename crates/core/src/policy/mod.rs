//! Rules for tool calls: what administrators set, what they do to a call, and what they would do to one.
//!
//! Must not know: pages, or how a provider is spoken to. The weighing itself is in `model::policy`.

mod callers;
mod change;
mod check;
mod judge;
mod lockout;
mod share;
mod simulate;

pub use change::{RuleChange, RuleSaved, RuleView};
pub(crate) use judge::{Judge, Ruled};
pub(crate) use share::Counts;
pub use share::ShareView;
pub use simulate::{Trial, TriedCall};
