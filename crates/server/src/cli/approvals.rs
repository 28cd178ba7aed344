//! `gatelodge passkeys` and `gatelodge approvals`: what only the operator's console may do about approvals.
//!
//! Must not know: what the commands do.

use super::ConfigArgs;
use clap::{Args, Subcommand};

/// Whose passkeys, and where.
#[derive(Debug, Args)]
pub struct Whose {
    /// Sign-in name of the person.
    #[arg(long)]
    pub email: String,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `gatelodge passkeys`.
#[derive(Debug, Subcommand)]
pub enum PasskeysCommand {
    /// Print a code with which a person enrols two passkeys within 30 minutes. Hand it over yourself.
    Allow(Whose),
    /// Show a person's passkeys.
    List(Whose),
    /// Remove a passkey that was lost; also the last one.
    Revoke {
        /// Its id or its name.
        #[arg(long)]
        passkey: String,
        /// Whose.
        #[command(flatten)]
        whose: Whose,
    },
}

/// Which organization, and where.
#[derive(Debug, Args)]
pub struct Which {
    /// Name or id of the organization; not needed where there is only one.
    #[arg(long)]
    pub organization: Option<String>,
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// `gatelodge approvals`.
#[derive(Debug, Subcommand)]
pub enum ApprovalsCommand {
    /// Say whether an organization's approvals are sealed.
    Show(Which),
    /// Seal them: from now on a write takes a passkey of the person whose connection is used.
    Seal(Which),
    /// Unseal them: a person's session is enough again.
    Unseal(Which),
    /// Take the records about approvals as they are now, on this host, after a backup was restored on purpose.
    Accept(Which),
}
