//! The arguments of `gatelodge keeper`.
//!
//! Must not know: what a keeper does.

use super::ConfigArgs;
use clap::Args;

/// `gatelodge keeper`.
#[derive(Debug, Clone, Args)]
pub struct KeeperArgs {
    /// Keep running when no client is there: for a service manager.
    #[arg(long)]
    pub stay: bool,
    /// Begin a session of its own and report on standard output how the start went.
    #[arg(long, hide = true, conflicts_with = "stay")]
    pub for_hub: bool,
    /// Only start keepers, one for each line of standard input.
    #[arg(long, hide = true, conflicts_with_all = ["stay", "for_hub"])]
    pub starter: bool,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}
