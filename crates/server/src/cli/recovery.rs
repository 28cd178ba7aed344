//! The command line of backups, restores, panic and the doctor.
//!
//! Must not know: what the commands do.

use super::ConfigArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `gatelodge backup`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BackupArgs {
    /// Something else than making one.
    #[command(subcommand)]
    pub order: Option<BackupOrder>,
    /// The file to write; it must not exist.
    #[arg(long, required = true)]
    pub to: Option<PathBuf>,
    /// An age recipient (age1…) who can open it; may be given several times, and in `[backup] recipients`.
    #[arg(long)]
    pub recipient: Vec<String>,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `gatelodge backup …`.
#[derive(Debug, Subcommand)]
pub enum BackupOrder {
    /// Check a backup from beginning to end and say what it holds.
    Inspect {
        /// The file.
        file: PathBuf,
        /// A file with the age identity (AGE-SECRET-KEY-1…) that opens it.
        #[arg(long)]
        identity: PathBuf,
        /// Print the manifest as JSON, such as for 'gatelodge restore activate --newer'.
        #[arg(long)]
        json: bool,
    },
}

/// `gatelodge restore`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RestoreArgs {
    /// Something else than restoring.
    #[command(subcommand)]
    pub order: Option<RestoreOrder>,
    /// The backup.
    #[arg(required = true)]
    pub file: Option<PathBuf>,
    /// A file with the age identity (AGE-SECRET-KEY-1…) that opens it.
    #[arg(long, required = true)]
    pub identity: Option<PathBuf>,
    /// The configuration; its database must be empty.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `gatelodge restore …`.
#[derive(Debug, Subcommand)]
pub enum RestoreOrder {
    /// Let a restored copy send. The original must be stopped for good: two that send end each other's grants.
    Activate(ActivateArgs),
}

/// `gatelodge restore activate`.
#[derive(Debug, Args)]
pub struct ActivateArgs {
    /// Says that the original is stopped and will not be started again.
    #[arg(long)]
    pub i_know_the_old_one_is_dead: bool,
    /// A newer manifest of the original ('gatelodge backup inspect --json' of a later backup): connections whose
    /// token was replaced since are marked.
    #[arg(long)]
    pub newer: Option<PathBuf>,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `gatelodge panic`.
#[derive(Debug, Args)]
pub struct PanicArgs {
    /// Name or id of the organization; may be left out where there is one.
    #[arg(long)]
    pub organization: Option<String>,
    /// Only connections of this provider.
    #[arg(long)]
    pub provider: Option<String>,
    /// Do it. Without this, only say what would be ended.
    #[arg(long)]
    pub yes: bool,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `gatelodge doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}
