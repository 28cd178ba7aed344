//! `gatelodge practice`: the practice org alone, and orders to one that runs.
//!
//! Must not know: the hub.

mod client;
mod fault;
mod journal;
mod orders;
mod start;
mod table;

use crate::cli::PracticeArgs;

/// Runs it: starts an org, or gives an order.
///
/// # Errors
/// When it cannot be started, or the order is refused.
pub async fn run(args: PracticeArgs) -> anyhow::Result<()> {
    match args.order {
        None => start::run(args.start).await,
        Some(order) => orders::run(order).await,
    }
}
