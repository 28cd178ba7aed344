//! The arguments of `gatelodge egress`.
//!
//! Must not know: what leaves.

use super::ConfigArgs;
use clap::Args;

/// `gatelodge egress`.
#[derive(Debug, Clone, Args)]
pub struct EgressArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}
