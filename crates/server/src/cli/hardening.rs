//! The arguments of `gatelodge confined`: trying what a confined role must not be able to do.
//!
//! Must not know: how a role is confined.

use super::ConfigArgs;
use clap::{Args, ValueEnum};
use std::{net::SocketAddr, path::PathBuf};

/// `gatelodge confined`.
#[derive(Debug, Clone, Args)]
pub struct ConfinedArgs {
    /// As which role to confine this process; `nothing` tries the same without confinement, to compare.
    pub role: ConfinedRole,
    /// A listener to try to connect to.
    #[arg(long)]
    pub connect: Option<SocketAddr>,
    /// A file or folder to try to read, besides the key file and the keeper's folder.
    #[arg(long)]
    pub read: Vec<PathBuf>,
    /// Only tell what is given up; try nothing.
    #[arg(long)]
    pub untried: bool,
    /// Stay until standard input ends, so that others can try to look inside.
    #[arg(long)]
    pub hold: bool,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Which role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConfinedRole {
    /// The web role.
    Web,
    /// The keeper.
    Keeper,
    /// None: nothing is given up.
    Nothing,
}
