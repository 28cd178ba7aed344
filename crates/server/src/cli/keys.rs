//! Words of the commands about keys.
//!
//! Must not know: what the commands do.

use super::ConfigArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `gatelodge keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Show every key by its id, what it seals, and how far replacements are.
    List(ConfigArgs),
    /// Make a new key file; nothing uses it until `keys rotate --kek` names it.
    New {
        /// Where to write it; nothing is overwritten.
        #[arg(long)]
        file: PathBuf,
    },
    /// Replace keys while everything runs. Cut off, it goes on by itself.
    Rotate(RotateArgs),
    /// Give up a key that seals nothing any more, for ever.
    Retire {
        /// Its id, as `keys list` shows it.
        id: String,
        /// Do not wait a quarter of an hour after its replacement: no other keeper runs.
        #[arg(long)]
        now: bool,
        /// The configuration.
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// `gatelodge keys rotate`.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// New data keys for every organization: every record is sealed again.
    #[arg(long, required_unless_present = "kek")]
    pub data_keys: bool,
    /// Another key of the operator's: data keys are wrapped again.
    #[arg(long)]
    pub kek: bool,
    /// The file of the new operator's key.
    #[arg(long, requires = "kek")]
    pub new_key_file: Option<PathBuf>,
    /// Only begin; the keeper goes on by itself.
    #[arg(long)]
    pub detach: bool,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `gatelodge unlock`.
#[derive(Debug, Args)]
pub struct UnlockArgs {
    /// The file with the passphrase; `-` is standard input. Without it the passphrase is asked for where one is
    /// configured, and otherwise the configured key is read again.
    #[arg(long)]
    pub passphrase_file: Option<PathBuf>,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `gatelodge organization`.
#[derive(Debug, Subcommand)]
pub enum OrganizationCommand {
    /// Add an organization beside those that are here, and print a link, good once, for its first owner. Its people,
    /// connections and keys are kept apart from all others.
    Add {
        /// Its name.
        #[arg(long)]
        name: String,
        /// Sign-in name of its first owner.
        #[arg(long)]
        owner_email: String,
        /// Shown name of its first owner.
        #[arg(long)]
        owner_name: String,
        /// The configuration.
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Show every organization of this installation with its id.
    List(ConfigArgs),
    /// Revoke all connections of the organization and destroy its keys. There is no way back.
    Erase {
        /// The organization's id (org_…).
        id: String,
        /// The id once more: what is erased opens never again.
        #[arg(long)]
        confirm: String,
        /// The configuration.
        #[command(flatten)]
        config: ConfigArgs,
    },
}
